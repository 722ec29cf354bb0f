"""Matters written down: the text of each kind of document, in the language it is issued in."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from complaints.clock import local_date
from complaints.config import settings
from complaints.delivery.content import money_text
from complaints.documents.kinds import Kind
from complaints.documents.matter import Matter, last_day_to_confirm
from complaints.documents.official import Official
from complaints.words import has, say
from complaints.words.days import day_text, plain_day
from complaints.workflow.hearings import when_and_where
from complaints.workflow.notices import ROUTES


def render(matter: Matter, code: str) -> bytes:
    """The document as PDF, with its code on it; the same for the same matter and code."""
    name, number = _say(matter, f"kind.{matter.kind}"), official_number(matter)
    foot = _say(matter, "foot", kind=name, number=number)
    paper = Official(name, matter.dated_at, foot=foot, language=matter.language)
    paper.masthead(centre(matter.language))
    paper.name(name, number)
    _BODIES[matter.kind](paper, matter)
    _end(paper, matter, code)
    return paper.content()


def centre(language: str) -> str:
    """The name of the centre: the installation's own, or words for it."""
    return settings().centre_name or say(language, "document.centre")


def address_of(code: str) -> str:
    """Where anybody checks a document with this code."""
    return f"{settings().base_url}/documents/{code}"


def official_number(matter: Matter) -> str:
    """The document's number: kind, year, case and entry."""
    year = local_date(matter.dated_at).year
    return _say(
        matter, "number", prefix=_say(matter, f"prefix.{matter.kind}"), year=year, number=matter.number, seq=matter.seq
    )


def _end(paper: Official, matter: Matter, code: str) -> None:
    paper.sealed(centre(matter.language), _date(matter, matter.dated_at), _say(matter, "seal"))
    where = f"{settings().base_url}/documents"
    lines = [
        _say(matter, "code", code=code),
        _say(matter, "check", address=where),
        _say(matter, "chain", seq=matter.seq, head=matter.head),
    ]
    paper.checked(address_of(code), _say(matter, "check_title"), lines)


def _acceptance(paper: Official, matter: Matter) -> None:
    _address_both(paper, matter)
    paper.clause(_say(matter, "acceptance.decided", **_named(matter), filed=_date(matter, matter.filed_at)))
    paper.clause(_say(matter, "acceptance.next"))
    paper.clause(_say(matter, "acceptance.follow"))


def _refusal(paper: Official, matter: Matter) -> None:
    paper.addressee(_say(matter, "addressed", who=matter.consumer))
    filed = _date(matter, matter.filed_at)
    named = _named(matter)
    named.pop("who")
    paper.clause(_say(matter, "refusal.decided", **named, filed=filed, ground=_ground(matter)))
    _reason(paper, matter)
    _routes(paper, matter)
    paper.clause(_say(matter, "refusal.review"))


def _termination(paper: Official, matter: Matter) -> None:
    _address_both(paper, matter)
    paper.clause(_say(matter, "termination.decided", **_named(matter), ground=_ground(matter)))
    _reason(paper, matter)
    _routes(paper, matter)
    paper.clause(_say(matter, "termination.unresolved"))


def _agreement(paper: Official, matter: Matter) -> None:
    _parties(paper, matter)
    paper.part(_numbered(matter, 2, "dispute"))
    filed = _date(matter, matter.filed_at)
    named = {name: text for name, text in _named(matter).items() if name in ("product", "enterprise", "number")}
    paper.clause(_say(matter, "agreement.dispute_text", filed=filed, **named))
    if matter.request:
        paper.clause(_say(matter, "agreement.claim", request=matter.request))
    if matter.amount is not None:
        paper.clause(_say(matter, "agreement.amount_in_dispute", amount=_money(matter, matter.amount)))
    _agreed(paper, matter)
    _effect(paper, matter)
    _sign(paper, matter)


def _parties(paper: Official, matter: Matter) -> None:
    paper.part(_numbered(matter, 1, "parties"))
    mine = {"phone": matter.contact.get("phone", ""), "address": matter.contact.get("address", "")}
    theirs = {
        "credit_code": matter.credit_code,
        "phone": matter.enterprise_phone,
        "address": matter.enterprise_address,
    }
    for who, name, more in (("consumer", matter.consumer, mine), ("enterprise", matter.enterprise, theirs)):
        rows = [(who, name), *more.items()]
        paper.people((_say(matter, f"agreement.{label}"), value) for label, value in rows)
    paper.people([(_say(matter, "agreement.mediator"), matter.mediator or _say(matter, "unnamed_mediator"))])


def _agreed(paper: Official, matter: Matter) -> None:
    paper.part(_numbered(matter, 3, "agreed"))
    paper.clause(_say(matter, "agreement.voluntary"))
    paper.clause(matter.texts.get("agreement", ""))
    if matter.facts.get("amount"):
        paper.clause(_say(matter, "agreement.amount", amount=_money(matter, matter.facts["amount"])))
    if matter.facts.get("perform_by"):
        paper.clause(_say(matter, "agreement.performance", date=_plain_day(matter, matter.facts["perform_by"])))
    if matter.texts.get("rule"):
        paper.clause(_say(matter, "agreement.rule", rule=matter.texts["rule"]))


