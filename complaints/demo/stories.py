"""The cases of the demo world: what happened so far, each step so many working days ago.

The steps are chosen so that no deadline falls between them by accident, whatever day it is today: where a clock is
meant to run out, nobody acts. Dates in facts are whole numbers: positive, days from today; negative, working days ago.
"""

from dataclasses import dataclass, field
from typing import Any

from complaints.demo.cast import CAR, COAT, GYM, KETTLE, PHONE, SOFA, TABLE, TABLET
from complaints.demo.samples import SampleEnterprise

CONSUMER, ENTERPRISE, INTAKE, MEDIATOR, SUPERVISOR = "consumer", "enterprise", "intake", "mediator", "supervisor"


@dataclass(frozen=True, slots=True)
class Step:
    """So many working days ago, somebody did this."""

    ago: int
    role: str
    trigger: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """One case: against whom, filed how many working days ago, and what came after. `change` alters the filing.

    Without an `hour` everything in it happens at an hour that no other case has.
    """

    against: SampleEnterprise
    filed: int
    steps: tuple[Step, ...] = ()
    change: dict[str, Any] = field(default_factory=dict)
    hour: int | None = None


def _offer(ago: int, perform_by: int | None = None, remedy: str = "上门检测并更换故障部件，部件保修一年。") -> Step:
    terms = {"perform_by": perform_by} if perform_by is not None else {"nothing_to_perform": True}
    return Step(ago, ENTERPRISE, "offer", {"remedy": remedy, "amount": "120.00", **terms})


def _decline(ago: int, reason: str = "经检测，故障由使用不当造成，不在保修范围内，检测单已附。") -> Step:
    return Step(ago, ENTERPRISE, "decline", {"reason": reason})


def _accept(ago: int) -> Step:
    return Step(ago, CONSUMER, "accept_offer", {"release": ["name", "phone", "address"], "longer_agreed": True})


def _reject(ago: int) -> Step:
    return Step(ago, CONSUMER, "reject", {"reason": "不能接受，我一直按说明书使用，没有人上门看过。"})


def _report(ago: int) -> Step:
    return Step(ago, ENTERPRISE, "report_performance", {"text": "已上门更换并试机正常，签字确认单已附。"})


def _plain(ago: int, role: str, trigger: str, **facts: Any) -> Step:
    return Step(ago, role, trigger, facts)


def _assign(ago: int) -> Step:
    return Step(ago, SUPERVISOR, "assign")


def _ask(ago: int) -> Step:
    return Step(ago, INTAKE, "ask_information", {"missing": ["address", "request"], "text": "请补充地址和具体诉求。"})


def _mediated(declined: int, rejected: int, assigned: int, *after: Step) -> tuple[Step, ...]:
    """Refused by the enterprise, taken to the centre by the consumer, given to a mediator, and what came after."""
    return (_decline(declined), _reject(rejected), _assign(assigned), *after)


INCOMPLETE = {"address": "", "request": ""}
ENGLISH = {
    "locale": "en",
    "product": "Qinghe electric kettle",
    "fault": "leaks at the base",
    "narrative": "The kettle began to leak after three weeks. Customer service promised to call back and never did.",
    "request": "A new kettle or my money back.",
}

# fmt: off
LIDS = (
    (3, "第二次烧水时壶盖整个掉下来，热水溅到台面，烫伤了手背。"),
    (2, "壶盖用了一周就脱落，客服说没有配件，一直没有解决。"),
    (3, "收到货的当天壶盖就松动，第三天整个掉下来，无法再用。"),
    (1, "孩子倒水时壶盖突然脱开，幸好没有伤到人，希望尽快处理。"),
    (2, "倒水时盖子突然掉进杯子里，联系门店后要求自费更换。"),
    (1, "买来第三天盖子的卡扣断了，盖不上，店家不同意退货。"),
)

