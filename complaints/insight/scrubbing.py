"""A consumer's story without what names or reaches a person: rules only, each with a name, counted by kind.

Rules find what has a form: mail addresses, identity numbers, plates, vehicle numbers, cards, telephone and other long
numbers, WeChat and QQ names, street addresses, also where digits are spelt out or kept apart; and names: those that the
case knows, and those that stand beside a word that announces one or does what only people do. What has no form they
cannot find; therefore a person looks at every text before it is public.
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
_PLACES = "路|街|大道|巷|弄|胡同|村|小区|花园|公寓|大厦|广场|苑|家园|公馆"
_DOORS = "号楼|号|弄|栋|幢|座|单元|室|层"
_SPELT = "零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖"  # digits as they are spoken or written on bills
_TENS = "一二三四五六七八九十百零〇"
_SPELT_DOORS = "号楼|号(?![缸车线机泵油])|弄|栋|幢|单元|室"  # a layer or a seat is something else where it is spelt out
_BEFORE = "我叫|我是(?:业主|车主|用户|消费者|顾客)?|本人|姓名|联系人|收货人|车主|法人|名叫|叫做|经手人|负责人"
_ACCOUNTS = (
    "微信|薇信|威信|徽信|v信|加v|wechat|wei ?xin|vx|wx|qq|扣扣|企鹅号?|抖音|快手|小红书|支付宝|微博|whatsapp|telegram"
)
_STREETS = "Street|Road|Avenue|Lane|Drive|St|Rd|Ave"
_APART = r"[ ._/·—-]{0,2}"
_DIGITS = "zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple"
_AT, _DOT = r"[ ]?(?:[\[(（【<{][ ]?at[ ]?[\])）】>}]|艾特)[ ]?", r"[ ]?(?:\.|点|[\[(（【<{]dot[\])）】>}])[ ]?"
_MAILERS = r"(?:qq|163|126|139|189|foxmail|sina|sohu|aliyun|gmail|outlook|hotmail|yahoo|icloud)\.(?:com|cn|net)"
_PART = r"[A-Za-z0-9_%+-]{1,63}"
_NO_NAMES = (  # words and brands that begin as surnames do
    "王牌|王者|张口|张嘴|刘海|陈旧|陈列|杨木|黄色|黄金|黄油|周末|周围|周期|周边|周[一二三四五六日]|马上|马力|马路|马达|马自|马桶"
    "|胡乱|胡说|何时|何况|何必|何种|高速|高档|高端|高达|高温|高压|高额|高度|林肯|郑重|梁柱|谢谢|唐突|韩国|韩系|许多|许久|许诺|曾经|曾多"
    "|于是|于此|杜绝|程序|程度|魏派|任何|任意|任凭|沈阳|姜汁|钟表|钟点|陆续|汪汪|范围|金属|金额|金杯|金融|石油|石英|贾跃|夏天|夏季"
    "|付款|付钱|付费|付了|方面|方向|方便|方才|方法|方式|白天|白色|白白|孟买|熊猫|秦岭|江淮|江铃|江苏|江西|雷诺|雷克|雷达|雷凌"
    "|龙头|史无|陶瓷|黎明|贺卡|顾客|顾问|毛病|毛巾|毛坯|万一|万能|万元|万多|钱款|钱财|严重|严格|严肃|武汉|莫名|莫非|孔位|向我|向他|向厂|向店"
    "|向客|汤锅|段时|段路|余下|余额|叶片|叶子|潘多|吕梁|丁点|董事|苏宁|苏泊|傅里|田地|侯门|白的|白酒"
)
_PERSON = rf"(?!{_NO_NAMES})[{_SURNAMES}][{_HAN}]"
_PEOPLE_DO = "态度|答应|承诺|推诿|推脱|骂|不理|告诉我|跟我说|对我说|签字|经手|接待|接的电话|辱骂|威胁"
_ENDS = r"(?=[，。；！？、,.;!?\s）)]|$|处理|接待|负责|签|说|接的|经手|修|办)"
_HALF = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}


def _rule(kind: str, *parts: str, anyhow: bool = False) -> tuple[str, re.Pattern[str]]:
    return kind, re.compile("".join(parts), re.IGNORECASE if anyhow else 0)


RULES = (  # in this order: what is longer or surer first
    _rule("email", r"[A-Za-z0-9._%+-]{1,64}\s?[@＠]\s?[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"),
    _rule(
        "email", rf"(?<![A-Za-z0-9_%+-]){_PART}(?:{_DOT}{_PART}){{0,4}}",
        rf"(?:{_AT}{_PART}(?:{_DOT}{_PART}){{1,4}}|(?: at |#)(?:{_MAILERS})\b)", anyhow=True,
    ),
    _rule(
        "email", r"\b[a-z0-9_-]{1,64}(?: dot [a-z0-9_-]{1,63}){0,3} at [a-z0-9-]{1,63}(?: dot [a-z0-9-]{1,63}){1,3}",
        anyhow=True,
    ),
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
        "plate", rf"[{_PROVINCES}][ ]?[A-Za-z](?=[^\d{_SPELT}]{{0,9}}[\d{_SPELT}])",
        rf"(?:[ ·•.-]{{0,2}}[A-Za-z0-9{_SPELT}]){{4,5}}[ ·•.-]{{0,2}}[A-Za-z0-9{_SPELT}挂学警港澳](?![A-Za-z0-9])",
    ),
    _rule("card", r"(?<!\d)\d{4}(?:[ -]?\d{4}){2,3}[ -]?\d{1,4}(?!\d)"),
    _rule(
        "address", rf"[{_HAN}]{{1,20}}(?:{_PLACES})[{_HAN}]{{0,4}}",
        rf"[ ]?\d{{1,5}}[ ]?(?:{_DOORS})(?:[ ]?\d{{1,5}}[ ]?(?:{_DOORS})?){{0,4}}",
    ),
    _rule(
        "address", rf"[{_HAN}]{{1,20}}(?:{_PLACES})[{_HAN}]{{0,4}}?[ ]?[{_TENS}]{{1,6}}(?:{_SPELT_DOORS})",
        rf"(?:[ ]?[\d{_TENS}]{{1,6}}(?:{_DOORS})?){{0,4}}",
    ),
    _rule("address", r"\d{1,4}(?:号楼|栋|幢|座)[ ]?(?:\d{1,3}单元)?[ ]?\d{2,4}室?"),
    _rule("address", r"\b\d{1,5},? [A-Z][A-Za-z]{1,20}(?: [A-Z][A-Za-z]{1,20}){0,2} ", rf"(?:{_STREETS})\b\.?"),
    _rule("name", rf"(?:{_BEFORE})[是为叫]?[ ]?[:：]?[ ]?({_NAME})"),
    _rule("name", rf"(?!向|{_NO_NAMES})({_NAME}|[{_SURNAMES}])(?=(?:{_TITLES}|姐))"),
    _rule("name", rf"(?:{_TITLES})({_NAME})"),
    _rule("name", rf"(?:的是|说是|叫|徒弟|同事|员工|技师|店员)({_PERSON}[{_HAN}]?){_ENDS}"),
    _rule("name", rf"(?:^|[，。；！？、\s])({_PERSON}[{_HAN}]?)(?={_PEOPLE_DO})"),
    _rule("name", r"\b(?:Mr|Mrs|Ms|Miss|Dr)\.? ?([A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20})?)"),
    _rule("name", r"\b[Mm]y name is ([A-Z][A-Za-z]{1,20}(?: [A-Z][A-Za-z]{1,20})?)"),
    _rule("number", rf"(?<!\d)1{_APART}[3-9](?:{_APART}\d){{9}}(?!\d)"),
    _rule("number", r"(?<!\d)0\d{2,3}[ ._/-]{1,2}\d{3,4}[ ._/-]?\d{4}(?!\d)"),
    _rule("number", rf"(?<![\d{_SPELT}])(?=[\d -]{{0,20}}[{_SPELT}])(?:[\d{_SPELT}][ 、-]?){{6,}}[\d{_SPELT}]"),
    _rule("number", rf"\b(?:(?:{_DIGITS})[ ,-]{{1,2}}){{5,20}}(?:{_DIGITS})\b", anyhow=True),
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
    text = text.translate(_HALF)
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
