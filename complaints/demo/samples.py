"""Invented enterprises, people and complaints. The same seed gives the same, and nobody in them exists.

Telephone numbers begin with 111, which is given to no one, and mail goes to example.com.
"""

import csv
import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from complaints.workflow.filing import Filing

COLUMNS = (
    *("编号", "投诉日期", "企业", "类别", "商品", "故障", "经过", "诉求", "金额", "购买日期"),
    *("姓名", "电话", "邮箱", "地址", "同意调解", "同意转交企业", "同意提供联系方式"),
)


@dataclass(frozen=True, slots=True)
class SampleEnterprise:
    """An invented enterprise. Most are participants; some of those are benchmark enterprises."""

    name: str
    brand: str
    category: str
    participant: bool
    benchmark: bool
    promised_answer_days: int | None
    email: str
    phone: str
    address: str


@cache
def _words() -> dict[str, Any]:
    """What names and stories are made of."""
    return tomllib.loads(Path(__file__).with_name("samples.toml").read_text(encoding="utf-8"))


def categories() -> list[str]:
    """The kinds of product and service that samples are about."""
    return list(_words()["category"])


def enterprises(seed: int, n: int) -> list[SampleEnterprise]:
    """`n` enterprises with different names: about seven in ten participate, one in seven of those a benchmark."""
    chance = random.Random(f"enterprises {seed}")
    people = _words()["enterprise"]
    pairs = [first + second for first in people["first"] for second in people["second"]]
    if n > len(pairs):
        raise ValueError(f"there are {len(pairs)} invented brands, not {n}")
    kinds = categories()
    return [_enterprise(chance, brand, kinds[i % len(kinds)], i) for i, brand in enumerate(chance.sample(pairs, n))]


def _enterprise(chance: random.Random, brand: str, category: str, place: int) -> SampleEnterprise:
    words = _words()
    city = chance.choice(words["person"]["cities"])
    participant = chance.random() < 0.7
    benchmark = participant and chance.random() < 0.15
    return SampleEnterprise(
        name=f"{city}{brand}{words['category'][category]['trade']}有限公司",
        brand=brand,
        category=category,
        participant=participant,
        benchmark=benchmark,
        promised_answer_days=chance.choice((3, 5)) if benchmark and chance.random() < 0.5 else None,
        email=f"service{place + 1}@enterprise{place + 1}.example.com",
        phone=_phone(chance),
        address=_address(chance, city),
    )


def filings(
    seed: int, n: int, enterprises: Sequence[SampleEnterprise], start: date, days: int
) -> list[tuple[date, Filing]]:
    """`n` complaints over `days` days from `start`, in order; some incomplete, some about firms nobody knows."""
    chance = random.Random(f"filings {seed}")
    weights = [chance.paretovariate(1.2) for _ in enterprises]  # a few firms draw most complaints
    dates = sorted(start + timedelta(days=chance.randrange(days)) for _ in range(n))
    return [(day, _filing(chance, chance.choices(enterprises, weights)[0], day)) for day in dates]


def _filing(chance: random.Random, enterprise: SampleEnterprise, day: date) -> Filing:
    kind = _words()["category"][enterprise.category]
    product, fault = chance.choice(kind["products"]), chance.choice(kind["faults"])
    bought_on = day - timedelta(days=chance.randint(2, 400))
    amount = Decimal(chance.randint(*kind["yuan"])) + chance.choice((Decimal("0.00"), Decimal("0.90"), Decimal("0.50")))
    product_name = f"{enterprise.brand}{product}"
    return Filing(
        enterprise=_as_written(chance, enterprise),
        product=product_name,
        category=enterprise.category,
        fault=fault,
        narrative=_narrative(chance, product_name, fault, bought_on, amount),
        request=_left_out(chance, _request(chance, amount), 0.06),
        amount=amount,
        bought_on=bought_on,
        consumer_consents=chance.random() < 0.95,
        share_consent=chance.random() < 0.95,
        contact_consent=chance.random() < 0.4,
        **_person(chance),
    )


def _as_written(chance: random.Random, enterprise: SampleEnterprise) -> str:
    """How the consumer names the firm: as registered, by its brand, or as something nobody can find."""
    luck = chance.random()
    if luck < 0.05:
        return f"{enterprise.brand}{chance.choice(_words()['enterprise']['shops'])}"
    return enterprise.name if luck < 0.6 else enterprise.brand


def _person(chance: random.Random) -> dict[str, Any]:
    words = _words()["person"]
    name = chance.choice(words["family"]) + chance.choice(words["given"])
    number = chance.randrange(10_000)
    return {
        "name": name,
        "phone": _phone(chance),
        "email": f"consumer{number:04}@example.com" if chance.random() < 0.9 else "",
        "address": _left_out(chance, _address(chance, chance.choice(words["cities"])), 0.06),
    }


def _narrative(chance: random.Random, product: str, fault: str, bought_on: date, amount: Decimal) -> str:
    words = _words()["story"]
    facts = {"product": product, "fault": fault, "amount": f"{amount:.2f}", "days": str(chance.randint(1, 60)),
             "month": str(bought_on.month), "day": str(bought_on.day), "year": str(bought_on.year)}  # fmt: skip
    return "".join(chance.choice(words[part]).format(**facts) for part in ("bought", "happened", "answer"))


def _request(chance: random.Random, amount: Decimal) -> str:
    share = (amount * chance.choice((1, 1, 1, 2)) / 2).quantize(Decimal(1))
    wish: str = chance.choice(_words()["story"]["request"])
    return wish.format(amount=f"{amount:.2f}", share=f"{share}")


def _left_out(chance: random.Random, text: str, share: float) -> str:
    return "" if chance.random() < share else text


def _phone(chance: random.Random) -> str:
    return f"111{chance.randrange(100_000_000):08}"


def _address(chance: random.Random, city: str) -> str:
    street = chance.choice(_words()["person"]["streets"])
    return f"{city}市{street}{chance.randint(1, 300)}号"


def write_csv(path: Path, complaints: Sequence[tuple[date, Filing]]) -> None:
    """Write complaints as a file that `complaints import --mapping sample` reads."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        rows.writerows(_row(number, day, filing) for number, (day, filing) in enumerate(complaints, start=1))


def _row(number: int, day: date, filing: Filing) -> list[str]:
    consents = (filing.consumer_consents, filing.share_consent, filing.contact_consent)
    return [
        f"S{day:%Y%m%d}-{number:05}",
        day.isoformat(),
        filing.enterprise,
        filing.category,
        filing.product,
        filing.fault,
        filing.narrative,
        filing.request,
        f"{filing.amount:.2f}" if filing.amount is not None else "",
        filing.bought_on.isoformat() if filing.bought_on else "",
        filing.name,
        filing.phone,
        filing.email,
        filing.address,
        *("是" if consent else "否" for consent in consents),
    ]