STORIES = (
    # the enterprise's move
    Story(KETTLE, 3),
    Story(KETTLE, 1, change=ENGLISH),
    Story(PHONE, 2),
    Story(TABLE, 4, (_plain(2, ENTERPRISE, "extend", reason="需要向工厂核实这一批次的板材检测记录。"),)),
    Story(TABLE, 8, (
        _offer(6, 5), _plain(4, CONSUMER, "counter", text="希望整张桌面更换，而不是修补。", amount="300"),
    )),
    Story(CAR, 9),
    # the intake officer's, and waiting for what is missing
    Story(COAT, 2, change=INCOMPLETE),
    Story(SOFA, 1),
    Story(GYM, 3, change={"enterprise": "和跃健身江边店"}),
    Story(GYM, 5, (_ask(3),), INCOMPLETE),
    # the consumer's move
    Story(KETTLE, 4, (_offer(2, 9),)),
    Story(PHONE, 3, (_decline(1),)),
    Story(KETTLE, 3, (_offer(1, 8),), {"email": ""}),  # no mailbox: an officer has to phone
    Story(KETTLE, 12, (_offer(9, -2), _accept(7), _report(3))),
    # a promise is being performed
    Story(KETTLE, 9, (_offer(7, 6), _accept(5))),
    Story(TABLE, 7, (_offer(5, 3), _accept(2))),
    # at the appeals centre
    Story(COAT, 6, (_decline(4), _reject(1))),
    Story(GYM, 11),  # no answer: silence is refusal
    Story(SOFA, 9, (_plain(8, INTAKE, "admit"), *_mediated(5, 4, 3))),  # not a participant: must consent first
    Story(TABLE, 16, _mediated(12, 10, 9, _plain(5, MEDIATOR, "hearing", day=4, time="14:30", place="一号会议室"))),
    Story(CAR, 20, _mediated(
        14, 13, 12,
        _plain(8, MEDIATOR, "request_evidence", text="请提供维修工单。", party="enterprise", until=2),
        _plain(6, CONSUMER, "statement", text="补充：上周又有一次换挡顿挫，有视频。"),
    )),
    Story(COAT, 15, _mediated(12, 10, 9, _plain(1, CONSUMER, "request_recusal", reason="调解员曾为该企业工作。"))),
    Story(KETTLE, 18, _mediated(15, 14, 13, _plain(
        9, MEDIATOR, "order_appraisal",
        laboratory="示例市产品检验所", agreed_on=12, payer="enterprise", both_agreed=True,
    ))),
    Story(GYM, 15, (_offer(12, -6), _accept(10), _assign(5))),  # the promise was broken; -6 is the promised day
    # closed, each in its own way
    Story(KETTLE, 20, (
        _offer(18, -13), _accept(16), _report(14), _plain(11, CONSUMER, "confirm_performance"),
        _plain(10, CONSUMER, "rate", rating=5, text="处理得很快。"),
    )),
    Story(PHONE, 12, (_offer(10, remedy="已为您换新机，旧机已寄回。"), _accept(8))),
    Story(TABLE, 22, (_offer(20, 6),)),  # unanswered: never counted as solved
    Story(PHONE, 19, (_decline(17),)),  # refused and not pursued
    Story(KETTLE, 21, (_offer(19, -13), _accept(17), _report(14))),  # reported and not confirmed
    Story(GYM, 30, _mediated(26, 24, 23, _plain(10, MEDIATOR, "terminate", ground="end_3", text="双方无法达成一致。"))),
    Story(CAR, 28, _mediated(
        24, 22, 21,
        _plain(15, MEDIATOR, "conclude", agreement="经销商承担更换费用，消费者不再主张其他赔偿。", perform_by=-11),
        _report(12), _plain(9, CONSUMER, "confirm_performance"),
    )),
    Story(COAT, 16, (_ask(14),), INCOMPLETE),  # asked and not answered
    Story(TABLET, 8, (_plain(6, INTAKE, "refuse", ground="refuse_3", text="购买用途为转售，不属于生活消费。"),)),
    Story(CAR, 7, (_plain(5, CONSUMER, "withdraw", reason="已与门店自行协商解决。"),)),
    Story(TABLET, 20, (_plain(18, INTAKE, "admit"), *_mediated(15, 14, 13))),  # the enterprise did not consent
    # the same fault of one product, again and again: a quality signal
    *(Story(KETTLE, ago, change={
        "product": "清禾电热水壶", "fault": "壶盖脱落", "batch": "Q2611", "narrative": told,
    }) for ago, told in LIDS),
)
# fmt: on
