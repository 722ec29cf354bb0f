"""The remedy calculator: which rights a purchase may give, until which day, by which article. Pure.

It informs and does not decide. Only rules with a source stand here:

- Consumer Protection Law: art 23 (six months in which the trader bears the proof), 24 (return within 7 days where no
  other rule exists), 25 (distance sales: 7 days without a reason, refund within 7 days), 54 (substandard goods), 55
  (fraud: three times the price, at least 500 yuan);
- rule on the three guarantees for family cars (2021): art 24 (repair time and number of repairs), 28 (answer within 10
  working days, done within 20);
- E-commerce Law: art 62 (records);
- the three guarantees for other goods (7, 15 and 30 days, two repairs): from memory. `certain` is False for them, and
  readers are told that the text was not compared with the published one.

How long a guarantee lasts is in no source that we have: what holds only while it lasts is marked `guarantee`. Day 0 is
not counted; `until` is the last day on plain calendar days, the earliest that can be meant. Where that is no working
day, `perhaps_until` is the next working day (as Order 121 art 45 rolls): nobody should rely on it.
"""

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

from complaints.workflow.workdays import Calendar

FRAUD_TIMES, FRAUD_LEAST = 3, Decimal(500)  # Consumer Protection Law art 55: three times the price, at least 500 yuan
BURDEN_MONTHS = 6  # art 23: the trader proves that the goods were sound
REPAIR_DAYS = 30  # more than these: three guarantees (not compared); cars, together: 2021 rule art 24
REPAIRS, CAR_REPAIRS = 2, 4  # two failed repairs (not compared); cars: more than 4 of one fault, 2021 rule art 24
CAR_ANSWER, CAR_DONE = 10, 20  # working days after the request, 2021 rule art 28


class Kind(Enum):
    """What was bought, as far as the rules tell kinds apart."""

    GOODS = "goods"
    DURABLE = "durable"  # machines, appliances, computers, telephones
    DECORATION = "decoration"  # fitting out a home
    CAR = "car"
    SERVICE = "service"


class Trouble(Enum):
    """What went wrong, as far as the rules tell it apart."""

    BROKEN = "broken"
    SUBSTANDARD = "substandard"  # found so by an authority
    DECEIVED = "deceived"
    UNWANTED = "unwanted"
    OTHER = "other"


