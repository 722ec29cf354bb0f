"""The case itself, its log, its clocks, and what hangs on it. Only the engine writes these rows."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from complaints.db import Base, BigKey

HEARINGS = "\"trigger\" = 'hearing'"
LAPSES = "role = 'clock' AND trigger IN ('admit', 'assign', 'terminate', 'decide_recusal')"


class Complaint(Base):
    """One case. No personal data stand here: those are `PrivateItem` rows."""

    __tablename__ = "complaint"
    __table_args__ = (
        Index(
            "ix_complaint_wake",
            "wake_at",
            postgresql_where=text("wake_at IS NOT NULL"),
            sqlite_where=text("wake_at IS NOT NULL"),
        ),
        Index(
            "ix_complaint_enterprise_inbox",
            "enterprise_id",
            "state",
            "due_at",
            "id",
            postgresql_where=text("enterprise_told"),
            sqlite_where=text("enterprise_told = 1"),
        ),
        Index("ix_complaint_queue", "state", "due_at", "id"),
        Index("ix_complaint_mediator", "mediator_id", "state", "due_at", "id"),
        Index(
            "ix_complaint_closed",
            "closed_at",
            "id",
            postgresql_where=text("state = 'closed'"),
            sqlite_where=text("state = 'closed'"),
        ),
        Index(
            "ix_complaint_enterprise_closed",
            "enterprise_id",
            "closed_at",
            "id",
            postgresql_where=text("state = 'closed' AND enterprise_told"),
            sqlite_where=text("state = 'closed' AND enterprise_told = 1"),
        ),
        Index(
            "ix_complaint_partner",
            "partner_id",
            "id",
            postgresql_where=text("partner_id IS NOT NULL"),
            sqlite_where=text("partner_id IS NOT NULL"),
        ),
        Index(
            "ix_complaint_agent",
            "agent_id",
            "state",
            "due_at",
            "id",
            postgresql_where=text("agent_id IS NOT NULL"),
            sqlite_where=text("agent_id IS NOT NULL"),
        ),
        Index(
            "ix_complaint_email_mark",
            "email_mark",
            postgresql_where=text("email_mark IS NOT NULL"),
            sqlite_where=text("email_mark IS NOT NULL"),
        ),
        Index(  # of one enterprise, what intake still weighs: small, so that it costs the hot path nothing
            "ix_complaint_enterprise_intake",
            "enterprise_id",
            "id",
            postgresql_where=text("state IN ('received', 'needs_information')"),
            sqlite_where=text("state IN ('received', 'needs_information')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)  # random, so that it cannot be guessed
    version: Mapped[int] = mapped_column(default=0)  # +1 with each entry of the log
    state: Mapped[str] = mapped_column(String(24))
    mandate: Mapped[str] = mapped_column(String(12))  # association | delegated
    policy: Mapped[str] = mapped_column(String(40))  # pinned at filing
    filed_at: Mapped[datetime]
    filed_by: Mapped[str] = mapped_column(String(16))  # role of whoever filed
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # the intake partner that filed it

    # What it is about.
    product: Mapped[str] = mapped_column(String(200), default="")
    category: Mapped[str] = mapped_column(String(80), default="")
    fault: Mapped[str] = mapped_column(String(200), default="")
    batch: Mapped[str] = mapped_column(String(80), default="", server_default="")  # of the goods, as on their mark
    amount: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))  # yuan in dispute
    bought_on: Mapped[date | None]
    complete: Mapped[bool]  # everything article 10 asks for was given
    flagged: Mapped[bool] = mapped_column(default=False)  # signs of abuse (art 17), for a person to weigh
    flags: Mapped[list[str]] = mapped_column(default=list)
    locale: Mapped[str] = mapped_column(String(8), default="zh")  # the consumer's language
    filing_key: Mapped[str | None] = mapped_column(String(64), unique=True)  # hash of the form's own key
    contact_mark: Mapped[str | None] = mapped_column(String(64), index=True)  # keyed hash of the phone, to see repeats
    email_mark: Mapped[str | None] = mapped_column(String(64))  # keyed hash of the mail address, to send a lost link to

    # The other side, as it stood at filing.
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    enterprise_given: Mapped[str] = mapped_column(String(200), default="")  # the name the consumer wrote
    participant: Mapped[bool] = mapped_column(default=False)
    benchmark: Mapped[bool] = mapped_column(default=False)
    promised_answer_days: Mapped[int | None]  # working days, where its pledge promises fewer than the policy

    # Consents, each asked separately.
    consumer_consents: Mapped[bool] = mapped_column(default=False)  # to mediation
    share_consent: Mapped[bool] = mapped_column(default=False)  # to pass the content to this enterprise (PIPL 23)
    contact_consent: Mapped[bool] = mapped_column(default=False)  # to show the enterprise phone and address
    enterprise_consents: Mapped[bool] = mapped_column(default=False)  # to mediation
    enterprise_told: Mapped[bool] = mapped_column(default=False)  # the content has reached the enterprise
    enterprise_from_seq: Mapped[int] = mapped_column(default=0)  # entries before concern another enterprise
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # the enterprise's person who handles it

    # Where it stands.
    answer: Mapped[str | None] = mapped_column(String(8))  # offer | decline: the enterprise's last answer
    offer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # the terms on the table
    late_offer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    perform_by: Mapped[date | None]  # last day of the promise that was accepted
    appraise_by: Mapped[date | None]
    accepted_at: Mapped[datetime | None]  # the mediation period counts from here
    agreement_at: Mapped[datetime | None]  # the 30 days for judicial confirmation count from here
    intake_officer_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    barred_officer_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # refused it once: another reviews
    mediator_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recusal_by: Mapped[str | None] = mapped_column(String(16))  # the party whose request is pending
    outcome: Mapped[str | None] = mapped_column(String(24))
    ground: Mapped[str | None] = mapped_column(String(24))  # of a refusal (art 16) or termination (art 23)
    closed_at: Mapped[datetime | None]
    reopen_until: Mapped[datetime | None]  # windows after closing, counted from the recording
    rate_until: Mapped[datetime | None]
    rating: Mapped[int | None]
    counters: Mapped[dict[str, Any]] = mapped_column(default=dict)  # spent so far, by name

    # The running clock.
    clock_id: Mapped[int | None] = mapped_column(BigInteger)  # the open `ClockInstance`
    due_at: Mapped[datetime | None]  # the deadline people see
    wake_at: Mapped[datetime | None]  # when the engine looks next; later than due_at only while a clock is held
    provisional: Mapped[bool] = mapped_column(default=False)
    lease_until: Mapped[datetime | None]  # a worker is at it until then (real time)

    chain_seq: Mapped[int] = mapped_column(default=0)
    chain_head: Mapped[str] = mapped_column(String(64), default="")


class Event(Base):
    """One entry of a case's log. Append-only and hash-chained; the database refuses UPDATE and DELETE."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("complaint_id", "seq"),
        Index(  # the centre's own clocks that ran out: see insight/centre.py
            "ix_event_lapse",
            "occurred_at",
            "from_state",
            postgresql_where=text(LAPSES),
            sqlite_where=text(LAPSES),
        ),
        Index(
            "ix_event_hearing",
            "complaint_id",
            postgresql_where=text(HEARINGS),
            sqlite_where=text(HEARINGS),
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    seq: Mapped[int]
    trigger: Mapped[str] = mapped_column(String(32))
    from_state: Mapped[str] = mapped_column(String(24))
    to_state: Mapped[str] = mapped_column(String(24))
    role: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)  # account, where a person with a log-in acted
    occurred_at: Mapped[datetime]  # when it took effect; for an expiry found late, the instant it fell due
    recorded_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]]  # facts, and salted hashes of private text; never personal data
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class ClockInstance(Base):
    """One instance of a clock. Moving a clock ends one row and begins another, so the row never lies about its past."""

    __tablename__ = "clock"
    __table_args__ = (
        Index(
            "ix_clock_untold",
            "complaint_id",
            postgresql_where=text("ended_at IS NULL AND told_at IS NULL"),
            sqlite_where=text("ended_at IS NULL AND told_at IS NULL"),
        ),
        Index("ix_clock_complaint_id", "complaint_id"),
        Index(  # how quickly intake works
            "ix_clock_intake",
            "ended_at",
            postgresql_where=text("state = 'received' AND ended_at IS NOT NULL"),
            sqlite_where=text("state = 'received' AND ended_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    stay_id: Mapped[int | None] = mapped_column(BigInteger)  # the stay's first instance, where this is a moved one
    state: Mapped[str] = mapped_column(String(24))
    owner: Mapped[str] = mapped_column(String(24))
    entered_at: Mapped[datetime]  # when the state was entered; the same for every instance of one stay
    due_at: Mapped[datetime]
    provisional: Mapped[bool]
    explanation: Mapped[dict[str, Any]]  # see workflow/deadlines.py
    told_at: Mapped[datetime | None]  # when every owner had been told, or had been tried on every known channel
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(32))  # trigger, or "moved:<why>"


class PrivateItem(Base):
    """One item of personal data or free text. Erasing sets value and salt to NULL; the log keeps only the hash."""

    __tablename__ = "private_item"
    __table_args__ = (Index("ix_private_item_complaint_id", "complaint_id", "kind"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    seq: Mapped[int]  # of the event it came with
    kind: Mapped[str] = mapped_column(String(32))  # name, phone, email, address, narrative, request, reason, ...
    written_by: Mapped[str] = mapped_column(String(16))  # role
    seen_by: Mapped[str] = mapped_column(String(16))  # contact | released | parties | centre | consumer
    salt: Mapped[str | None] = mapped_column(String(32))
    value: Mapped[str | None]
    erased_at: Mapped[datetime | None]


class Task(Base):
    """Something a person must do beside the state, with a clock of its own."""

    __tablename__ = "task"
    __table_args__ = (
        Index(
            "ix_task_open",
            "role",
            "due_at",
            postgresql_where=text("done_at IS NULL"),
            sqlite_where=text("done_at IS NULL"),
        ),
        Index(
            "ix_task_complaint_id",
            "complaint_id",
            postgresql_where=text("done_at IS NULL"),
            sqlite_where=text("done_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    clock_id: Mapped[int | None] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(24))  # reach_party | renew_link | decide_recusal | answer_evidence
    role: Mapped[str] = mapped_column(String(16))  # who does it
    party: Mapped[str | None] = mapped_column(String(16))  # whom it is about
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    result: Mapped[str | None] = mapped_column(
        String(24)
    )  # reached | not_reached | lapsed | granted | denied | given | void


class Evidence(Base):
    """A file that a side added, stored once by content hash outside the web root."""

    __tablename__ = "evidence"
    __table_args__ = (
        UniqueConstraint("complaint_id", "sha256", "role", "seq"),
        Index("ix_evidence_sha256", "sha256"),  # the same file in another case
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    seq: Mapped[int]
    role: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]  # bytes
    added_at: Mapped[datetime]


class LinkAsk(Base):
    """Somebody typed a telephone number to get a lost link again; gone as soon as a worker has looked for its cases."""

    __tablename__ = "link_ask"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), unique=True)  # keyed hash of the number
    asked_at: Mapped[datetime]


class LinkToken(Base):
    """A consumer's private link: only its hash is kept, so the database cannot open a case to its reader."""

    __tablename__ = "link_token"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class IdempotencyKey(Base):
    """What was answered to a write, by the key that its sender chose: the same request arriving twice is done once.

    Kept for a day. Neither the key nor the answer opens anything: the key is hashed, answers hold no personal data.
    """

    __tablename__ = "idempotency_key"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)  # of the caller and the key
    body_hash: Mapped[str] = mapped_column(String(64))  # of all that was asked for
    answer: Mapped[dict[str, Any]]
    made_at: Mapped[datetime] = mapped_column(index=True)  # real time


class AccessLog(Base):
    """Who read whose personal data: one row a case page, file or export."""

    __tablename__ = "access_log"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str] = mapped_column(String(16))
    what: Mapped[str] = mapped_column(String(80))
    read_at: Mapped[datetime]


__all__ = [
    "AccessLog",
    "ClockInstance",
    "Complaint",
    "Event",
    "Evidence",
    "IdempotencyKey",
    "LinkToken",
    "PrivateItem",
    "Task",
]
