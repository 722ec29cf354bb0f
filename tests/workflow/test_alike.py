"""What counts as nearly the same reply, measured on replies made up for this: form letters, and honest answers.

Form letters differ in product, amount, date and number alone, or in a greeting. Honest answers are about the same
fault of the same product and share the phrases of the trade. The figures in the comment of `alike.NEARLY_THE_SAME`
are these.
"""

from itertools import combinations

import pytest
from rapidfuzz import fuzz

from complaints.workflow import alike

TEMPLATES = (
    "您好，关于您投诉的{product}，我们已经核实情况，现同意退款{amount}元，款项将于{day}前原路退回，请注意查收。给您带来不便，深表歉意。",
    (
        "尊敬的消费者：您反映的{product}问题（编号{number}）已收到。经检测，该故障属于正常使用损耗，不在三包范围之内，我们无法免费维修，"
        "可为您提供优惠价维修，费用{amount}元。"
    ),
    "您好，{product}我们将于{day}安排上门取件，检测后为您换新，如需补差价{amount}元会提前与您联系，谢谢理解。",
    (
        "Dear customer, thank you for your message about the {product}. We have looked into it and will refund "
        "{amount} yuan by {day} to the account that you paid from. We apologise for the trouble."
    ),
    (
        "Regarding {product} in case {number}: our workshop found no fault of ours, for the seal had been opened. We "
        "can offer a repair at {amount} yuan, to be paid in advance."
    ),
)
FACTS = (
    {"product": "电热水壶", "amount": "129.00", "day": "2026年7月10日", "number": "C26-AB2C-1234"},
    {"product": "无线吸尘器Pro", "amount": "1,899.50", "day": "2026-08-02", "number": "C26-XY9Z-4321"},
    {"product": "kettle", "amount": "99", "day": "3 August 2026", "number": "C26-7K3M-Q2XA"},
)
PRODUCTS = tuple(each["product"] for each in FACTS)
GREETED = ("王女士，{}", "{}祝您生活愉快！", "Hello Mr Li, {}")
# Each answers another person about a kettle that leaks: what was seen, what is done, why.
HONEST = (
    "我们看了您发来的照片，壶底密封圈确实老化漏水，属于同一批次的问题。今天已寄出新的水壶，快递单号稍后告知，旧壶不必寄回。",
    "您的水壶我们已收到并检测，漏水是因为壶身受过撞击，底部有凹痕。虽然不属于质量问题，我们仍愿意免费更换底座，您只需承担运费。",
    "电话里您说明了漏水的经过，门店当时没有给您开票，这是我们的疏忽。我们同意按您的要求退还全部价款，并补开发票。",
    "漏水的水壶已经是第二次维修，按照三包规定您可以要求更换或退货。请您选择，我们两个工作日内办理。",
    "检测发现漏水来自壶盖硅胶圈装反，重新安装后试用一周正常。我们把更换的硅胶圈和安装说明一并寄给您，如仍漏水请直接退货。",
    (
        "We saw on your photo that the seal in the bottom of the kettle has gone hard, which is our fault. A new "
        "kettle left today; you need not send the old one back."
    ),
    (
        "Our workshop opened your kettle and found a dent beside the heating plate, from a fall. That is no "
        "fault of the maker, but we will fit a new base without charge if you pay the postage."
    ),
    (
        "The shop did not give you a receipt, and that was wrong of us. We refund the whole price of the kettle and "
        "send the receipt by mail this week."
    ),
)
# The same letter with one sentence of its own about the case: adapted, and still mostly a form.
ADAPTED = (
    (TEMPLATES[0], "款项将于{day}前原路退回，请注意查收。", "您说卡已注销，请把新的卡号告诉我们，我们收到后当天转账。"),
    (TEMPLATES[3], "We apologise for the trouble.", ("Since you closed that account, please tell us another one first; "
     "the lid may stay with you, we have taken it off the bill.")),
)  # fmt: skip


def likeness(one: str, other: str, products: tuple[str, str] = ("kettle", "kettle")) -> float:
    """How like two replies are, as `alike.find` compares them, in percent; each is about a product of its own."""
    return fuzz.ratio(alike.fold(one, products[0]), alike.fold(other, products[1]))


def pairs(texts: tuple[str, ...], products: tuple[str, ...] = ()) -> list[float]:
    of = products or ("水壶",) * len(texts)
    return [likeness(texts[a], texts[b], (of[a], of[b])) for a, b in combinations(range(len(texts)), 2)]


def filled(template: str) -> tuple[str, ...]:
    return tuple(template.format(**facts) for facts in FACTS)


def test_form_letters_are_above_the_line() -> None:
    found = [each for template in TEMPLATES for each in pairs(filled(template), PRODUCTS)]
    assert min(found) > alike.NEARLY_THE_SAME + 3, sorted(found)[:5]


def test_a_greeting_makes_no_new_letter() -> None:
    letters = [filled(template)[0] for template in TEMPLATES]
    found = [likeness(text, greeting.format(text)) for text in letters for greeting in GREETED]
    assert min(found) > alike.NEARLY_THE_SAME + 3, sorted(found)[:5]


def test_honest_answers_about_one_fault_are_far_below_it() -> None:
    assert max(pairs(HONEST)) < alike.NEARLY_THE_SAME - 30


def test_a_letter_adapted_in_one_sentence_is_not_questioned() -> None:
    for template, old, new in ADAPTED:
        assert old in template
        as_sent = template.replace(old, new).format(**FACTS[1])
        found = likeness(template.format(**FACTS[0]), as_sent, (PRODUCTS[0], PRODUCTS[1]))
        assert found < alike.NEARLY_THE_SAME - 10


@pytest.mark.parametrize("text", ["同意退款。", "OK", "129.00", "We refund 129"])
def test_what_is_too_short_to_be_adapted_is_not_compared(text: str) -> None:
    assert len(alike.fold(text, "kettle")) < alike.LEAST
