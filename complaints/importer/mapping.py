"""How the columns of a file become the fields of a filing: a TOML file, or `--map field=column` on the spot.

A source is the name of a column, or a template of columns ("{brand} {model}"), or a constant. In TOML:

    source = "car-complaints"            # whose file this is; with the `id` it tells rows apart
    dates = ["%Y-%m-%d"]                 # how dates are written; the usual forms when not said
    decimal = "comma"                    # 1.299,00; "point" (1,299.00) when not said
    [fields]
    id = "id"                            # the number that the row has there
    filed_on = "datetime"                # when it was filed there
    product = "{brand} {model}"
    fault = { column = "problem", strip = "," }
    category = { constant = "汽车" }
    [values.share_consent]               # what is written there -> what it means here; "*": anything else
    "Consent provided" = "yes"

With `--map`, `category==汽车` is the constant.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from complaints.errors import BadInput
from complaints.importer.reader import closest
from complaints.inputs import FilingFields

SHIPPED = Path(__file__).parent / "mappings"
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
_TIMES = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M:%S%z")
USUAL_DATES = (*(day + time for time in _TIMES for day in _DAYS), "%Y%m%d")
FILING = tuple(FilingFields().load_fields)
BESIDE = ("id", "filed_on")  # what a row has besides its filing
DATES = ("bought_on", "filed_on")
_PLACE = re.compile(r"\{([^{}]*)\}")
_CURRENCY = re.compile(r"^(?:RMB|CNY|USD|EUR)|[¥￥$€元\s\u00a0']|圆整?$", re.IGNORECASE)
_WITH_THOUSANDS = {
    "point": re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"),
    "comma": re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where one field comes from: text that names a column or is a template, or a constant."""

    text: str
    constant: bool = False
    strip: str = ""

    def columns(self, present: Iterable[str]) -> list[str]:
        """The columns it needs; a text that is itself a column is no template."""
        if self.constant:
            return []
        return [self.text] if self.text in present or not _PLACE.search(self.text) else _PLACE.findall(self.text)

    def value(self, row: Mapping[str, str]) -> str:
        """What it says in one row. A template of empty columns only is empty."""
        if self.constant:
            return self.text
        if self.text in row:
            return row[self.text].strip(self.strip + " ")
        if not any(row[name] for name in _PLACE.findall(self.text)):
            return ""
        filled = _PLACE.sub(lambda place: row[place[1]].strip(self.strip + " "), self.text)
        return re.sub(r" {2,}", " ", filled).strip()


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A mapping: which source each field has, and how dates, amounts and other values are written there."""

    name: str
    source: str = ""
    fields: Mapping[str, Source] = field(default_factory=dict)
    dates: Sequence[str] = USUAL_DATES
    decimal: str = "point"
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def bound(self, columns: Sequence[str]) -> "ColumnMap":
        """This mapping for a file with these columns. Raises BadInput, naming the field and column that do not fit."""
        if not set(self.fields) & set(FILING):
            raise BadInput(f"no field is mapped; use --map field=column. {_what_there_is(columns)}")
        for name, source in self.fields.items():
            for column in source.columns(columns):
                if column not in columns:
                    hint = closest(column, columns)
                    raise BadInput(f"{name}: there is no column {column!r}{hint}. The file has: {', '.join(columns)}")
        return self if self.source else replace(self, source=_fingerprint(columns))

    def fits(self, columns: Iterable[str]) -> bool:
        """Whether a file with these columns has all that this mapping needs."""
        present = set(columns)
        return all(present.issuperset(source.columns(present)) for source in self.fields.values())

    def read(self, row: Mapping[str, str]) -> dict[str, str]:
        """The fields of one row as text that `FilingSchema` understands, with `id` and `filed_on` beside them.

        What cannot be understood stays as it is, so that the schema names it.
        """
        return {name: self._read(name, source.value(row)) for name, source in self.fields.items()}

    def _read(self, name: str, text: str) -> str:
        known = self.values.get(name)
        if known is not None:
            text = known.get(text, known.get("*", text))
        if name in DATES:
            return _iso(text, self.dates)
        if name == "amount":
            return _plain_amount(text, self.decimal)
        return text


def load(name_or_path: str) -> ColumnMap:
    """A mapping that ships with the product, by name, or a TOML file. Raises BadInput, saying what is wrong in it."""
    path = SHIPPED / f"{name_or_path}.toml"
    if not re.fullmatch(r"[\w-]+", name_or_path) or not path.exists():
        path = Path(name_or_path)
        if not path.is_file():
            raise BadInput(
                f"there is no mapping {name_or_path!r}{closest(name_or_path, shipped())}."
                f" Give a TOML file, or one of: {', '.join(shipped())}"
            )
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"the mapping {path.name} cannot be read: {error}") from None
    return _from_toml(path.stem, content)


def shipped() -> list[str]:
    """The names of the mappings that ship with the product."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def recognise(columns: Sequence[str]) -> ColumnMap:
    """The one shipped mapping that fits these columns. Raises BadInput when none does."""
    fitting = [mapping for mapping in map(load, shipped()) if mapping.fits(columns)]
    if len(fitting) != 1:
        raise BadInput(
            "no mapping is known for these columns; name one with --mapping, or say on the spot --map field=column."
            f" {_what_there_is(columns)}"
        )
    return fitting[0]


