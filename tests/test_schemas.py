"""Inputs: what is taken, how it is cleaned, what is refused and in which words."""

import contextlib
import inspect
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import missing

from complaints import clock, words
from complaints.errors import BadInput
from complaints.inputs import Input
from complaints.messages import message, sentence
from complaints.schemas import (
    END_GROUNDS,
    FACTS,
    FLAGS,
    MISSING,
    REFUSE_GROUNDS,
    AcceptOfferSchema,
    AppraisalSchema,
    AskInformationSchema,
    ConcludeSchema,
    DecideRecusalSchema,
    DeclineSchema,
    FilingSchema,
    OfferSchema,
    RateSchema,
    RefuseSchema,
    SupplyInformationSchema,
    parse,
)
from complaints.workflow import actions
from complaints.workflow.filing import REQUIRED, Filing
from complaints.workflow.lifecycle import TABLE

TODAY = date(2026, 11, 22)
WHOLE = {
    "name": "王小明",
    "phone": "11100001234",
    "address": "示例市样板路 1 号",
    "enterprise": "晨曦电器有限公司",
    "narrative": "电水壶第三天漏水。",
    "request": "退款",
}


def filing(**given: object) -> Filing:
    result = parse(FilingSchema(today=TODAY), WHOLE | given)
    assert isinstance(result, Filing)
    return result


def wrong(schema: Any, data: object) -> dict[str, list[str]]:
    with pytest.raises(BadInput) as caught:
        parse(schema, data)
    return caught.value.fields


def wrong_filing(**given: object) -> dict[str, list[str]]:
    return wrong(FilingSchema(today=TODAY), WHOLE | given)


def test_a_whole_filing_is_taken() -> None:
    made = filing(amount="1299", bought_on="2026-11-01", email="A.b@Example.COM", consumer_consents="on")
    assert (made.amount, made.bought_on, made.email) == (Decimal("1299.00"), date(2026, 11, 1), "A.b@example.com")
    assert made.consumer_consents
    assert not made.share_consent
    assert not made.missing()


def test_everything_missing_is_named_at_once() -> None:
    assert wrong(FilingSchema(today=TODAY), {}) == {name: ["required"] for name in REQUIRED}
    blank = dict.fromkeys(REQUIRED, " \u200b")
    assert wrong(FilingSchema(today=TODAY), blank) == {name: ["required"] for name in REQUIRED}


def test_an_incomplete_filing_is_taken_where_that_is_allowed() -> None:
    made = parse(FilingSchema(today=TODAY, required=False), {"narrative": "漏水", "phone": "", "amount": ""})
    assert made == Filing(narrative="漏水")
    assert wrong(FilingSchema(today=TODAY), {"narrative": "漏水"})  # the switch is this instance's alone


def test_unknown_fields_are_refused_by_name() -> None:
    assert wrong_filing(nane="x") == {"nane": ["unknown_field"]}


@pytest.mark.parametrize("data", [None, [], "text", 7, [WHOLE]])
def test_what_is_no_object_is_refused(data: object) -> None:
    assert wrong(FilingSchema(today=TODAY), data) == {"_schema": ["not_an_object"]}


@pytest.mark.parametrize(
    ("given_amount", "kept"),
    [
        ("0", "0.00"),
        ("12.5", "12.50"),
        ("１２．５０", "12.50"),
        (12.5, "12.50"),
        (3, "3.00"),
        ("999999999999.99", "999999999999.99"),
        ("007.10000", "7.10"),
        ("-0", "0.00"),
        ("5.", "5.00"),
    ],
)
def test_amounts(given_amount: object, kept: str) -> None:
    assert str(filing(amount=given_amount).amount) == kept


@pytest.mark.parametrize(
    ("given_amount", "key"),
    [
        ("-1", "negative"),
        ("1.234", "too_precise:2"),
        ("1000000000000", "too_large:999999999999.99"),
        ("9" * 5000, "too_large:999999999999.99"),
        ("1,299", "not_an_amount"),
        ("NaN", "not_an_amount"),
        ("Infinity", "not_an_amount"),
        (float("inf"), "not_an_amount"),
        (1e16, "not_an_amount"),
        ("1e5", "not_an_amount"),
        (True, "not_text"),
        ([], "not_text"),
        ("٣", "not_an_amount"),
    ],
)
def test_what_is_no_amount(given_amount: object, key: str) -> None:
    assert wrong_filing(amount=given_amount) == {"amount": [key]}


@pytest.mark.parametrize(
    ("day", "key"),
    [
        ("2026-11-23", "in_the_future"),
        ("1979-12-31", "too_early:1980-01-01"),
        ("2026-02-30", "not_a_date"),
        ("22.11.2026", "not_a_date"),
        ("soon", "not_a_date"),
        (20261122, "not_text"),
        ("0000-00-00", "not_a_date"),
        ("99999-01-01", "not_a_date"),
    ],
)
def test_days_of_purchase_that_cannot_be(day: object, key: str) -> None:
    assert wrong_filing(bought_on=day) == {"bought_on": [key]}