KINDS = {  # the kinds of goods that people choose from -> what the rules make of them
    "appliance": Kind.DURABLE,
    "digital": Kind.DURABLE,
    "car": Kind.CAR,
    "decoration": Kind.DECORATION,
    "clothing": Kind.GOODS,
    "food": Kind.GOODS,
    "goods": Kind.GOODS,
    "service": Kind.SERVICE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What is known of a purchase. `bought_on` is the day of receipt where it was sent; amounts are yuan."""

    kind: Kind | None = None
    trouble: Trouble | None = None
    online: bool | None = None
    bought_on: date | None = None
    price: Decimal | None = None
    repairs: int = 0  # of the same fault, that did not mend it
    repair_days: int = 0  # together


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One right that the purchase may give. `support` is none to ask for: it helps to prove or to obtain another, and
    its `until` is the last day on which a fault may have shown itself. `guarantee`: only while the guarantee lasts."""

    code: str
    article: str
    open: bool = True
    until: date | None = None  # the last day; None where the rule names none or the day of purchase is unknown
    perhaps_until: date | None = None
    certain: bool = True
    support: bool = False
    guarantee: bool = False
    amount: Decimal | None = None
    answer_by: date | None = None  # if it is asked for today
    done_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: its code (the words are found by it), article, whom it is for, and how long."""

    code: str
    article: str
    applies: Callable[[Purchase], bool]
    days: int | None = None
    months: int | None = None
    certain: bool = True
    support: bool = False
    guarantee: bool = False


def _faulty(bought: Purchase) -> bool:
    return bought.trouble in (Trouble.BROKEN, Trouble.SUBSTANDARD)


def _guaranteed(bought: Purchase) -> bool:
    return bought.kind is Kind.DURABLE and _faulty(bought)


def _sent_goods(bought: Purchase) -> bool:
    return bought.online is True and bought.kind not in (None, Kind.SERVICE, Kind.DECORATION, Kind.CAR)


def _lasting(bought: Purchase) -> bool:
    return bought.kind in (Kind.DURABLE, Kind.CAR, Kind.DECORATION) and _faulty(bought)


def _car_fails(bought: Purchase) -> bool:
    return (
        bought.kind is Kind.CAR
        and _faulty(bought)
        and (bought.repair_days > REPAIR_DAYS or bought.repairs > CAR_REPAIRS)
    )


RULES: Sequence[Rule] = (
    Rule(code="no_reason", article="law_25", days=7, applies=_sent_goods),
    Rule(code="fraud", article="law_55", applies=lambda bought: bought.trouble is Trouble.DECEIVED),
    Rule(code="substandard", article="law_54", applies=lambda bought: bought.trouble is Trouble.SUBSTANDARD),
    Rule(code="car_replace", article="car_24_28", guarantee=True, applies=_car_fails),
    Rule(code="guarantee_return", article="guarantees", days=7, certain=False, applies=_guaranteed),
    Rule(code="guarantee_exchange", article="guarantees", days=15, certain=False, applies=_guaranteed),
    Rule(
        code="guarantee_long_repair",
        article="guarantees",
        certain=False,
        guarantee=True,
        applies=lambda bought: _guaranteed(bought) and bought.repair_days > REPAIR_DAYS,
    ),
    Rule(
        code="guarantee_repairs",
        article="guarantees",
        certain=False,
        guarantee=True,
        applies=lambda bought: _guaranteed(bought) and bought.repairs >= REPAIRS,
    ),
    Rule(
        code="quality_return",
        article="law_24",
        days=7,
        applies=lambda bought: _faulty(bought) and bought.kind in (Kind.GOODS, Kind.SERVICE, Kind.DECORATION),
    ),
    Rule(code="burden", article="law_23", months=BURDEN_MONTHS, support=True, applies=_lasting),
    Rule(code="records", article="commerce_62", support=True, applies=lambda bought: bought.online is True),
)


def rights(bought: Purchase, today: date, calendar: Calendar) -> list[Right]:
    """What the purchase may give today: open rights to ask for, what supports them, then what has run out."""
    found = [_right(rule, bought, today, calendar) for rule in RULES if rule.applies(bought)]
    return sorted(found, key=lambda right: (not right.open, right.support))


def _right(rule: Rule, bought: Purchase, today: date, calendar: Calendar) -> Right:
    until = _until(rule, bought)
    rolled = until if until is None or calendar.is_working(until) else calendar.next_working_day(until)
    car = rule.code == "car_replace"
    return Right(
        code=rule.code,
        article=rule.article,
        open=rule.support or until is None or rolled is None or today <= rolled,
        until=until,
        perhaps_until=rolled if rolled != until else None,
        certain=rule.certain,
        support=rule.support,
        guarantee=rule.guarantee,
        amount=_amount(rule, bought),
        answer_by=calendar.working_days(today, CAR_ANSWER).end if car else None,
        done_by=calendar.working_days(today, CAR_DONE).end if car else None,
    )


def _until(rule: Rule, bought: Purchase) -> date | None:
    if bought.bought_on is None:
        return None
    if rule.months is not None:
        return _months_later(bought.bought_on, rule.months)
    return bought.bought_on + timedelta(days=rule.days) if rule.days is not None else None


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last where it has none (31 August + 6 = 28 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _amount(rule: Rule, bought: Purchase) -> Decimal | None:
    """What may be asked for in money: the price, or for fraud the increased damages beside it."""
    if bought.price is None or rule.support:
        return None
    if rule.code == "fraud":
        return max(FRAUD_TIMES * bought.price, FRAUD_LEAST)
    returned = rule.code in ("no_reason", "substandard", "guarantee_return", "quality_return")
    return bought.price if returned else None
