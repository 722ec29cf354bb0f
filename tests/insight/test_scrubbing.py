"""What names or reaches a person is taken out of a story, and what is no such thing stays."""

import csv
import time
import unicodedata
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


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("我的号码是幺三八零零一二三四五六，晚上打", "三八"),
        ("打一三八 〇〇一二 三四五六 找我", "三四五六"),
        ("电话壹叁捌零零壹贰叁肆伍陆", "壹叁捌"),
        ("扣扣一二三四五六七八九", "三四五"),
        ("my number is one three eight zero zero one two three four five six", "eight zero"),
        ("手机１３８００１２３４５６", "８００１２"),
        ("打 138.0012.3456", "0012"),
        ("打 138/0012/3456", "0012"),
        ("1 3 8 0 0 1 2 3 4 5 6 是我", "0 0 1"),
        ("138_0012_3456", "0012"),
        ("固话 021.6543.2100", "6543"),
        ("mail me: mei dot wang at example dot org", "example"),
        ("写到 mei.wang(at)example.org", "mei"),
        ("邮箱 meiwang艾特qq点com", "meiwang"),
        ("加我薇信：wm198801", "wm198801"),
        ("V信wm198801", "wm198801"),
        ("vx wm_1988", "wm_1988"),
        ("车牌沪 A 1 2 3 4 5 被划", "2 3 4"),
        ("沪A 123 45 这辆", "123"),
        ("沪Ａ１２３４５", "１２３"),
        ("住在幸福小区三号楼二单元501", "三号楼"),
        ("我住阳光家园十二栋", "十二栋"),
        ("朝阳区建国路八十八号", "八十八号"),
        ("售后很差，王建国态度恶劣", "王建国"),
        ("客服说是李小梅处理的", "李小梅"),
        ("当时接待我的是张伟。", "张伟"),
        ("张伟承诺三天退款", "张伟"),
        ("老板叫陈国强", "陈国强"),
        ("我是业主李建军，住8栋", "李建军"),
        ("王姐给我打电话", "王姐"),
        ("加V：wm198801", "wm198801"),
        ("wei xin: wm198801", "wm198801"),
        ("邮箱mei at qq.com", "mei"),
        ("沪A一二三四五", "三四五"),
        ("联系电话：一三八-零零一二-三四五六", "三四五六"),
    ],
)
def test_what_is_spelt_out_kept_apart_or_named_in_passing_is_found(text: str, gone: str) -> None:
    found = scrub(text)
    assert gone not in found.text
    assert unicodedata.normalize("NFKC", gone) not in found.text
    assert found.removed


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
        "等了10个工作日也没有答复。", "2026.07.06 购买，2026/7/7 退货", "二〇二六年七月六日购买，一二三楼都没有货",
        "最严重的是方向盘，抖动厉害", "问题的是马力不足", "，马上就答应退款", "路面有一层油", "半路一号缸缺火",
        "买的是江淮。", "员工说没有货。", "一个月内修了三次两次没好", "后来任何人不理", "技师高度负责",
        "向客服反映，方便面坏了", "，马自达态度很差", "价格129.00-135.00，共3件", "公路一座桥塌了", "店员周末说没人",
        "One two three times it failed at example.com.",
    ],
)  # fmt: skip
def test_what_is_no_personal_data_stays(text: str) -> None:
    assert scrub(text).text == text


REPEATED = (
    "王",
    "路",
    "1",
    "市",
    "a",
    "@",
    "1 ",
    "京A",
    "号1",
    "我是王",
    "上海市",
    "一",
    "的是王",
    "one ",
    "a dot ",
    "138.",
    "沪A ",
)


@pytest.mark.parametrize("repeated", REPEATED)
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
