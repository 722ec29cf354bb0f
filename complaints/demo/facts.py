"""What invented people say and promise when they act: raw facts, as a page would send them, for the schema to parse."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from complaints import clock
from complaints.schemas import MISSING
from complaints.workflow.case import Case, Outcome
from complaints.workflow.workdays import Calendar

SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"
STREETS = ("样板路", "和平街", "诚信大道", "桂花巷", "滨河路")
CITIES = ("示例市", "云州市", "临溪市", "青原市")
REMEDIES = (
    "免费上门检测，更换故障部件，并延长保修一年。",
    "按购买价全额退款，运费由我方承担。",
    "更换同型号新品，旧品由我方上门取回。",
    "补偿部分货款，产品继续使用，保修期内免费维修。",
)
DECLINES = (
    "经检测，故障由使用不当造成，不在保修范围内。",
    "该产品已超过三包期限，可提供有偿维修。",
    "购买页面已明示该规格，产品与描述相符。",
)
REASONS = (
    "情况与对方所说不符，已附说明。",
    "需要更多时间核实批次和检测记录。",
    "问题依旧存在，处理结果不能接受。",
    "与对方沟通后作出这个决定。",
)
WANTED = ("希望退款，或者更换一台新的。", "希望尽快修好，并赔偿因此产生的费用。", "希望退还多收的费用并道歉。")
STATEMENTS = (
    "补充情况：昨天又出现了同样的问题。",
    "已把检测单和照片准备好，可以随时提供。",
    "请对方说明批次和检测结果。",
)
AGREEMENTS = (
    "双方达成一致：经营者退还部分货款并负责维修。",
    "双方达成一致：经营者为消费者更换产品，费用由经营者承担。",
)
REPORTS = ("已退款，转账凭证附后。", "已上门更换，消费者签字确认单附后。", "已维修完毕并试机正常。")


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything an action is drawn from."""

    rng: Random
    case: Case
    at: datetime
    calendar: Calendar
    enterprises: Sequence[int]

    @property
    def today(self) -> date:
        """The local day of the action."""
        return clock.local_date(self.at)

    def day(self, first: int, last: int) -> str:
        """A day so many days ahead."""
        return (self.today + timedelta(days=self.rng.randint(first, last))).isoformat()


def draw(trigger: str, scene: Scene) -> dict[str, Any]:
    """The facts that go with an action."""
    drawn = _DRAWS.get(trigger)
    return drawn(scene) if drawn else {}


def task_result(kind: str, rng: Random) -> str:
    """How somebody finishes a task of this kind."""
    luck = rng.random()
    if kind in ("reach_party", "renew_link"):
        return "reached" if luck < 0.85 else "not_reached"
    return "given" if kind == "answer_evidence" else "granted" if luck < 0.4 else "denied"


def contact(rng: Random) -> dict[str, str]:
    """Who somebody is and where they are reached; one in ten gives no mailbox. 111 is given to no one."""
    name = rng.choice(SURNAMES) + rng.choice(GIVEN) + rng.choice(("", rng.choice(GIVEN)))
    number = rng.randrange(10**8)
    address = f"{rng.choice(CITIES)}{rng.choice(STREETS)}{rng.randint(1, 300)}号"
    mailbox = {"email": f"consumer{number:08}@example.com"} if rng.random() < 0.9 else {}
    return {"name": name, "phone": f"111{number:08}", "address": address, **mailbox}


def _supplied(scene: Scene) -> dict[str, Any]:
    consents = {"consumer_consents": scene.rng.random() < 0.9, "share_consent": scene.rng.random() < 0.96}
    known = {} if scene.case.enterprise_given else {"enterprise": "记不清了，包装上没有写"}
    story = {"request": scene.rng.choice(WANTED), "text": "已按要求补充。"}
    return contact(scene.rng) | story | consents | known


def _money(scene: Scene) -> str:
    whole = scene.case.amount or Decimal(scene.rng.randint(2, 80) * 50)
    return f"{whole * scene.rng.randint(2, 10) / 10:.2f}"


def _promised(scene: Scene) -> str:
    return scene.day(20, 45) if scene.rng.random() < 0.1 else scene.day(3, 14)


