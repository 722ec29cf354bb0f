"""How days, money and words of the domain are written on a page, in its language. Times are Asia/Shanghai."""

import re
import unicodedata
from datetime import date, datetime, time
from decimal import Decimal
from itertools import accumulate

from babel.numbers import format_decimal
from flask import Flask
from markupsafe import Markup, escape

from complaints import clock, words
from complaints.words import days
from complaints.words.days import last_day
from complaints.workflow.policy import load
from web.language import gettext as _
from web.language import locale

ZONE = "Asia/Shanghai"
CHART_LETTERS = 53  # of 16 pixels that fit into a chart of 480 units, bold ones too
_COMMAND = re.compile(r"`([^`]+)`")


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters.update(
        day=day,
        moment=moment,
        until=until,
        money=money,
        paragraphs=paragraphs,
        short=short,
        whom=whom,
        size=size,
        commands=commands,
        listed=listed,
        rules=rules,
        beside=beside,
        whole=whole,
        number=number,
    )
    app.jinja_env.globals.update(say=say, zone=ZONE)


def say(key: str, **facts: object) -> str:
    """Words of the domain in this page's language; a key that has none yet is shown as it is, never an error page."""
    if not words.has(locale(), key):
        return key.rpartition(".")[2].replace("_", " ")
    return words.say(locale(), key, **facts)


def commands(text: str) -> Markup:
    """A text in which what one types stands between backticks."""
    return Markup(_COMMAND.sub(r"<code>\1</code>", str(escape(text))))


def listed(text: str) -> str:
    """A kind of goods or of fault, in this page's language where it was chosen from a list."""
    return words.listed(locale(), text)


def beside(label: str, value: object) -> str:
    """A label of a chart, cut so that the value at the end of its line stays readable. A Chinese letter takes two."""
    room = CHART_LETTERS - sum(_wide(letter) for letter in str(value)) - 1
    taken = list(accumulate(map(_wide, label)))
    if not taken or taken[-1] <= room:
        return label
    return label[: sum(each < room for each in taken)].rstrip() + "…"


def _wide(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def named(label: str, text: str) -> str:
    """What is said of one box of a form, for a list of what is wrong."""
    return _("%(label)s: %(said)s", label=label, said=text)


def whom(role: str) -> str:
    """A role as people call it."""
    return say(f"role.{role}")


def day(value: date) -> str:
    """A day with its weekday."""
    return days.day_text(locale(), value)


def rules(version: str) -> str:
    """A version of the rules as people call it: whose they are, and from which day they are in force."""
    policy = load(version)
    return say(f"policy.{policy.mandate}", day=day(policy.in_force_from))


def until(due_at: datetime) -> str:
    """A deadline as people read it: its last day, with the hour and the zone."""
    return days.until_text(locale(), due_at)


def short(due_at: datetime) -> str:
    """A deadline's last day for lists, whose heading names hour and zone."""
    return days.short_day(locale(), last_day(due_at))


def moment(at: datetime) -> str:
    """An instant; one that ends a day is written as 24:00 of that day."""
    local = at.astimezone(clock.SHANGHAI)
    if local.time() == time.min:
        return f"{day(last_day(at))} 24:00"
    return f"{day(local.date())} {days.hour_text(locale(), local)}"


def money(amount: object) -> str:
    """Yuan with two decimals."""
    return f"¥{format_decimal(Decimal(str(amount)), '#,##0.00', locale=locale())}"


def whole(count: float) -> str:
    """A whole number with its thousands apart."""
    return format_decimal(count, "#,##0", locale=locale())


def number(value: float) -> str:
    """A number with at most one decimal."""
    return format_decimal(value, "#,##0.#", locale=locale())


def size(count: int) -> str:
    """A file's size; what is small is never called nothing."""
    kilobytes = Decimal(count) / 1024
    if kilobytes < 1024:
        return f"{format_decimal(max(kilobytes, Decimal(1)), '#,##0', locale=locale())} KB"
    return f"{format_decimal(kilobytes / 1024, '#,##0.0', locale=locale())} MB"


def paragraphs(text: str) -> Markup:
    """Somebody's text with its line breaks, and nothing else of it as markup."""
    return Markup("<br>").join(escape(line) for line in text.split("\n"))
