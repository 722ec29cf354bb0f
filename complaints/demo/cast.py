"""Who lives in the demo world: eight invented enterprises, and everybody who can log in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.demo.company import enter
from complaints.demo.samples import SampleEnterprise
from complaints.models import Account
from complaints.registry import accounts
from complaints.workflow.case import Role


def _firm(
    brand: str,
    category: str,
    trade: str,
    *,
    participant: bool = True,
    benchmark: bool = False,
    promised: int | None = None,
) -> SampleEnterprise:
    city, place = "示例", len(FIRMS) + 1
    firm = SampleEnterprise(
        name=f"{city}{brand}{trade}有限公司",
        brand=brand,
        category=category,
        participant=participant,
        benchmark=benchmark,
        promised_answer_days=promised,
        email=f"service@enterprise{place}.example.com",
        phone=f"1110000{place:04}",
        address=f"{city}市样板路{place * 8}号",
    )
    FIRMS[brand] = firm
    return firm


FIRMS: dict[str, SampleEnterprise] = {}
KETTLE = _firm("清禾", "家用电器", "电器", benchmark=True)
PHONE = _firm("远岚", "手机数码", "数码科技", benchmark=True, promised=3)
TABLE = _firm("木屿", "家具", "家居", promised=7)
CAR = _firm("朗驰", "汽车", "汽车销售服务")
COAT = _firm("沐冬", "服装鞋帽", "服饰")
GYM = _firm("和跃", "生活服务", "生活服务")
SOFA = _firm("白榆", "家具", "家居", participant=False)
TABLET = _firm("拾屏", "手机数码", "数码科技", participant=False)


@dataclass(frozen=True, slots=True)
class LogIn:
    """An account of the demo world. Its password is printed for everybody to see."""

    login: str
    name: str
    roles: tuple[str, ...]
    firm: SampleEnterprise | None = None

    @property
    def password(self) -> str:
        """The password; a demo has no secrets."""
        return f"demo-{self.login}"

    @property
    def says(self) -> str:
        """What the account is for, in a few words."""
        who = "manager" if accounts.MANAGER in self.roles else "enterprise"
        return f"{who}, {self.firm.name}" if self.firm else " and ".join(self.roles)


LOG_INS = (
    LogIn("qinghe", "清禾客诉主管", (Role.ENTERPRISE.value, accounts.MANAGER), KETTLE),
    LogIn("qinghe2", "清禾客诉专员", (Role.ENTERPRISE.value,), KETTLE),
    LogIn("yuanlan", "远岚客诉专员", (Role.ENTERPRISE.value,), PHONE),
    LogIn("muyu", "木屿客诉主管", (Role.ENTERPRISE.value, accounts.MANAGER), TABLE),
    LogIn("intake", "受理员", (Role.INTAKE.value,)),
    LogIn("mediator1", "调解员甲", (Role.MEDIATOR.value,)),
    LogIn("mediator2", "调解员乙", (Role.MEDIATOR.value,)),
    LogIn("supervisor", "主管", (Role.SUPERVISOR.value, Role.INTAKE.value)),
    LogIn("supervisor2", "副主管", (Role.SUPERVISOR.value,)),
    LogIn("admin", "系统管理员", (accounts.ADMINISTRATOR,)),
    LogIn("hotline", "示例市民热线", (Role.PARTNER.value,)),
)


def settle_in(session: Session, at: datetime) -> None:
    """Enter enterprises and accounts. The pledges were in force long before the first complaint: from `at`."""
    firms = {brand: enter(session, sample, at).id for brand, sample in FIRMS.items()}
    for each in LOG_INS:
        firm_id = firms[each.firm.brand] if each.firm else None
        email = each.firm.email if each.firm else f"{each.login}@example.com"
        accounts.create(
            session, each.login, each.name, each.password, each.roles, enterprise_id=firm_id, email=email, at=at
        )


def account_id(session: Session, login: str) -> int:
    """The id of a demo account."""
    return session.scalars(select(Account.id).where(Account.login == login)).one()