def _offer(scene: Scene) -> dict[str, Any]:
    terms = {"remedy": scene.rng.choice(REMEDIES), "amount": _money(scene)}
    done = scene.rng.random() < 0.12
    return terms | ({"nothing_to_perform": True} if done else {"perform_by": _promised(scene)})


def _late_offer(scene: Scene) -> dict[str, Any]:
    return {"remedy": scene.rng.choice(REMEDIES), "amount": _money(scene), "perform_by": _promised(scene)}


def _accepted(scene: Scene) -> dict[str, Any]:
    return {"release": ["name", "phone", "address"], "longer_agreed": True}


def _asked(scene: Scene) -> dict[str, Any]:
    missing = [name for name in MISSING if name not in ("enterprise", "narrative")]
    return {"missing": missing, "text": "请一次补齐以下各项。"}


def _appraisal(scene: Scene) -> dict[str, Any]:
    terms = {"laboratory": "市产品质量检验所", "payer": scene.rng.choice(("consumer", "enterprise", "centre"))}
    return terms | {"agreed_on": scene.day(10, 40), "both_agreed": True}


def _conclusion(scene: Scene) -> dict[str, Any]:
    terms = {"agreement": scene.rng.choice(AGREEMENTS), "amount": _money(scene), "longer_agreed": True}
    return terms | {"perform_by": _promised(scene)}


def _hearing(scene: Scene) -> dict[str, Any]:
    day = scene.calendar.working_days(scene.today, scene.rng.randint(3, 8)).end
    return {"day": day.isoformat(), "time": "14:30", "place": "调解中心一号会议室"}


def _evidence(scene: Scene) -> dict[str, Any]:
    party = scene.rng.choice(("consumer", "enterprise"))
    return {"text": "请提供购买凭证和检测记录。", "party": party, "until": scene.day(4, 9)}


def _reopening(scene: Scene) -> dict[str, Any]:
    ground = {"ground": "breach"} if scene.case.outcome is Outcome.SETTLEMENT_BROKEN else {"evidence": "新的检测报告"}
    return {"reason": scene.rng.choice(REASONS)} | ground


def _decision(scene: Scene) -> dict[str, Any]:
    return {"granted": scene.rng.random() < 0.4, "reason": scene.rng.choice(REASONS)}


def _reason(scene: Scene) -> dict[str, Any]:
    return {"reason": scene.rng.choice(REASONS)}


def _one(field: str, choices: Sequence[str], **fixed: object) -> Callable[[Scene], dict[str, Any]]:
    return lambda scene: {field: scene.rng.choice(choices), **fixed}


_DRAWS: Mapping[str, Callable[[Scene], dict[str, Any]]] = {
    "accept_offer": _accepted,
    "ask_information": _asked,
    "conclude": _conclusion,
    "contact_consent": lambda scene: {"contact_consent": True},
    "counter": _one("text", WANTED),
    "decide_recusal": _decision,
    "decline": _one("reason", DECLINES),
    "hearing": _hearing,
    "late_offer": _late_offer,
    "offer": _offer,
    "order_appraisal": _appraisal,
    "rate": lambda scene: {"rating": scene.rng.randint(1, 5)},
    "receive_appraisal": _one("text", ("鉴定结论：送检产品存在制造缺陷。", "鉴定结论：未见制造缺陷。")),
    "refuse": _one("ground", ("refuse_1", "refuse_2", "refuse_3", "refuse_5")),
    "reopen": _reopening,
    "report_performance": _one("text", REPORTS),
    "request_evidence": _evidence,
    "route": lambda scene: {"enterprise_id": scene.rng.choice(scene.enterprises)},
    "settle": _accepted,
    "statement": _one("text", STATEMENTS),
    "supply_information": _supplied,
    "terminate": _one("ground", ("end_2", "end_3", "end_4")),
} | dict.fromkeys(
    (
        "dispute_performance", "extend", "redirect", "refuse_mediation", "reject", "request_recusal",
        "return_to_sender", "withdraw",
    ),
    _reason,
)  # fmt: skip
