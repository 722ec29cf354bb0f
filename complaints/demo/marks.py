"""Marks of the demo world: one batch of an invented enterprise, so that there is a code to look up."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.clock import local_date
from complaints.demo import cast
from complaints.models import Account, Enterprise, MarkBatch
from complaints.registry import mark_batches
from complaints.registry.mark_batches import Order

SIZE = 500
AGO = timedelta(days=60)  # when the goods were made


def order(session: Session, at: datetime) -> None:
    """Order the batch, unless that was done, or the enterprise's pledge is not in force in this world."""
    owner = session.scalar(select(Enterprise).where(Enterprise.name == cast.KETTLE.name))
    done = session.scalar(select(MarkBatch.id).limit(1))
    if owner is None or done is not None or not mark_batches.may_order(session, owner, at):
        return
    agent = session.scalar(select(Account.id).where(Account.login == "qinghe"))
    mark_batches.order(session, owner, _kettles(local_date(at - AGO)), at, agent)


def _kettles(made_on: date) -> Order:
    return Order(
        product="清禾 1.7 升电热水壶",
        batch=f"QH-{made_on:%Y%m}-07",
        place="示例市",
        size=SIZE,
        plant="示例市第二生产基地",
        made_on=made_on,
        route=["示例市中心仓", "示例市样板路门店"],
    )


def addresses(session: Session) -> list[tuple[str, str]]:
    """The first code of the demo's own batch, by product; nothing where there is none."""
    batches = session.scalars(select(MarkBatch).order_by(MarkBatch.id).limit(1)).all()
    return [
        (batch.product, mark_batches.address(code))
        for batch in batches
        for _serial, code in mark_batches.codes(session, batch, 1, 1)
    ]
