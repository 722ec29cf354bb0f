"""The certificate of a pledge's announcement on paper: what was promised, for which term, and how it is checked.

It says in plain words what it is not: no certification of quality and no recommendation of a product (Product Quality
Law art 25; the certification regulations, art 24-25, keep such marks for certified products).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from complaints.clock import local_date
from complaints.config import settings
from complaints.documents.official import Official
from complaints.documents.written import centre
from complaints.words import say
from complaints.words.days import day_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What a certificate says. Days are those of Shanghai."""

    language: str
    number: str
    edition: int
    version: int
    enterprise: str
    credit_code: str
    year: int
    valid_from: date
    valid_until: date  # the last day
    promises: Sequence[tuple[str, str]]  # kind, text
    answer_days: int
    code: str
    issued_at: datetime


def address_of(code: str) -> str:
    """Where anybody sees whether the pledge of this certificate stands."""
    return f"{settings().base_url}/certificates/{code}"


def render(found: Announced) -> bytes:
    """The certificate as PDF; the same for the same facts."""
    name = _say(found, "name")
    foot = _say(found, "foot", number=found.number, edition=found.edition)
    paper = Official(name, found.issued_at, foot=foot, language=found.language)
    paper.masthead(centre(found.language))
    paper.name(name, _say(found, "number", number=found.number, edition=found.edition))
    paper.clause(_say(found, "said", enterprise=found.enterprise, year=found.year))
    paper.people(_facts(found))
    paper.part(_say(found, "promises"))
    for kind, text in found.promises:
        paper.clause(f"{say(found.language, f'pledge.kind.{kind}')}{say(found.language, 'letter.colon')}{text}")
    paper.part(_say(found, "is_not"))
    paper.clause(_say(found, "disclaimer"))
    paper.sealed(centre(found.language), _day(found, local_date(found.issued_at)), _say(found, "seal"))
    lines = [_say(found, "code", code=found.code), _say(found, "check"), _say(found, "signature")]
    paper.checked(address_of(found.code), _say(found, "check_title"), lines)
    return paper.content()


def _facts(found: Announced) -> list[tuple[str, str]]:
    term = _say(found, "term_days", first=_day(found, found.valid_from), last=_day(found, found.valid_until))
    return [
        (_say(found, "enterprise"), found.enterprise),
        (_say(found, "credit_code"), found.credit_code),
        (_say(found, "term"), term),
        (_say(found, "answers"), _say(found, "answer_days", n=found.answer_days)),
        (_say(found, "mediation"), _say(found, "consents")),
        (_say(found, "version"), str(found.version)),
    ]


def _day(found: Announced, day: date) -> str:
    return day_text(found.language, day)


def _say(found: Announced, key: str, **facts: object) -> str:
    return say(found.language, f"certificate.{key}", **facts)
