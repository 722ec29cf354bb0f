"""What runs beside the cases on a small course (see registry/lifecycle.py), its one log, and errands to tell of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from complaints.db import Base, BigKey


class OnCourse:
    """The columns of everything that `registry/course.py` moves. One state, one owner, one clock."""

    __tablename__: str
    course: str  # the name of its table in registry/lifecycle.py
    pages: str  # where it is shown, below /portal and /desk

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    state: Mapped[str] = mapped_column(String(24), default="new")
    since: Mapped[datetime]  # when it entered this state
    due_at: Mapped[datetime | None]  # when its clock runs out
    deadline: Mapped[dict[str, Any]] = mapped_column(default=dict)  # the clock explained; see workflow/deadlines.py
    counters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seq: Mapped[int] = mapped_column(default=0)  # of the last entry of its log; also its version
    policy: Mapped[str] = mapped_column(String(40))  # the version that it was begun under
    opening: Mapped[int | None] = mapped_column(
        BigInteger
    )  # the letter that opened its enterprise's running or last clock; None: it began that itself

    @declared_attr
    def enterprise_id(cls) -> Mapped[int]:  # noqa: N805 (a class, as SQLAlchemy calls it)
        """Whose it is."""
        return mapped_column(ForeignKey("enterprise.id"), index=True)

    @property
    def place(self) -> str:
        """The page that letters about it lead to."""
        return f"{self.pages}/{self.id}"

    @property
    def hidden(self) -> bool:
        """Whether its enterprise must not know of it."""
        return False

    @classmethod
    def shown(cls) -> tuple[ColumnElement[bool], ...]:
        """Which of an enterprise's are shown to it: all, unless a kind says otherwise."""
        return ()

    def spent(self, counter: str) -> int:
        """How often a counter was used."""
        return int(self.counters.get(counter, 0))


class CourseEvent(Base):
    """One entry of the log of a course. The database refuses to change or to remove it (migration 0013)."""

    __tablename__ = "course_event"
    __table_args__ = (UniqueConstraint("course", "subject_id", "seq"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    course: Mapped[str] = mapped_column(String(12))  # a name of registry/lifecycle.py
    subject_id: Mapped[int] = mapped_column(BigKey)
    seq: Mapped[int]
    trigger: Mapped[str] = mapped_column(String(24))
    from_state: Mapped[str] = mapped_column(String(24))
    to_state: Mapped[str] = mapped_column(String(24))
    role: Mapped[str] = mapped_column(String(12))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    facts: Mapped[dict[str, Any]]  # reason and what else was said; nothing of a consumer
    occurred_at: Mapped[datetime]  # a clock found late is dated at the instant it ran out
    recorded_at: Mapped[datetime]


class Errand(OnCourse, Base):
    """Somebody of the centre tells an enterprise, by phone or post, what no letter told it."""

    __tablename__ = "errand"
    __table_args__ = (
        Index("ix_errand_due_at", "due_at"),
        Index("ix_errand_about", "about", "about_id"),
        UniqueConstraint("notice_id"),
    )
    course = "errand"
    pages = "errands"

    about: Mapped[str] = mapped_column(String(12))  # the course whose clock waits for it
    about_id: Mapped[int] = mapped_column(BigInteger)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))  # the letter that did not arrive

    @property
    def hidden(self) -> bool:
        """It is the centre's alone."""
        return True
