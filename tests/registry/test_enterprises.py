"""Names of enterprises: which mean the same, which must never be taken for each other."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from complaints import db
from complaints.errors import BadInput
from complaints.models import Enterprise
from complaints.registry import enterprises

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
CODE = "91110000600037341L"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("晨曦电器有限公司", "晨曦电器"),
        ("晨曦电器有限责任公司", "晨曦电器有限公司"),
        ("晨曦（中国）电器有限公司", "晨曦(中国)电器有限公司"),
        ("一汽-大众", "一汽大众"),
        ("Acme Co., Ltd.", "ACME"),
        ("ＡＣＭＥ　Inc.", "acme inc"),
        (" 晨 曦 电 器 ", "晨曦电器"),
        ("Acme GmbH", "Acme Limited"),
        ("7-11 便利店", "7.11便利店"),
        ("北京·同仁", "北京同仁"),
    ],
)
def test_the_same_name(one: str, other: str) -> None:
    assert enterprises.fold(one) == enterprises.fold(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("晨曦电器有限公司", "晨曦集团有限公司"),
        ("晨曦电器", "晨曦电器销售"),
        ("晨曦（北京）有限公司", "晨曦（上海）有限公司"),
        ("晨曦（中国）有限公司", "晨曦有限公司"),
        ("C&A", "CA"),
        ("A+", "A"),
        ("711", "7-11"),
        ("奥迪（进口）", "奥迪"),
        ("Limited Brands", "Brands"),
        ("Finco", "Fin"),
        ("晨曦有限公司北京分公司", "晨曦有限公司"),
    ],
)
def test_different_names(one: str, other: str) -> None:
    assert enterprises.fold(one) != enterprises.fold(other)


def test_a_legal_form_alone_is_a_name_of_its_own() -> None:
    assert enterprises.fold("有限公司") == "有限公司"
    assert enterprises.fold("Ltd.") == "ltd"
    assert enterprises.fold(" ·—") == ""


def made(session: Session, name: str, **names: str) -> Enterprise:
    enterprise = enterprises.create(session, name, AT)
    for kind, other in names.items():
        enterprises.add_name(session, enterprise, kind, other)
    return enterprise


def test_an_enterprise_is_found_by_every_name(database: Engine) -> None:
    with db.transaction() as session:
        acme = made(session, "晨曦电器股份有限公司", brand="晨曦", former="晨光电器厂", alias="CX")
        acme.credit_code = CODE
        session.flush()
        for name in ("晨曦电器股份有限公司", "晨曦电器", "晨曦", "晨光电器厂", "ｃｘ", CODE, f" {CODE.lower()} "):
            assert enterprises.find(session, name) is acme
        for name in ("晨曦电器有限公司", "晨", "", " · ", CODE[:-1], CODE[:-1] + "X"):
            assert enterprises.find(session, name) is None
    assert uscc.is_valid(CODE)


def test_two_that_may_be_meant_are_none(database: Engine) -> None:
    with db.transaction() as session:
        north = made(session, "晨曦北方有限公司", brand="晨曦")
        made(session, "晨曦南方有限公司", brand="晨曦")
        assert enterprises.find(session, "晨曦") is None
        assert len(enterprises.candidates(session, "晨曦")) == 2
        assert enterprises.find(session, "晨曦北方") is north


def test_the_legal_form_tells_apart_where_it_is_stated(database: Engine) -> None:
    with db.transaction() as session:
        limited, stock = made(session, "远山有限公司"), made(session, "远山股份有限公司")
        assert enterprises.find(session, "远山") is None
        assert enterprises.find(session, "远山有限责任公司") is limited
        assert enterprises.find(session, "远山股份公司") is stock


def test_whoever_bears_a_name_goes_before_whoever_uses_it(database: Engine) -> None:
    with db.transaction() as session:
        made(session, "远山销售有限公司", brand="远山")
        bearer = made(session, "远山")
        assert enterprises.find(session, "远山") is bearer


def test_names_that_cannot_be_entered(database: Engine) -> None:
    with db.transaction() as session:
        made(session, "远山有限公司")
        for name, key in (("远山有限公司", "taken"), (" · ", "required"), ("长" * 201, "too_long:200")):
            with pytest.raises(BadInput) as caught:
                enterprises.create(session, name, AT)
            assert caught.value.fields == {"name": [key]}
        assert made(session, "清和有限公司").id  # the transaction lives on


def test_standing() -> None:
    before, after = AT - timedelta(days=1), AT + timedelta(days=1)
    firm = Enterprise(participant=True, benchmark=True, promised_answer_days=3, pledge_from=AT, pledge_until=after)
    assert enterprises.standing(firm, AT) == (True, True, 3, True)
    assert enterprises.standing(firm, before) == (True, True, 3, False)
    assert enterprises.standing(firm, after) == (True, True, 3, False)
    firm.pledge_until = None
    assert enterprises.standing(firm, after)[3]
    firm.participant = False
    assert enterprises.standing(firm, after) == (False, False, 3, False)
    assert enterprises.standing(None, AT) == (False, False, None, False)


def test_a_new_participant_consents_in_advance(database: Engine) -> None:
    with db.transaction() as session:
        joined = enterprises.create(session, "清和有限公司", AT, participant=True)
        assert enterprises.standing(joined, AT) == (True, False, None, True)
        outside = enterprises.create(session, "岚桥有限公司", AT)
        assert enterprises.standing(outside, AT) == (False, False, None, False)
