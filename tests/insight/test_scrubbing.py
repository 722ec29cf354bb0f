"""What names or reaches a person is taken out of a story, and what is no such thing stays."""

import csv
import time
from pathlib import Path

import pytest

from complaints.insight.scrubbing import GONE, scrub

REAL = Path(__file__).parents[3] / "shared" / "data" / "car_complaints_2021-01.csv"


@pytest.mark.parametrize(
    ("kind", "text", "gone"),
    [
        ("email", "写信给 mei.wang@example.org 吧", "mei.wang@example.org"),
        ("account", "加微信号：wm_198801 联系", "wm_198801"),
        ("account", "QQ 123456789 找我", "123456789"),
        ("vehicle", "车架号 LSVAA49J132047371 有问题", "LSVAA49J132047371"),
        ("identity", "身份证310110199003071234", "310110199003071234"),
        ("identity", "身份证 31011019900307123X。", "31011019900307123X"),
        ("plate", "我的车沪A·12345被划了", "沪A·12345"),
        ("plate", "粤B D12345 新能源", "D12345"),
        ("card", "卡号6222 0202 0001 2345 678", "6222 0202"),
        ("address", "住在上海市杨浦区大学路 1 号 302 室", "大学路"),
        ("address", "送到阳光花园3栋2单元501室", "501"),
        ("address", "I live at 12 Baker Street", "Baker"),
        ("name", "我叫王梅，买了水壶", "王梅"),
        ("name", "销售张伟说可以退", "张伟"),
        ("name", "找到李经理也没用", "李经理"),
        ("name", "Mr. Smith refused", "Smith"),
        ("number", "打电话 138 1234 5678", "138"),
        ("number", "工单 99887766", "99887766"),
    ],
)
def test_each_kind_is_found(kind: str, text: str, gone: str) -> None:
    found = scrub(text)
    assert gone not in found.text
    assert GONE in found.text or "*" in found.text
    assert kind in found.removed, found


def test_names_that_the_case_knows_are_gone_wherever_they_stand() -> None:
    found = scrub("水壶炸了，王梅受伤。wang mei was hurt.", ["王梅", "Wang Mei", " ", "X"])
    assert found.removed == {"name": 2}
    assert "王" not in found.text


@pytest.mark.parametrize(
    "text",
    [
        "水壶用了两天就炸了，要求退款 129 元。", "2021款 1.5T 自动挡，行驶 35000 公里后异响。",
        "2026年7月6日购买，7日退货。",
        "The kettle burst on its second day; I paid 129.00 yuan.", "发动机油耗 8.5L，怠速 800 转。",
        "等了10个工作日也没有答复。",
    ],
)  # fmt: skip
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert scrub(text).text == text


@pytest.mark.parametrize("repeated", ["王", "路", "1", "市", "a", "@", "1 ", "京A", "号1", "我是王", "上海市"])
def test_a_long_text_costs_no_more_than_its_length(repeated: str) -> None:
    text = (repeated * 20_000)[:20_000]
    began = time.perf_counter()
    scrub(text)
    assert time.perf_counter() - began < 3


def test_real_complaints_lose_nothing_that_is_no_personal_data() -> None:
    """Six hundred headlines that people really wrote about cars: nobody is named, so next to nothing may go."""
    if not REAL.exists():
        pytest.skip("the file of real complaints is not beside the project (../shared/data)")
    with REAL.open(encoding="utf-8") as file:
        texts = [row["desc"] for row in csv.DictReader(file)]
    touched = [text for text in texts if scrub(text).removed]
    assert len(texts) >= 600
    assert len(touched) / len(texts) < 0.01, touched[:20]
