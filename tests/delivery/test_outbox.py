"""The outbox against a real mail server: each letter once, whatever fails."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from complaints import db
from complaints.commands.notices import command
from complaints.config import settings
from complaints.delivery import outbox
from tests import servers
from tests.delivery.planted import MONDAY, enterprise, later, notice, plant, reminder, seed_calendar, statuses, stored

pytestmark = pytest.mark.usefixtures("database")


def deliver(hours: float = 0, **more: object) -> int:
    """Deliver what is due so many hours after MONDAY."""
    return outbox.deliver_due(now=lambda: later(hours=hours), **more)  # type: ignore[arg-type]


def test_a_due_letter_leaves_once_and_is_recorded(smtp: servers.SmtpServer) -> None:
    due, ahead = plant(notice(), notice(due=later(hours=1)))
    assert deliver() == 1
    assert deliver() == 0
    sent, waiting = stored([due, ahead])
    assert smtp.mailbox.message_ids() == [sent.message_id]
    assert (sent.status, sent.sent_at, sent.settled_at) == ("sent", MONDAY, MONDAY)
    assert (sent.address, sent.attempts, sent.last_error) == ("intake@example.org", 1, None)
    assert (waiting.status, waiting.attempts) == ("waiting", 0)
    with db.transaction() as session:
        assert outbox.due_count(session, MONDAY) == 0
        assert outbox.due_count(session, later(hours=2)) == 1


def test_nothing_is_capped(smtp: servers.SmtpServer) -> None:
    plant(*(notice() for _ in range(53)))
    assert deliver(limit=10) == 53


def test_at_once_comes_first_then_the_oldest(smtp: servers.SmtpServer) -> None:
    ids = plant(notice(due=later(hours=-1)), notice(), notice(due=later(hours=-3)), notice(due=later(hours=-2)))
    deliver()
    sent = {each.message_id: each.id for each in stored()}
    assert [sent[each] for each in smtp.mailbox.message_ids()] == [ids[2], ids[3], ids[0], ids[1]]


def test_without_smtp_letters_are_kept_and_count_as_sent() -> None:
    seed_calendar()
    plant(notice(), reminder(), reminder(), notice(recipient="desk:nobody"))
    assert deliver() == 3
    kept, first, second, nobody, digest = stored()
    for each in (kept, first, second, digest):
        assert (each.status, each.address, each.sent_at) == ("sent", "intake@example.org", MONDAY)
    assert (nobody.status, nobody.last_error) == ("dead", "no known address")


# -- failures -----------------------------------------------------------------------------------------------------


def test_a_server_that_is_down_costs_one_attempt_and_nothing_is_lost(smtp: servers.SmtpServer) -> None:
    plant(*(notice() for _ in range(5)))
    smtp.down()
    assert deliver() == 0
    assert sorted(each.attempts for each in stored()) == [0, 0, 0, 0, 1]
    assert all(each.status == "waiting" and each.next_at > MONDAY and each.lease_until is None for each in stored())
    smtp.up()
    assert deliver(1) == 5
    assert len(smtp.mailbox.taken) == 5


def test_a_busy_server_is_asked_again_later(smtp: servers.SmtpServer) -> None:
    plant(notice())
    smtp.mailbox.mode = "busy"
    assert deliver() == 0
    [row] = stored()
    assert row.status == "waiting"
    assert row.last_error is not None
    assert row.last_error.startswith("451")
    assert timedelta(seconds=48) <= row.next_at - MONDAY <= timedelta(seconds=72)
    smtp.mailbox.mode = "normal"
    assert deliver(0.01) == 0
    assert deliver(0.03) == 1
    [row] = stored()
    assert (row.status, row.attempts, row.last_error) == ("sent", 2, None)


def test_failures_wait_longer_each_time_and_end_after_a_day(smtp: servers.SmtpServer) -> None:
    plant(notice())
    smtp.mailbox.mode = "busy"
    waits, row, at = [], stored()[0], MONDAY
    while row.status == "waiting":
        at = row.next_at
        deliver((at - MONDAY) / timedelta(hours=1))
        [row] = stored()
        waits.append(row.next_at - at)
    assert row.status == "dead"
    assert row.attempts >= 12
    assert row.first_failed_at == MONDAY
    assert timedelta(hours=24) <= at - MONDAY <= timedelta(hours=36)
    assert all(wait <= timedelta(hours=6) * 1.2 for wait in waits)
    assert waits[4] > waits[1]


def test_many_attempts_alone_do_not_end_it(smtp: servers.SmtpServer) -> None:
    plant(notice(attempts=40, first_failed_at=later(hours=-23)))
    smtp.mailbox.mode = "busy"
    deliver()
    assert statuses() == ["waiting"]


@pytest.mark.parametrize("mode", ["reject", "reject_recipient"])
def test_a_refusal_is_final_until_somebody_retries(smtp: servers.SmtpServer, mode: servers.SmtpMode) -> None:
    [refused] = plant(notice())
    smtp.mailbox.mode = mode
    assert deliver() == 1
    assert statuses() == ["dead"]
    smtp.mailbox.mode = "normal"
    assert deliver(48) == 0
    with db.transaction() as session:
        assert [each.id for each in outbox.dead(session, 10)] == [refused]
        assert outbox.retry_dead(session, later(hours=48), [refused]) == 1
    assert deliver(48) == 1
    assert (statuses(), stored()[0].settled_at) == (["sent"], later(hours=48))


def test_no_known_address_is_dead_and_says_so(smtp: servers.SmtpServer) -> None:
    plant(notice(recipient=enterprise(None)), notice(recipient="account:99"), notice(recipient="desk:nobody"))
    assert deliver() == 3
    assert {each.last_error for each in stored()} == {"no known address"}
    assert set(statuses()) == {"dead"}


def test_a_letter_that_cannot_be_written_holds_up_no_other(smtp: servers.SmtpServer) -> None:
    bad, no_facts, good = plant(notice(facts={"state": "nowhere"}), notice(locale="fr"), notice())
    deliver()
    assert statuses([bad, no_facts, good]) == ["dead", "dead", "sent"]
    assert "nowhere" in (stored([bad])[0].last_error or "")


def test_a_stalling_server_ends_the_batch(smtp: servers.SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("complaints.delivery.smtp.TIMEOUT_SECONDS", 0.5)
    plant(*(notice() for _ in range(10)))
    smtp.mailbox.mode = "stall"
    assert deliver() == 0
    assert smtp.mailbox.attempts == 1
    assert sorted(each.attempts for each in stored()) == [0] * 9 + [1]
    smtp.mailbox.mode = "normal"
    assert deliver(1) == 10


def test_a_lost_answer_means_a_second_copy_with_the_same_id(smtp: servers.SmtpServer) -> None:
    plant(notice())
    smtp.mailbox.mode = "drop_after_data"
    assert deliver() == 0
    smtp.mailbox.mode = "normal"
    assert deliver(1) == 1
    [row] = stored()
    assert smtp.mailbox.message_ids() == [row.message_id] * 2
    assert (row.status, row.sent_at) == ("sent", later(hours=1))


class Picky(servers.Mailbox):
    """Hangs up on whoever writes to a poisonous address."""

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address.startswith("poison"):
            server.transport.abort()
        return await super().handle_RCPT(server, session, envelope, address, options)


def test_five_poisonous_letters_do_not_starve_the_rest(settings_env: Callable[..., None]) -> None:
    with servers.smtp_server() as server:
        server.down()
        server.mailbox = Picky()
        server.up()
        settings_env(SMTP_URL=server.url, DATABASE_URL=settings().database_url)
        poison = [notice(recipient=enterprise(f"poison{n}@example.org"), due=later(hours=-9)) for n in range(5)]
        good = [notice() for _ in range(20)]
        plant(*poison, *good)
        for minutes in (0, 1, 2):
            deliver(minutes / 60)
        assert len(server.mailbox.taken) == 20
    assert [each.status for each in stored()] == ["waiting"] * 5 + ["sent"] * 20


def test_the_time_budget_ends_a_run_and_returns_the_rest(smtp: servers.SmtpServer) -> None:
    plant(*(notice() for _ in range(300)))
    first = deliver(budget_seconds=0.3)
    assert 0 < first < 300
    assert all(each.lease_until is None for each in stored())
    assert first + deliver(budget_seconds=60) == 300
    assert len(smtp.mailbox.taken) == 300


# -- the command ----------------------------------------------------------------------------------------------------


def test_the_command_lists_and_retries(smtp: servers.SmtpServer) -> None:
    runner = CliRunner()
    assert "No letter is dead." in runner.invoke(command, ["dead"]).output
    smtp.mailbox.mode = "reject"
    first, second = plant(notice(), notice())
    deliver()
    listed = runner.invoke(command, ["dead"]).output
    assert "554" in listed
    assert "K7Q29FXM offer" in listed
    assert runner.invoke(command, ["retry"]).exit_code == 2
    assert "again: 1." in runner.invoke(command, ["retry", str(first)]).output
    assert "again: 1." in runner.invoke(command, ["retry", "--all"]).output
    assert statuses([first, second]) == ["waiting", "waiting"]
    assert "waiting         2" in runner.invoke(command, ["waiting"]).output