def with_overrides(base: ColumnMap | None, pairs: Sequence[str], **options: Any) -> ColumnMap:
    """`base`, or an empty mapping, with `field=column` pairs on top and the options that are given."""
    base = base or ColumnMap(name="--map")
    fields = dict(base.fields)
    for pair in pairs:
        name, equals, text = (part.strip() for part in pair.partition("="))
        if not equals or not text:
            raise BadInput(f"--map {pair!r}: write field=column, field={{column}} text, or field==constant")
        _check_field(name)
        fields[name] = Source(text[1:].strip(), constant=True) if text.startswith("=") else Source(text)
    given = {name: value for name, value in options.items() if value}
    return _checked(replace(base, fields=fields, **given))


def _from_toml(name: str, content: dict[str, Any]) -> ColumnMap:
    known = {"source", "dates", "decimal", "fields", "values"}
    for key in content:
        if key not in known:
            raise BadInput(f"mapping {name}: unknown setting {key!r}{closest(key, known)}")
    fields, values = content.get("fields", {}), content.get("values", {})
    if not isinstance(fields, dict) or not isinstance(values, dict):
        raise BadInput(f"mapping {name}: [fields] and [values] must be tables")
    for field_name in (*fields, *values):
        _check_field(field_name)
    mapping = ColumnMap(
        name=name,
        source=str(content.get("source", name)),
        fields={field_name: _source(name, field_name, given) for field_name, given in fields.items()},
        dates=content.get("dates", USUAL_DATES),
        decimal=content.get("decimal", "point"),
        values={field_name: _translations(name, field_name, given) for field_name, given in values.items()},
    )
    return _checked(mapping)


def _source(mapping: str, name: str, given: object) -> Source:
    """A source as TOML says it: text, or a table with `column` or `constant`."""
    if isinstance(given, str) and given:
        return Source(given)
    if (
        isinstance(given, dict)
        and set(given) <= {"column", "constant", "strip"}
        and len({"column", "constant"}.intersection(given)) == 1
    ):
        constant = "constant" in given
        value = given["constant"] if constant else given["column"]
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return Source(text, constant=constant, strip=str(given.get("strip", "")))
    raise BadInput(f'mapping {mapping}: {name} must be "column", "{{a}} {{b}}", {{ column = … }} or {{ constant = … }}')


def _translations(mapping: str, name: str, given: object) -> dict[str, str]:
    if not isinstance(given, dict):
        raise BadInput(f"mapping {mapping}: [values.{name}] must be a table")
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in given.items()}


def _checked(mapping: ColumnMap) -> ColumnMap:
    if mapping.decimal not in _WITH_THOUSANDS:
        raise BadInput(f'mapping {mapping.name}: decimal must be "point" or "comma", not {mapping.decimal!r}')
    forms: object = mapping.dates  # from TOML it may be anything
    if not isinstance(forms, list | tuple) or not all(isinstance(form, str) and "%" in form for form in forms):
        raise BadInput(f'mapping {mapping.name}: dates must be a list of forms such as "%d.%m.%Y"')
    return mapping


def _check_field(name: str) -> None:
    fields = (*FILING, *BESIDE)
    if name not in fields:
        raise BadInput(f"unknown field {name!r}{closest(name, fields)}. There are: {', '.join(fields)}")


def _what_there_is(columns: Sequence[str]) -> str:
    return f"The file has: {', '.join(columns)}. Fields: {', '.join((*FILING, *BESIDE))}"


def _fingerprint(columns: Sequence[str]) -> str:
    """A name for a source that was given none: the same for every file with these columns."""
    return "columns-" + sha256("\x1f".join(columns).encode()).hexdigest()[:12]


def _iso(text: str, forms: Sequence[str]) -> str:
    for form in forms:
        try:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007  the day as it is written there
        except ValueError:
            continue
    return text


def _plain_amount(text: str, decimal: str) -> str:
    """An amount without currency and thousands separators, with a point; as it stands where it does not fit."""
    plain = _CURRENCY.sub("", text)
    if not _WITH_THOUSANDS[decimal].fullmatch(plain):
        return text
    return plain.replace(",", "") if decimal == "point" else plain.replace(".", "").replace(",", ".")
