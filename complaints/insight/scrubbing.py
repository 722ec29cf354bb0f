"""A consumer's story without what names or reaches a person: rules only, each with a name, counted by kind.

Rules find what has a form: mail addresses, identity numbers, plates, vehicle numbers, cards, telephone and other long
numbers, WeChat and QQ names, street addresses, and names: those that the case knows, and those that stand beside a
word that announces one. What has no form they cannot find; therefore a person looks at every text before it is public.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from complaints.workflow.sight import mask

_HAN = "一-鿿"
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_TITLES = "先生|女士|小姐|师傅|老师|经理|主管|店长|总监|顾问|销售|客服|主任|医生"
_NAME = rf"[{_SURNAMES}][{_HAN}]{{1,2}}"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_PLACES = "路|街|大道|巷|弄|胡同|村|小区|花园|公寓|大厦|广场|苑"
_DOORS = "号楼|号|弄|栋|幢|座|单元|室|层"
_BEFORE = "我叫|我是|本人|姓名|联系人|收货人|车主|法人"
_ACCOUNTS = "微信|wechat|weixin|vx|qq|扣扣|抖音|支付宝|微博"
_STREETS = "Street|Road|Avenue|Lane|Drive|St|Rd|Ave"


def _rule(kind: str, *parts: str, anyhow: bool = False) -> tuple[str, re.Pattern[str]]:
    return kind, re.compile("".join(parts), re.IGNORECASE if anyhow else 0)


RULES = (  # in this order: what is longer or surer first
    _rule("email", r"[A-Za-z0-9._%+-]{1,64}\s?[@＠]\s?[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"),
    _rule("link", r"(?:https?://|www\.)[^\s，。；）)]{1,300}", anyhow=True),
    _rule(
        "account", rf"(?:{_ACCOUNTS})[ ]?(?:号码|号|id|群|账号|帐号|名)?[ ]?(?:是|为|[:：])?[ ]?", r"[a-z0-9_-]{5,30}",
        anyhow=True,
    ),
    _rule(
        "vehicle", r"(?<![a-z0-9])(?=[a-hj-npr-z]{0,16}\d)[a-hj-npr-z0-9]{17}", r"(?![a-z0-9])", anyhow=True
    ),
    _rule("identity", r"(?<!\d)\d{6}[ -]?(?:19|20)\d{2}[ -]?\d{4}[ -]?\d{3}[\dXx](?!\d)"),
    _rule(
        "plate", rf"[{_PROVINCES}][ ]?[A-Za-z][ ·•.-]?[A-Za-z0-9]{{4,5}}[A-Za-z0-9挂学警港澳]", r"(?![A-Za-z0-9])"
    ),
    _rule("card", r"(?<!\d)\d{4}(?:[ -]?\d{4}){2,3}[ -]?\d{1,4}(?!\d)"),
    _rule(
        "address", rf"[{_HAN}]{{1,20}}(?:{_PLACES})[{_HAN}]{{0,4}}",
        rf"[ ]?\d{{1,5}}[ ]?(?:{_DOORS})(?:[ ]?\d{{1,5}}[ ]?(?:{_DOORS})?){{0,4}}",
    ),
    _rule("address", r"\d{1,4}(?:号楼|栋|幢|座)[ ]?(?:\d{1,3}单元)?[ ]?\d{2,4}室?"),
    _rule("address", r"\b\d{1,5},? [A-Z][A-Za-z]{1,20}(?: [A-Z][A-Za-z]{1,20}){0,2} ", rf"(?:{_STREETS})\b\.?"),
    _rule("name", rf"(?:{_BEFORE})[是为叫]?[ ]?[:：]?[ ]?({_NAME})"),
    _rule("name", rf"({_NAME}|[{_SURNAMES}])(?=(?:{_TITLES}))"),
    _rule("name", rf"(?:{_TITLES})({_NAME})"),
    _rule("name", r"\b(?:Mr|Mrs|Ms|Miss|Dr)\.? ?([A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20})?)"),
    _rule("name", r"\b[Mm]y name is ([A-Z][A-Za-z]{1,20}(?: [A-Z][A-Za-z]{1,20})?)"),
    _rule("number", r"(?<![\d.])(?:\+?\d[ -]?){6,19}\d(?![\d.])"),
)  # fmt: skip
GONE = "█"  # in place of what was removed, with its kind in brackets for who looks


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What is left, and how often each kind was removed."""

    text: str
    removed: dict[str, int]


def scrub(text: str, names: Iterable[str] = ()) -> Scrubbed:
    """The text with everything removed that a rule finds; `names` are those that the case knows."""
    removed: Counter[str] = Counter()
    for name in sorted({each.strip() for each in names if len(each.strip()) > 1}, key=len, reverse=True):
        text, count = re.subn(re.escape(name), GONE * 2, text, flags=re.IGNORECASE)
        removed["name"] += count
    for kind, pattern in RULES:
        text, count = pattern.subn(_gone, text)
        removed[kind] += count
    masked = mask(text)  # what the relay between the parties would hide is not public either
    removed["number"] += masked != text
    return Scrubbed(masked, {kind: count for kind, count in sorted(removed.items()) if count})


def _gone(found: re.Match[str]) -> str:
    """Only the name itself goes where a rule marks it, so that the sentence can be read."""
    if found.lastindex:
        return found.group().replace(found.group(1), GONE * 2)
    return GONE * 3
