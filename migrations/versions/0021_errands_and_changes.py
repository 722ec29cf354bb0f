"""Errands: an enterprise that no letter reaches is told by phone or post. Which letter opened the clock of a course.
Changes of pledges that are asked for have a clock of their own. Pledges suspended or struck off before there were
measures get one, so that it can be lifted.

Revision 0021, after 0020.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from complaints import clock
from complaints.db import BigKey, Instant

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CHANGE = sa.table(
    "pledge_change", sa.column("id"), sa.column("pledge_id"), sa.column("enterprise_id"), sa.column("state"),
    sa.column("since", Instant()), sa.column("due_at", Instant()), sa.column("deadline", sa.JSON()),
    sa.column("counters", sa.JSON()), sa.column("seq"), sa.column("policy"),
)  # fmt: skip
MEASURE = sa.table(
    "measure", sa.column("id"), sa.column("enterprise_id"), sa.column("kind"), sa.column("pledge_id"),
    sa.column("rule"), sa.column("cause", sa.JSON()), sa.column("cause_key"), sa.column("imposed_by"),
    sa.column("made_at", Instant()), sa.column("state"), sa.column("since", Instant()),
    sa.column("due_at", Instant()), sa.column("deadline", sa.JSON()), sa.column("counters", sa.JSON()),
    sa.column("seq"), sa.column("policy"),
)  # fmt: skip
EVENT = sa.table(
    "course_event", sa.column("course"), sa.column("subject_id"), sa.column("seq"), sa.column("trigger"),
    sa.column("from_state"), sa.column("to_state"), sa.column("role"), sa.column("account_id"),
    sa.column("facts", sa.JSON()), sa.column("occurred_at", Instant()), sa.column("recorded_at", Instant()),
)  # fmt: skip
TABLES = {"pledge": "pledge", "measure": "measure", "signal": "quality_signal", "objection": "objection"}


def upgrade() -> None:
    for table in TABLES.values():
        op.add_column(table, sa.Column("opening", sa.BigInteger(), nullable=True))
    _openings()
    op.create_table(
        "errand",
        sa.Column("about", sa.String(length=12), nullable=False),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", BigKey, nullable=False),
        *_course(),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_errand_enterprise_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_errand_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errand")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_errand_notice_id")),
    )
    op.create_index(op.f("ix_errand_enterprise_id"), "errand", ["enterprise_id"], unique=False)
    op.create_index("ix_errand_due_at", "errand", ["due_at"], unique=False)
    op.create_index("ix_errand_about", "errand", ["about", "about_id"], unique=False)
    op.create_table(
        "pledge_change",
        sa.Column("pledge_id", BigKey, nullable=False),
        *_course(),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_pledge_change_enterprise_id")),
        sa.ForeignKeyConstraint(["pledge_id"], ["pledge.id"], name=op.f("fk_pledge_change_pledge_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge_change")),
    )
    op.create_index(op.f("ix_pledge_change_enterprise_id"), "pledge_change", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_pledge_change_pledge_id"), "pledge_change", ["pledge_id"], unique=False)
    op.create_index("ix_pledge_change_due_at", "pledge_change", ["due_at"], unique=False)
    _changes()
    _measures()


def downgrade() -> None:
    op.drop_table("pledge_change")
    op.drop_table("errand")
    for table in TABLES.values():
        op.drop_column(table, "opening")


def _openings() -> None:
    """The letter that opened each clock, but for drafts that an enterprise began itself."""
    connection = op.get_bind()
    own = {
        (str(row.course), int(row.subject_id), int(row.seq))
        for row in connection.execute(
            sa.text("SELECT course, subject_id, seq FROM course_event WHERE role = 'enterprise' AND from_state = 'new'")
        )
    }
    letters = sa.text(
        "SELECT id, key FROM notice WHERE letter = 'course' AND step = 'opening' AND recipient LIKE 'enterprise:%'"
        " ORDER BY id"
    )
    for letter in connection.execute(letters).all():
        _, course, subject, seq, *_ = letter.key.split(":")
        if (course, int(subject), int(seq)) not in own:
            connection.execute(
                sa.text(f"UPDATE {TABLES[course]} SET opening = :letter WHERE id = :subject"),
                {"letter": letter.id, "subject": int(subject)},
            )


def _changes() -> None:
    """What is asked for already is to be decided within two weeks of this upgrade."""
    connection, now = op.get_bind(), clock.wall()
    day = clock.local_date(now) + timedelta(days=14)
    waiting = sa.text("SELECT id, enterprise_id FROM pledge WHERE changing ORDER BY id")
    for pledge in connection.execute(waiting).all():
        change = connection.execute(
            CHANGE.insert().returning(CHANGE.c.id),
            {"pledge_id": pledge.id, "enterprise_id": pledge.enterprise_id, "state": "asked", "since": now,
             "due_at": clock.end_of_day(day), "deadline": _by(day, clock.local_date(now)), "counters": {}, "seq": 1,
             "policy": "ring-2026-12"},
        ).scalar_one()  # fmt: skip
        asked = sa.text(
            "SELECT max(occurred_at) FROM course_event"
            " WHERE course = 'pledge' AND subject_id = :id AND trigger = 'propose_change'"
        ).columns(Instant())
        at = connection.execute(asked, {"id": pledge.id}).scalar() or now
        connection.execute(
            EVENT.insert(),
            {"course": "change", "subject_id": change, "seq": 1, "trigger": "ask", "from_state": "new",
             "to_state": "asked", "role": "enterprise", "facts": {}, "occurred_at": at, "recorded_at": now},
        )  # fmt: skip


def _measures() -> None:
    """What rests, or was struck off in a term that runs on, without a measure: dated as it was, marked as late.

    A measure binds all pledges of its enterprise; so none is made for who was struck off and has pledged anew.
    """
    connection, now = op.get_bind(), clock.wall()
    alone = (
        sa.text(
            "SELECT p.id, p.enterprise_id, p.state, p.since FROM pledge p WHERE p.valid_until > :now AND ("
            " p.state = 'suspended' OR (p.state = 'struck_off' AND NOT EXISTS (SELECT 1 FROM pledge o"
            " WHERE o.enterprise_id = p.enterprise_id AND o.state = 'published'))) AND NOT EXISTS ("
            " SELECT 1 FROM measure m WHERE m.enterprise_id = p.enterprise_id"
            " AND m.kind IN ('suspension', 'striking_off') AND m.state IN ('in_force', 'objected', 'standing'))"
            " ORDER BY p.id"
        )
        .bindparams(sa.bindparam("now", now, Instant()))
        .columns(since=Instant())
    )
    for pledge in connection.execute(alone).all():
        struck = pledge.state == "struck_off"
        who = _who(pledge.id, "strike_off" if struck else "suspend")
        measure = connection.execute(
            MEASURE.insert().returning(MEASURE.c.id),
            {"enterprise_id": pledge.enterprise_id, "kind": "striking_off" if struck else "suspension",
             "pledge_id": pledge.id, "rule": "person", "cause": {"struck_off": [pledge.id]} if struck else {},
             "cause_key": f"before_measures:{pledge.id}", "imposed_by": who, "made_at": pledge.since,
             "state": "standing", "since": pledge.since, "due_at": None, "deadline": {}, "counters": {}, "seq": 1,
             "policy": "ring-2026-04"},
        ).scalar_one()  # fmt: skip
        connection.execute(
            EVENT.insert(),
            {"course": "measure", "subject_id": measure, "seq": 1, "trigger": "impose", "from_state": "new",
             "to_state": "standing", "role": "supervisor", "account_id": who,
             "facts": {"why": [{"say": "before_measures"}]}, "occurred_at": pledge.since, "recorded_at": now},
        )  # fmt: skip


def _who(pledge_id: int, trigger: str) -> int | None:
    """Who did it, as the pledge's log has it."""
    last = sa.text(
        "SELECT account_id FROM course_event WHERE course = 'pledge' AND subject_id = :id AND trigger = :trigger"
        " ORDER BY seq DESC LIMIT 1"
    )
    return op.get_bind().execute(last, {"id": pledge_id, "trigger": trigger}).scalar()


def _by(day: date, start: date) -> dict[str, Any]:
    """The explanation of a clock that ends on a day that was set (workflow/deadlines.py)."""
    return {
        "rule": "fact", "article": "charter", "start": start.isoformat(), "n": 0, "extra": 0, "fact": day.isoformat(),
        "floor": None, "end": day.isoformat(), "skipped": [], "excluded": [], "reading": "broad", "provisional": False,
        "calendar": "", "enterprise_id": None, "moves": [],
    }  # fmt: skip


def _course() -> list[sa.Column[Any]]:
    """The columns that every course has (models/course.py)."""
    return [
        sa.Column("id", BigKey, nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("deadline", sa.JSON(), nullable=False),
        sa.Column("counters", sa.JSON(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(length=40), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=True),
        sa.Column("enterprise_id", BigKey, nullable=False),
    ]