def _effect(paper: Official, matter: Matter) -> None:
    paper.part(_numbered(matter, 4, "effect"))
    paper.clause(_say(matter, "agreement.effect_text"))
    until = _plain_day(matter, last_day_to_confirm(matter))
    paper.clause(_say(matter, "agreement.confirmation", days=matter.confirm_days, until=until))
    which = "waived" if matter.kind is Kind.RECORD else "copies"
    paper.clause(_say(matter, f"agreement.{which}", basis=_basis(matter)))


def _sign(paper: Official, matter: Matter) -> None:
    when = _say(matter, "agreement.sign_date")
    paper.signatures([(_say(matter, f"agreement.sign_{who}"), when) for who in ("consumer", "enterprise", "mediator")])


def _hearing(paper: Official, matter: Matter) -> None:
    _address_both(paper, matter)
    paper.clause(_say(matter, "hearing.called", **_named(matter)))
    time, place = when_and_where(matter.facts, matter.texts.get("place", ""))
    day = day_text(matter.language, date.fromisoformat(matter.facts["day"]))
    paper.people(
        [
            (_say(matter, "hearing.when"), _say(matter, "hearing.time", day=day, time=time)),
            (_say(matter, "hearing.where"), place),
            (_say(matter, "hearing.mediator"), matter.mediator or _say(matter, "unnamed_mediator")),
        ]
    )
    if matter.texts.get("invitation"):
        paper.clause(matter.texts["invitation"])
    paper.clause(_say(matter, "hearing.bring"))
    paper.clause(_say(matter, "hearing.absent"))
    if matter.again:
        paper.clause(_say(matter, "hearing.replaces"))


def _recusal(paper: Official, matter: Matter) -> None:
    _address_both(paper, matter)
    party = _say(matter, f"recusal.party_{matter.party}")
    paper.clause(_say(matter, "recusal.asked", **_named(matter), party=party))
    granted = bool(matter.facts.get("granted"))
    left = matter.facts.get("mediator_id") is not None
    which = "denied" if not granted else "granted" if left else "granted_nobody"
    given = {"mediator": matter.mediator or _say(matter, "unnamed_mediator")} if which == "granted" else {}
    paper.clause(_say(matter, f"recusal.{which}", **given))
    _reason(paper, matter)


_BODIES: dict[Kind, Callable[[Official, Matter], None]] = {
    Kind.ACCEPTANCE: _acceptance,
    Kind.REFUSAL: _refusal,
    Kind.TERMINATION: _termination,
    Kind.AGREEMENT: _agreement,
    Kind.RECORD: _agreement,
    Kind.HEARING: _hearing,
    Kind.RECUSAL: _recusal,
}


def _address_both(paper: Official, matter: Matter) -> None:
    separator = say(matter.language, "letter.separator")
    paper.addressee(_say(matter, "addressed", who=separator.join((matter.consumer, matter.enterprise))))


def _named(matter: Matter) -> dict[str, str]:
    return {
        "who": matter.consumer,
        "product": matter.product,
        "enterprise": matter.enterprise,
        "number": matter.number,
        "basis": _basis(matter),
    }


def _basis(matter: Matter) -> str:
    """The association follows the Order as its own standard; under delegation the Order binds."""
    which = matter.mandate if has(matter.language, f"document.basis_{matter.mandate}") else "association"
    return _say(matter, f"basis_{which}", article=_say(matter, f"article.{matter.kind}"))


def _ground(matter: Matter) -> str:
    return say(matter.language, f"ground.{matter.ground}") if matter.ground else ""


def _reason(paper: Official, matter: Matter) -> None:
    if matter.texts.get("reason"):
        paper.clause(_say(matter, "reason") + matter.texts["reason"])


def _routes(paper: Official, matter: Matter) -> None:
    paper.clause(_say(matter, "routes_title"))
    for n, route in enumerate(ROUTES, 1):
        last = n == len(ROUTES)
        text = say(matter.language, f"route.{route}")
        paper.clause(_say(matter, "item_last" if last else "item", n=_digit(matter, n), text=text))


def _numbered(matter: Matter, n: int, key: str) -> str:
    title = _say(matter, f"agreement.{key}")
    return f"{_digit(matter, n)}、{title}" if matter.language == "zh" else f"{n}. {title}"


def _digit(matter: Matter, n: int) -> str:
    return "零一二三四五六七八九"[n] if matter.language == "zh" else str(n)


def _money(matter: Matter, amount: Decimal | str) -> str:
    text = money_text(matter.language, amount)
    return f"人民币 {text.lstrip('¥')} 元" if matter.language == "zh" else text


def _date(matter: Matter, at: datetime) -> str:
    return _day(matter, local_date(at))


def _plain_day(matter: Matter, iso: str) -> str:
    return _day(matter, date.fromisoformat(iso))


def _day(matter: Matter, day: date) -> str:
    return plain_day(matter.language, day)


def _say(matter: Matter, key: str, **facts: object) -> str:
    return say(matter.language, f"document.{key}", **facts)
