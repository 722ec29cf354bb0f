"""The kinds of field that inputs are made of: text, amount, date, telephone number, e-mail address, choice.

Each takes what people paste (full-width digits, invisible marks, stray spaces), stores one form of it, and
answers with a key of `messages.py` when it cannot.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields

from complaints.registry import invisible

LARGEST_AMOUNT = Decimal("999999999999.99")  # what Numeric(14, 2) holds
EARLIEST = date(1980, 1, 1)

_MULTILINE_CONTROLS = "\n\t"
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
_PHONE = re.compile(
    r"(?P<plus>\+|00)?(?P<digits>\d{7,15})(?:(?:转|分机|ext|x|#)(?P<extension>\d{1,6}))?", re.IGNORECASE | re.ASCII
)
_MOBILE_FROM_CHINA = re.compile(r"86(1[3-9]\d{9})", re.ASCII)
_PHONE_PUNCTUATION = re.compile(r"[\s()./·‐‑‒–—―−-]")
_AMOUNT = re.compile(r"(?P<sign>[+-]?)(?P<whole>\d+)(?:\.(?P<cents>\d*))?", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_HOUR = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_YES = frozenset({"true", "t", "on", "y", "yes", "1", "是", "同意"})
_NO = frozenset({"false", "f", "off", "n", "no", "0", "", "否", "不同意"})
_REQUIRED: dict[str, Any] = {"required": "required", "null": "required"}


def clean(value: object) -> str:
    """The text of a value: without invisible marks and outer space, every line end a newline."""
    if not isinstance(value, str):
        raise ValidationError("not_text")
    text = invisible.drop(value).replace("\r\n", "\n").replace("\r", "\n").strip()
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in _MULTILINE_CONTROLS for char in text):
        raise ValidationError("control_characters")
    return text


def _plain(value: object) -> str:
    """Text in one line in compatibility form: full-width digits and letters become plain ones."""
    return unicodedata.normalize("NFKC", clean(value)).strip()


class Text(fields.Field[str]):
    """Text up to `most` characters as browsers count them: what is cleaned away counts, a line end is one.

    `lines` keeps line breaks, otherwise any run of space is one space.
    """

    default_error_messages = _REQUIRED

    def __init__(
        self, most: int, *, lines: bool = False, metadata: Mapping[str, Any] | None = None, **options: Any
    ) -> None:
        super().__init__(metadata=metadata or {"type": "string", "maxLength": most}, **options)
        self.most, self.lines = most, lines

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = self.read(value)
        if self.required and not text:
            raise ValidationError("required")
        if max(len(text), len(value.replace("\r\n", "\n"))) > self.most:
            raise ValidationError(f"too_long:{self.most}")
        return text

    def read(self, value: object) -> str:
        """The value in the form that is kept; kinds of text override this."""
        text = clean(value)
        return text if self.lines else " ".join(text.split())


class Phone(Text):
    """A telephone number: Chinese mobile or landline, or international; kept as digits, so that repeats are seen."""

    def read(self, value: object) -> str:
        text = _PHONE_PUNCTUATION.sub("", _plain(value))
        if not text:
            return ""
        match = _PHONE.fullmatch(text)
        if match is None or len(set(match["digits"])) == 1:
            raise ValidationError("not_a_phone")
        extension = f"-{match['extension']}" if match["extension"] else ""
        mobile = _MOBILE_FROM_CHINA.fullmatch(match["digits"])
        if mobile:
            return mobile[1] + extension
        return ("+" if match["plus"] else "") + match["digits"] + extension


class Email(Text):
    """An e-mail address with a domain; kept with the domain in small letters."""

    def read(self, value: object) -> str:
        text = _plain(value)
        if text and ("=?" in text or not _EMAIL.fullmatch(text) or len(text.partition("@")[0]) > 64):
            raise ValidationError("not_an_email")
        local, at, domain = text.partition("@")
        return local + at + domain.lower()


class Amount(fields.Field[Decimal | None]):
    """Yuan and cents, from nothing up; no thousands separators, which mean different things in different places."""

    default_error_messages = _REQUIRED

    def __init__(self, **options: Any) -> None:
        told = {"type": ["string", "number"], "pattern": r"^[0-9]{1,12}(\.[0-9]{1,2})?$", "minimum": 0}
        super().__init__(metadata=told, **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Decimal | None:
        number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        text = str(value) if number else _plain(value)
        if not text and not self.required:
            return None
        match = _AMOUNT.fullmatch(text)
        if match is None:
            raise ValidationError("required" if not text else "not_an_amount")
        return self._checked(match)

    def _checked(self, match: re.Match[str]) -> Decimal:
        if len((match["cents"] or "").rstrip("0")) > 2:
            raise ValidationError("too_precise:2")
        # Compared by length first: Decimal itself would take a million digits its time.
        if len(match["whole"].lstrip("0")) > 12:
            raise ValidationError(f"too_large:{LARGEST_AMOUNT}")
        amount = Decimal(f"{match['whole']}.{(match['cents'] or '')[:2] or '0'}")
        if match["sign"] == "-" and amount:
            raise ValidationError("negative")
        return amount.quantize(Decimal("0.01"))


class Day(fields.Field[date | None]):
    """A calendar day, ISO form, from 1980 on. `past`/`future`: on the wrong side of the schema's `today` is refused."""

    default_error_messages = _REQUIRED

    def __init__(self, *, past: bool = False, future: bool = False, **options: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "date"}, **options)
        self.past, self.future = past, future

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date | None:
        day = self._read(value)
        if day is None:
            if self.required:
                raise ValidationError("required")
            return None
        today: date = getattr(self.parent, "today")  # noqa: B009  every schema of ours has it, marshmallow's base has not
        if day < EARLIEST:
            raise ValidationError(f"too_early:{EARLIEST}")
        if self.past and day > today:
            raise ValidationError("in_the_future")
        if self.future and day < today:
            raise ValidationError("in_the_past")
        if day.year > today.year + 10:
            raise ValidationError(f"too_late:{today.year + 10}")
        return day

    @staticmethod
    def _read(value: object) -> date | None:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        text = _plain(value)
        if not text:
            return None
        match = _DAY.fullmatch(text)
        if match is None:
            raise ValidationError("not_a_date")
        try:
            return date(*map(int, match.groups()))
        except ValueError:
            raise ValidationError("not_a_date") from None


