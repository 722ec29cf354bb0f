"""What a letter says, in the reader's words: frozen facts in, sentences out. No database, no layout.

Everything comes from the facts that were frozen when the event happened, so a letter that leaves late still tells
what was true then. Facts hold no personal data, so neither do letters.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal

from complaints.words import days, happened, has, say
from complaints.words.days import day_text, moment_text

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The parts of one letter. Empty lists and None are left out by the templates."""

    subject: str
    happened: list[str]
    case: list[tuple[str, str]]  # label, value
    turn: str
    actions: list[str]
    by_when: list[str]
    provisional: str | None
    if_nothing: list[str]
    routes: list[str]
    check: str | None


def content(locale: str, letter: str, step: str, facts: Facts) -> Content:
    """The parts of the letter `letter`, planted for `step`. Raises Misconfigured where a word or a fact is missing."""
    return Content(
        subject=_subject(locale, letter, step, facts),
        happened=list(_happened(locale, letter, step, facts)),
        case=list(_case(locale, letter, facts)),
        turn=_turn(locale, facts),
        actions=_actions(locale, facts),
        by_when=list(_by_when(locale, facts)),
        provisional=say(locale, "letter.provisional") if facts.get("provisional") and facts["due_at"] else None,
        if_nothing=list(_if_nothing(locale, facts)),
        routes=[say(locale, f"route.{route}") for route in facts.get("routes") or ()],
        check=_check(locale, facts),
    )


def last_day(value: str) -> date:
    """The last day of a limit: a plain date, or the day that ends at an instant D 24:00."""
    if len(value) == len("2026-11-22"):
        return date.fromisoformat(value)
    return days.last_day(datetime.fromisoformat(value))


def money_text(locale: str, amount: object) -> str:
    """Yuan with two decimals."""
    return f"¥{format_decimal(Decimal(str(amount)), '#,##0.00', locale=locale)}"


def names(locale: str, facts: Facts) -> dict[str, str]:
    """Product and enterprise, with words for those that nobody named."""
    return {
        "product": facts.get("product") or say(locale, "letter.unnamed_product"),
        "enterprise": facts.get("enterprise") or say(locale, "letter.unnamed_enterprise"),
    }


def reminder_text(locale: str, step: str) -> str:
    """The first sentence of a reminder; any "before_<n>" has one."""
    key = f"reminder.{step}"
    if has(locale, key):
        return say(locale, key)
    return say(locale, "reminder.before", days=step.removeprefix("before_"))


def _subject(locale: str, letter: str, step: str, facts: Facts) -> str:
    if letter == "reminder":
        return say(locale, "letter.subject_reminder", number=facts["number"], reminder=reminder_text(locale, step))
    headline = say(locale, f"headline.{facts['trigger']}")
    return say(locale, "letter.subject", number=facts["number"], headline=headline)


def _happened(locale: str, letter: str, step: str, facts: Facts) -> Iterator[str]:
    if letter == "reminder":
        yield reminder_text(locale, step)
        return
    if letter == "lapse_notice":
        yield say(locale, f"reminder.{'lapse_intake' if facts.get('lapsed') == 'intake' else 'lapse_supervisor'}")
    yield happened(locale, facts["trigger"], facts["reader"], **names(locale, facts))
    if facts.get("outcome"):
        yield say(locale, f"outcome_means.{facts['outcome']}")


def _case(locale: str, letter: str, facts: Facts) -> Iterator[tuple[str, str]]:
    """Label and value of every fact that is there and that a reader can use."""
    shown = {**facts, **names(locale, facts)}
    silent = {"actor", "occurred_at"} if letter == "reminder" else set()
    if facts["trigger"] != "extend":
        silent.add("days")  # elsewhere it is not a number of working days
    for name, text in _SHOWN.items():
        if name in silent or shown.get(name) in (None, "", []):
            continue
        yield say(locale, f"label.{name}"), text(locale, shown[name])


def _moment(locale: str, value: object) -> str:
    return moment_text(locale, datetime.fromisoformat(str(value)))


def _plain(_locale: str, value: object) -> str:
    return str(value)


def _word(section: str) -> Callable[[str, Any], str]:
    return lambda locale, value: say(locale, f"{section}.{value}")


def _missing(locale: str, value: list[str]) -> str:
    return say(locale, "letter.separator").join(say(locale, f"missing.{name}") for name in value)


def _date(locale: str, value: str) -> str:
    return day_text(locale, last_day(value))


_SHOWN: dict[str, Callable[[str, Any], str]] = {
    "number": _plain,
    "product": _plain,
    "enterprise": _plain,
    "state": _word("state"),
    "outcome": _word("outcome"),
    "ground": _word("ground"),
    "actor": _word("role"),
    "occurred_at": _moment,
    "amount": money_text,
    "perform_by": _date,
    "days": _plain,
    "missing": _missing,
    "laboratory": _plain,
    "agreed_on": _date,
    "day": _date,
    "time": _plain,
}


def _is_readers_move(facts: Facts) -> bool:
    owner, reader = facts["owner"], facts["reader"]
    if owner == "missing_consent":
        return "consent" in facts["actions"]
    return bool(owner == reader or (owner, reader) == ("laboratory", "mediator"))


def _turn(locale: str, facts: Facts) -> str:
    if facts["state"] == "closed":
        return say(locale, "letter.nobody_move")
    if _is_readers_move(facts):
        return say(locale, "letter.your_move")
    return say(locale, "letter.their_move", owner=say(locale, f"role.{facts['owner']}"))


def _actions(locale: str, facts: Facts) -> list[str]:
    actions = [say(locale, f"trigger.{trigger}") for trigger in facts["actions"]]
    if actions:
        return actions
    closed = facts["state"] == "closed"
    return [say(locale, "letter.no_action"), *([] if closed else [say(locale, "letter.add_until_closed")])]


def _by_when(locale: str, facts: Facts) -> Iterator[str]:
    if facts["due_at"]:
        day = day_text(locale, last_day(facts["due_at"]))
        if _is_readers_move(facts):
            yield say(locale, "letter.due", day=day)
        else:
            yield say(locale, "letter.due_owner", day=day, owner=say(locale, f"role.{facts['owner']}"))
    windows = list(_windows(locale, facts))
    yield from windows
    if not facts["due_at"] and not windows:
        yield say(locale, "letter.no_due")


def _windows(locale: str, facts: Facts) -> Iterator[str]:
    """Limits beside the clock that are this reader's to use; judicial confirmation is for both sides."""
    offered = {"reopen": "reopen" in facts["actions"], "rate": "rate" in facts["actions"]}
    limits = {"reopen": "reopen_until", "rate": "rating_until", "confirm": "confirm_until"}
    for name, fact in limits.items():
        if facts.get(fact) and offered.get(name, True):
            yield say(locale, f"letter.{name}_by", day=day_text(locale, last_day(facts[fact])))


def _if_nothing(locale: str, facts: Facts) -> Iterator[str]:
    if facts.get("silence"):
        yield say(locale, f"silence.{facts['silence']}")
    elif facts["state"] == "closed":
        yield say(locale, "letter.stays_closed")
    else:
        yield say(locale, "letter.stays_open")


def _check(locale: str, facts: Facts) -> str | None:
    if not facts.get("chain_head"):
        return None
    return say(locale, "letter.check_text", seq=facts["seq"], head=facts["chain_head"])
