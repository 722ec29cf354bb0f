"""What an enterprise may promise: the kinds, and the words that a campaign offers to begin with, in both languages.

The kinds are those of the association's founding document; `other` leaves room for more. An enterprise chooses among
the kinds of its campaign and words each promise itself: one text a kind.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from complaints.errors import BadInput

LONGEST = 1000  # characters of one promise
OTHER = "other"

# kind -> (Chinese, English): what is offered. A campaign may word it anew, leave kinds out, and ask for some.
OFFERED: Mapping[str, tuple[str, str]] = {
    "lawfulness": (
        "遵守法律法规和强制性标准，不生产、不销售不合格产品。",
        "We obey the law and mandatory standards, and make and sell no goods that fail them.",
    ),
    "management": (
        "建立并有效运行质量管理体系，如实完整地保存质量记录。",
        "We run a quality management system that works, and keep true and complete quality records.",
    ),
    "processes": (
        "对关键工序实施控制，不合格的不转入下道工序。",
        "We control the key processes; what fails in one does not go on to the next.",
    ),
    "inspection": (
        "出厂产品经检验合格，计量器具按期检定、量值准确。",
        "Goods leave only after inspection, and our measuring instruments are verified on time and accurate.",
    ),
    "traceability": (
        "产品可按批次追溯到原料、生产和去向。",
        "Every batch can be traced to its materials, its making and where it went.",
    ),
    "safety": (
        "保证产品安全，发现危险立即停止销售并告知消费者。",
        "Our goods are safe; where we find a danger we stop selling at once and tell consumers.",
    ),
    "warranty": (
        "履行修理、更换、退货责任，不低于国家规定。",
        "We repair, replace and take back, never less than the law asks.",
    ),
    "recall": (
        "对缺陷产品主动召回，费用由我方承担。",
        "We recall defective goods ourselves and at our own cost.",
    ),
    "liability": (
        "因产品质量造成损害的，依法赔偿，不推诿、不拖延。",
        "Where our goods do harm we pay damages under the law, without excuses or delay.",
    ),
    "declared": (
        "公开自我声明的产品和服务标准，并按其执行。",
        "We publish the product and service standards that we declare, and keep to them.",
    ),
    OTHER: ("", ""),
}
KINDS = tuple(OFFERED)
REQUIRED = ("lawfulness", "safety", "warranty", "liability")  # of a campaign that says nothing else


def template(required: Sequence[str] = REQUIRED) -> list[dict[str, Any]]:
    """The promises that a campaign begins with."""
    return [
        {"kind": kind, "zh": zh, "en": en, "required": kind in required and kind != OTHER}
        for kind, (zh, en) in OFFERED.items()
    ]


def check(given: Mapping[str, str], offered: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The promises as they are kept, in the order of the campaign; a kind without a text is not promised.

    Raises BadInput, naming each kind as `promises.<kind>`: not of this campaign, too long, or required and missing.
    """
    known = {str(each["kind"]) for each in offered}
    texts = {kind: plain(text) for kind, text in given.items()}
    wrong = {f"promises.{kind}": ["unknown_field"] for kind in texts if kind not in known}
    wrong |= {f"promises.{kind}": [f"too_long:{LONGEST}"] for kind, text in texts.items() if len(text) > LONGEST}
    if wrong:
        raise BadInput("not promises of this campaign", wrong)
    return [{"kind": each["kind"], "text": texts[each["kind"]]} for each in offered if texts.get(each["kind"])]


def whole(promises: Sequence[Mapping[str, str]], offered: Sequence[Mapping[str, Any]]) -> None:
    """Raises BadInput, naming each promise that the campaign requires and that is not there."""
    there = {each["kind"] for each in promises}
    missing = [each["kind"] for each in offered if each["required"] and each["kind"] not in there]
    if missing:
        raise BadInput("promises are missing", {f"promises.{kind}": ["required"] for kind in missing})


def plain(text: str) -> str:
    """Text as it is kept: lines without outer space, and without what is no letter at all."""
    kept = "".join(char for char in text if char in "\n\r\t" or unicodedata.category(char) not in ("Cc", "Cs"))
    return "\n".join(" ".join(line.split()) for line in kept.splitlines()).strip()
