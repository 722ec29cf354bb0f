"""Several workers at one outbox: killed, slow, or cut off from the database, none sends a letter twice."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from threading import Timer

import pytest
from sqlalchemy import Engine, update

from complaints import db
from complaints.config import settings
from complaints.delivery import outbox, parcels, smtp
from complaints.delivery.reminders import Hours
from complaints.models import Notice, World
from tests import servers
from tests.delivery.planted import MONDAY, later, notice, plant, statuses, stored

pytestmark = pytest.mark.usefixtures("database")

DELIVER = "from complaints.delivery import outbox; print(outbox.deliver_due(limit=20, budget_seconds=60))"


def deliver(hours: float = 0, **more: object) -> int:
    """Deliver what is due so many hours after MONDAY."""
    return outbox.deliver_due(now=lambda: later(hours=hours), **more)  # type: ignore[arg-type]


def in_another_process(code: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=dict(os.environ))


def forget_leases() -> None:
    """As if two minutes had passed since a worker died."""
    with db.transaction() as session:
        session.execute(update(Notice).values(lease_until=MONDAY - timedelta(days=365)))


def test_two_processes_send_none_twice(smtp: servers.SmtpServer) -> None:
    plant(*(notice(due=later(days=-30)) for _ in range(300)))
    workers = [in_another_process(DELIVER) for _ in range(2)]
    counts = [int(worker.communicate(timeout=60)[0]) for worker in workers]
    assert sum(counts) == 300
    assert min(counts) > 0
    ids = smtp.mailbox.message_ids()
    assert len(ids) == len(set(ids)) == 300
    assert set(statuses()) == {"sent"}


def test_a_killed_worker_loses_nothing(smtp: servers.SmtpServer) -> None:
    plant(*(notice(due=later(days=-30)) for _ in range(300)))
    victim = in_another_process(DELIVER.replace("limit=20", "limit=300"))
    servers.wait_until(lambda: len(smtp.mailbox.taken) > 20, 30, "the first letters")
    victim.kill()
    victim.communicate()
    assert 0 < statuses().count("waiting") < 300
    assert deliver() == 0  # the dead worker's lease still holds them
    forget_leases()
    deliver(budget_seconds=60)
    ids = smtp.mailbox.message_ids()
    assert set(statuses()) == {"sent"}
    assert set(ids) == {each.message_id for each in stored()}
    assert len(ids) <= 301  # only the one in flight can have left twice


def test_a_slow_worker_sends_nothing_that_another_took_over(smtp: servers.SmtpServer) -> None:
    ids = plant(*(notice() for _ in range(5)))
    claimed = outbox._claim(10, "slow", lambda: MONDAY, Hours())
    assert claimed == ids
    assert deliver() == 0
    forget_leases()
    assert outbox._claim(10, "fast", lambda: MONDAY, Hours()) == ids
    with smtp_postman() as postman:
        assert outbox._send_all(ids, "slow", postman, lambda: MONDAY, float("inf")) == (0, False)
        assert outbox._send_all(ids, "fast", postman, lambda: MONDAY, float("inf")) == (5, False)
        assert outbox._send_all(ids, "slow", postman, lambda: MONDAY, float("inf")) == (0, False)
    assert len(smtp.mailbox.taken) == 5


def smtp_postman() -> smtp.Postman:
    return smtp.Postman(settings().smtp_url)


def test_a_letter_voided_after_the_claim_does_not_leave(smtp: servers.SmtpServer) -> None:
    ids = plant(notice(), notice())
    outbox._claim(10, "mine", lambda: MONDAY, Hours())
    with db.transaction() as session:
        session.execute(update(Notice).where(Notice.id == ids[0]).values(status="void"))
    with smtp_postman() as postman:
        assert outbox._send_all(ids, "mine", postman, lambda: MONDAY, float("inf"))[0] == 1
    assert statuses(ids) == ["void", "sent"]
    assert len(smtp.mailbox.taken) == 1


def test_the_lease_is_longer_than_one_letter_can_take() -> None:
    answers = 9  # connect, greeting, EHLO, STARTTLS, EHLO, log-in, MAIL, RCPT, DATA
    assert parcels.LEASE.total_seconds() > answers * smtp.TIMEOUT_SECONDS


def test_a_database_that_restarts_does_not_make_a_sent_letter_go_twice(
    settings_env: Callable[..., None], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, database: Engine
) -> None:
    if database.dialect.name != "postgresql":
        pytest.skip("SQLite has no server to restart")
    server: servers.PostgresServer = request.getfixturevalue("own_postgres")
    with servers.smtp_server() as mail:
        settings_env(DATABASE_URL=server.url("postgres"), SMTP_URL=mail.url)
        db.Base.metadata.create_all(db.engine())
        with db.transaction() as session:
            session.add(World(id=1, kind="live", made_at=MONDAY))
        plant(*(notice() for _ in range(3)))
        post = smtp.Postman.send
        back = Timer(1.5, server.start)

        def send_and_crash(self: smtp.Postman, mail_: smtp.Mail) -> None:
            post(self, mail_)
            if len(mail.mailbox.taken) == 2:
                server.stop("immediate")
                back.start()

        monkeypatch.setattr(smtp.Postman, "send", send_and_crash)
        assert deliver(budget_seconds=60) == 3
        back.join()
        assert len(mail.mailbox.message_ids()) == 3
        assert statuses() == ["sent"] * 3