class Hour(Text):
    """A time of day, kept as HH:MM; "9：05" and "9:05" are one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(20, metadata={"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"}, **options)

    def read(self, value: object) -> str:
        text = _plain(value)
        match = _HOUR.fullmatch(text)
        if match is None:
            if not text:
                return ""
            raise ValidationError("not_a_time")
        return f"{int(match[1]):02}:{match[2]}"


class Flag(fields.Field[bool]):
    """Yes or no, as JSON, a ticked box or a word in a file says it. `yes`: nothing but yes will do."""

    default_error_messages = _REQUIRED

    def __init__(self, *, yes: bool = False, **options: Any) -> None:
        super().__init__(metadata={"type": "boolean"}, **options)
        self.yes = yes

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        word = str(value).lower() if isinstance(value, bool | int) else _plain(value).lower()
        if word not in _YES | _NO:
            raise ValidationError("not_yes_or_no")
        if self.yes and word in _NO:
            raise ValidationError("must_be_yes")
        return word in _YES


class Choice(Text):
    """One of a few words."""

    def __init__(self, *words: str, **options: Any) -> None:
        super().__init__(80, metadata={"type": "string", "enum": list(words)}, **options)
        self.words = words

    def read(self, value: object) -> str:
        text = super().read(value)
        if text not in self.words and (text or not self.required):
            raise ValidationError(f"not_one_of:{', '.join(self.words)}")
        return text


class Choices(fields.Field[list[str]]):
    """Several of a few words, each once, in their own order; a single word stands for a list of one."""

    default_error_messages = _REQUIRED

    def __init__(self, *words: str, **options: Any) -> None:
        super().__init__(metadata={"type": "array", "items": {"type": "string", "enum": list(words)}}, **options)
        self.words = words

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[str]:
        if isinstance(value, str):
            value = [value] if value else []
        if not isinstance(value, list | tuple):
            raise ValidationError("not_a_list")
        if any(not isinstance(word, str) or word not in self.words for word in value):
            raise ValidationError(f"not_one_of:{', '.join(self.words)}")
        if self.required and not value:
            raise ValidationError("empty_list")
        return [word for word in self.words if word in value]


class Numbers(fields.Field[list[str]]):
    """Up to so many numbers of cases, each once; a single one stands for a list of one."""

    default_error_messages = _REQUIRED

    def __init__(self, most: int, **options: Any) -> None:
        item = {"type": "string", "maxLength": 20}
        super().__init__(metadata={"type": "array", "items": item, "maxItems": most}, **options)
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[str]:
        if isinstance(value, str):
            value = [value] if value else []
        if not isinstance(value, list | tuple):
            raise ValidationError("not_a_list")
        numbers = list(dict.fromkeys(_plain(each) for each in value))
        if any(not 0 < len(each) <= 20 for each in numbers):
            raise ValidationError("too_long:20")
        if len(numbers) > self.most:
            raise ValidationError(f"more_than:{self.most}")
        return numbers


class Whole(fields.Field[int]):
    """A whole number from `least` to `most`."""

    default_error_messages = _REQUIRED

    def __init__(self, least: int, most: int, **options: Any) -> None:
        super().__init__(metadata={"type": "integer", "minimum": least, "maximum": most}, **options)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else _plain(value)
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise ValidationError("not_a_number" if text else "required")
        if not self.least <= int(text) <= self.most:
            raise ValidationError(f"out_of_range:{self.least}-{self.most}")
        return int(text)
