"""Mappings: what they say, what is wrong in them, and how they are made on the spot."""

from pathlib import Path

import pytest

from complaints.errors import BadInput
from complaints.importer import mapping
from complaints.importer.mapping import ColumnMap, Source

CARS = ["id", "brand", "car_model", "type", "desc", "problem", "datetime", "status"]
CFPB = ["Date received", "Product", "Issue", "Consumer complaint narrative", "Company", "State", "Complaint ID"]
CAR = {
    "id": "1",
    "brand": "晨曦",
    "car_model": "启程",
    "type": "2020款 1.5L",
    "desc": "变速箱异响",
    "problem": "H147,B33,",
    "datetime": "2021-01-30",
    "status": "信息审核",
}


def toml(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_car_mapping() -> None:
    read = mapping.load("car_complaints").bound(CARS).read(CAR)
    assert read["product"] == "晨曦 启程 2020款 1.5L"
    assert (read["id"], read["filed_on"], read["enterprise"], read["narrative"]) == (
        "1",
        "2021-01-30",
        "晨曦",
        "变速箱异响",
    )
    assert (read["fault"], read["category"], read["share_consent"]) == ("H147,B33", "汽车", "false")


@pytest.mark.parametrize("name", mapping.shipped())
def test_every_shipped_mapping_can_be_loaded(name: str) -> None:
    assert mapping.load(name).fields


def test_a_file_is_recognised_by_its_columns() -> None:
    assert mapping.recognise(list(reversed(CARS))).name == "car_complaints"
    with pytest.raises(BadInput, match=r"no mapping is known.*The file has: Date received, Product"):
        mapping.recognise(CFPB)


def test_a_mapping_on_the_spot() -> None:
    pairs = [
        "id=Complaint ID",
        "narrative=Consumer complaint narrative",
        "product={Product}: {Issue}",
        "locale==en",
        "enterprise = Company",
    ]
    made = mapping.with_overrides(None, pairs, source="cfpb").bound(CFPB)
    row = dict.fromkeys(CFPB, "") | {"Complaint ID": "7", "Company": "Acme", "Product": "Loan", "Issue": "Fees"}
    assert made.read(row) == {"id": "7", "narrative": "", "product": "Loan: Fees", "locale": "en", "enterprise": "Acme"}
    assert made.source == "cfpb"


def test_a_source_without_a_name_is_known_by_its_columns() -> None:
    made = mapping.with_overrides(None, ["narrative=Issue"])
    assert made.bound(CFPB).source == made.bound(CFPB).source != made.bound([*CFPB, "more"]).source


def test_pairs_stand_above_the_named_mapping() -> None:
    made = mapping.with_overrides(mapping.load("car_complaints"), ["category=status"], dates=("%d.%m.%Y",)).bound(CARS)
    assert made.read(CAR | {"datetime": "30.01.2021"})["category"] == "信息审核"
    assert made.read(CAR | {"datetime": "30.01.2021"})["filed_on"] == "2021-01-30"
    assert made.source == "car-complaints"


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("enterprize=Company", "unknown field 'enterprize' .did you mean 'enterprise'"),
        (
            "enterprise=Compny",
            r"enterprise: there is no column 'Compny' .did you mean 'Company'\?\). The file has: Date received",
        ),
        ("product={Product} {Isue}", "product: there is no column 'Isue' .did you mean 'Issue'"),
        ("product", "write field=column"),
        ("product=", "write field=column"),
        ("id=Complaint ID", "no field is mapped"),
    ],
)
def test_what_is_wrong_with_a_pair(pair: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        mapping.with_overrides(None, [pair]).bound(CFPB)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[fields", "cannot be read"),
        ("feilds = 1", "unknown setting 'feilds' .did you mean 'fields'"),
        ("fields = 1", "must be tables"),
        ("[fields]\nnane = 'x'", "unknown field 'nane' .did you mean 'name'"),
        ("[values.x]\na = 'b'", "unknown field 'x'"),
        ("[fields]\nname = 7", "name must be"),
        ("[fields]\nname = {column = 'a', constant = 'b'}", "name must be"),
        ("[fields]\nname = ''", "name must be"),
        ("decimal = 'dot'\n", "decimal must be"),
        ("dates = '%Y'\n", "dates must be a list"),
        ("dates = [1]\n", "dates must be a list"),
        ("[values]\nname = 'x'", "must be a table"),
    ],
)
def test_what_is_wrong_in_a_file(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        mapping.load(toml(tmp_path, text))


def test_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(BadInput, match=r"no mapping 'car_complaint' .did you mean 'car_complaints'.*sample"):
        mapping.load("car_complaint")


def test_values_dates_and_amounts_are_translated(tmp_path: Path) -> None:
    text = """
        source = "elsewhere"
        dates = ["%d.%m.%Y"]
        decimal = "comma"
        [fields]
        amount = "Betrag"
        bought_on = "Kauf"
        share_consent = "Einwilligung"
        request = { constant = "Geld zurück" }
        [values.share_consent]
        "ja, gern" = true
        "*" = false
    """
    made = mapping.load(toml(tmp_path, text)).bound(["Betrag", "Kauf", "Einwilligung"])
    row = {"Betrag": "1.299,50 €", "Kauf": "24.12.2025", "Einwilligung": "ja, gern"}
    assert made.read(row) == {
        "amount": "1299.50",
        "bought_on": "2025-12-24",
        "share_consent": "true",
        "request": "Geld zurück",
    }
    assert made.read(row | {"Einwilligung": "?"})["share_consent"] == "false"


@pytest.mark.parametrize(
    ("decimal", "written", "plain"),
    [
        ("point", "¥1,299.00", "1299.00"),
        ("point", "1299元", "1299"),
        ("point", "12,99", "12,99"),
        ("point", "￥ 12 999", "12999"),
        ("point", "-5", "-5"),
        ("point", "about 5", "about 5"),
        ("point", "", ""),
        ("comma", "1.299", "1299"),
        ("comma", "12,9", "12.9"),
        ("comma", "12.99", "12.99x"),
        ("point", "$1,234,567.8", "1234567.8"),
        ("point", "RMB 12", "12"),
    ],
)
def test_amounts(decimal: str, written: str, plain: str) -> None:
    made = ColumnMap(name="x", fields={"amount": Source("a")}, decimal=decimal).bound(["a"])
    assert made.read({"a": written})["amount"] == plain.removesuffix("x")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2021-1-30", "2021-01-30"),
        ("2021/01/30", "2021-01-30"),
        ("2021年1月30日", "2021-01-30"),
        ("20210130", "2021-01-30"),
        ("2021-01-30 08:15:00", "2021-01-30"),
        ("2021-01-30T08:15:00+08:00", "2021-01-30"),
        ("01/30/2021", "01/30/2021"),
        ("", ""),
    ],
)
def test_usual_dates(written: str, day: str) -> None:
    made = ColumnMap(name="x", fields={"bought_on": Source("d")}).bound(["d"])
    assert made.read({"d": written})["bought_on"] == day


def test_a_column_may_look_like_a_template() -> None:
    made = mapping.with_overrides(None, ["narrative={odd}"]).bound(["{odd}"])
    assert made.read({"{odd}": "text"}) == {"narrative": "text"}