def test_today_is_a_day_of_purchase() -> None:
    assert filing(bought_on="2026-11-22").bought_on == TODAY


@pytest.mark.parametrize(
    ("phone", "kept"),
    [
        ("138 0000 0000", "13800000000"),
        ("+86 138-0000-0000", "13800000000"),
        ("008613800000000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("\u202d13800000000\u202c", "13800000000"),
        ("010-6655 4433", "01066554433"),
        ("(0755) 8812345 转 12", "07558812345-12"),
        ("8812345", "8812345"),
        ("400-800-1234", "4008001234"),
        ("+1 (212) 555-0100", "+12125550100"),
        ("0049 30 1234567", "+49301234567"),
    ],
)
def test_telephone_numbers(phone: str, kept: str) -> None:
    assert filing(phone=phone).phone == kept


@pytest.mark.parametrize(
    "phone", ["12345", "138****0000", "call me", "00000000000", "1380000000013800000000", "+86", "٣٤٥٦٧٨٩٠"]
)
def test_what_is_no_telephone_number(phone: str) -> None:
    assert wrong_filing(phone=phone) == {"phone": ["not_a_phone"]}


@pytest.mark.parametrize(
    "email",
    [
        "a",
        "a@b",
        "a@@example.com",
        "a b@example.com",
        "a@example.com\nBcc: b@example.com",
        "@example.com",
        "a@-example.com",
        "a@example..com",
        "王@example.com",
        "a" * 65 + "@example.com",
        "a..b@example.com",
    ],
)
def test_what_is_no_email_address(email: str) -> None:
    assert wrong_filing(email=email)["email"] in (["not_an_email"], ["too_long:254"])


@pytest.mark.parametrize("bad", ["a\0b", "a\x1bb", "a\x7fb", "a\ud800b", "a\x85b"])
@pytest.mark.parametrize("field", ["narrative", "name", "product", "address"])
def test_control_characters_are_refused_everywhere(field: str, bad: str) -> None:
    assert wrong_filing(**{field: bad}) == {field: ["control_characters"]}


def test_text_is_trimmed_and_lines_are_kept_where_they_mean_something() -> None:
    made = filing(narrative="\ufeff one\r\ntwo\tx \t", product=" kettle\n\u3000 2 l\t")
    assert (made.narrative, made.product) == ("one\ntwo\tx", "kettle 2 l")


@pytest.mark.parametrize(
    ("field", "most"),
    [
        ("enterprise", 200),
        ("product", 200),
        ("category", 80),
        ("fault", 200),
        ("narrative", 20000),
        ("request", 2000),
        ("name", 80),
        ("address", 300),
    ],
)
def test_lengths(field: str, most: int) -> None:
    assert len(getattr(filing(**{field: "长" * most}), field)) == most
    assert wrong_filing(**{field: "长" * (most + 1)}) == {field: [f"too_long:{most}"]}


def test_only_officers_delegate() -> None:
    assert wrong_filing(mandate="delegated") == {"mandate": ["officers_only"]}
    assert parse(FilingSchema(today=TODAY, officer=True), WHOLE | {"mandate": "delegated"}).mandate == "delegated"
    assert wrong_filing(locale="de") == {"locale": ["not_one_of:zh, en"]}


def test_null_means_not_given() -> None:
    assert filing(product=None, amount=None, bought_on=None, consumer_consents=None, locale=None) == filing()
    assert wrong_filing(name=None) == {"name": ["required"]}


@pytest.mark.parametrize(
    ("value", "kept"),
    [(True, True), ("on", True), ("是", True), (1, True), (False, False), ("0", False), ("", False), ("否", False)],
)
def test_yes_and_no(value: object, kept: bool) -> None:
    assert filing(share_consent=value).share_consent is kept


def test_neither_yes_nor_no() -> None:
    assert wrong_filing(share_consent="perhaps") == {"share_consent": ["not_yes_or_no"]}
    assert wrong_filing(share_consent=[1]) == {"share_consent": ["not_text"]}


def test_supplied_information_is_what_was_filled_in() -> None:
    schema = SupplyInformationSchema(today=TODAY)
    assert parse(schema, {"phone": "13800000000", "name": "", "amount": ""}) == {"phone": "13800000000"}
    assert parse(schema, {"share_consent": False}) == {"share_consent": False}
    assert wrong(schema, {"name": " "}) == {"_schema": ["nothing_given"]}
    assert wrong(schema, {"mandate": "delegated"}) == {"mandate": ["unknown_field"]}


def test_an_offer() -> None:
    schema = OfferSchema(today=TODAY)
    assert parse(schema, {"remedy": "退款", "amount": "100", "perform_by": "2026-11-22"}) == {
        "remedy": "退款",
        "amount": Decimal("100.00"),
        "perform_by": TODAY,
        "nothing_to_perform": False,
    }
    assert wrong(schema, {"remedy": "退款", "perform_by": "2026-11-21"}) == {"perform_by": ["in_the_past"]}
    assert wrong(schema, {"remedy": "退款", "perform_by": "2126-11-21"}) == {"perform_by": ["too_late:2036"]}
    assert wrong(schema, {"perform_by": ""}) == {"remedy": ["required"]}
    both = {"remedy": "退款", "perform_by": "2026-12-01", "nothing_to_perform": True}
    assert wrong(schema, both) == {"perform_by": ["contradicts:nothing_to_perform"]}


def test_other_facts() -> None:
    assert wrong(DeclineSchema(today=TODAY), {"reason": " "}) == {"reason": ["required"]}
    assert wrong(RefuseSchema(today=TODAY), {"ground": "refuse_8"}) == {
        "ground": ["not_one_of:" + ", ".join(f"refuse_{n}" for n in range(1, 8))]
    }
    assert parse(AskInformationSchema(today=TODAY), {"missing": ["request", "phone", "phone"]})["missing"] == [
        "phone",
        "request",
    ]
    assert wrong(AskInformationSchema(today=TODAY), {"missing": []}) == {"missing": ["empty_list"]}
    assert wrong(AskInformationSchema(today=TODAY), {"missing": [["name"]]})["missing"][0].startswith("not_one_of:")
    assert parse(AcceptOfferSchema(today=TODAY), {}) == {"release": [], "longer_agreed": False}
    assert parse(AcceptOfferSchema(today=TODAY), {"release": "phone"})["release"] == ["phone"]
    assert wrong(RateSchema(today=TODAY), {"rating": "6"}) == {"rating": ["out_of_range:1-5"]}
    assert wrong(RateSchema(today=TODAY), {"rating": True}) == {"rating": ["not_text"]}
    assert wrong(RateSchema(today=TODAY), {"rating": "4.5"}) == {"rating": ["not_a_number"]}
    assert wrong(ConcludeSchema(today=TODAY), {"agreement": "退款", "perform_by": ""}) == {"perform_by": ["required"]}
    assert wrong(DecideRecusalSchema(today=TODAY), {"reason": "x"}) == {"granted": ["required"]}
    lab = {"laboratory": "示例检测所", "agreed_on": "2026-12-01", "payer": "enterprise"}
    assert wrong(AppraisalSchema(today=TODAY), lab | {"both_agreed": False}) == {"both_agreed": ["must_be_yes"]}


def test_every_trigger_a_person_uses_has_a_schema() -> None:
    by_people = {row.trigger for row in TABLE if any(role != "clock" for role in row.by)}
    assert by_people - {"file", "evidence"} == set(FACTS)


@pytest.mark.parametrize("trigger", FACTS)
def test_what_a_schema_loads_is_what_its_verb_takes(trigger: str) -> None:
    taken = {
        name: parameter
        for name, parameter in inspect.signature(actions.VERBS[trigger]).parameters.items()
        if parameter.kind in (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
    }
    any_name = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in taken.values())
    loaded = FACTS[trigger](today=TODAY).load_fields
    assert any_name or set(loaded) <= set(taken)
    always = {name for name, field in loaded.items() if field.required or field.load_default is not missing}
    needed = {name for name, parameter in taken.items() if parameter.default is inspect.Parameter.empty}
    assert any_name or needed <= always


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_word_that_may_be_sent_can_be_said(locale: str) -> None:
    said = {"missing": MISSING, "flag": FLAGS, "ground": (*REFUSE_GROUNDS, *END_GROUNDS)}
    keys = [f"{group}.{word}" for group, all_words in said.items() for word in all_words]
    assert [key for key in keys if not words.has(locale, key)] == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    st.sampled_from(sorted({name for schema in FACTS.values() for name in schema().load_fields})),
)
def test_nothing_that_is_sent_breaks_a_schema(value: object, field: str) -> None:
    schemas: set[type[Input]] = {*FACTS.values(), FilingSchema}
    for schema in schemas:
        with contextlib.suppress(BadInput):
            parse(schema(today=TODAY), {field: value})


def test_words_in_two_languages() -> None:
    assert message("en", "too_long:200") == "is longer than 200 characters"
    assert message("zh", "too_long:200") == "超过 200 个字符"
    assert message("en", "something else") == "something else"
    fields = {"amount": ["negative"], "_schema": ["nothing_given"]}
    assert sentence("en", fields) == "amount: must not be negative; nothing was given"
    assert sentence("zh", fields) == "amount：不能为负数；没有填写任何内容"
    with pytest.raises(BadInput, match="amount: must not be negative"):
        filing(amount="-1")


def test_today_defaults_to_the_clock() -> None:
    before = clock.local_date(clock.now())
    assert before <= FilingSchema().today <= clock.local_date(clock.now())
