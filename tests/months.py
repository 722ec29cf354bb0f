"""Months of the record in tests: taken, with their letters on their way to nobody, and published."""

from datetime import datetime

from sqlalchemy import update

from complaints import db
from complaints.insight import record_letters, record_taking
from complaints.models import Notice


def work(at: datetime) -> int:
    """What a worker does at an instant; the letters of a month that was taken have left at once."""
    done = record_taking.work(lambda: at)
    letters_left()
    return done


def letters_left() -> None:
    """Who may object to a month that was taken has been told, in the moment of the taking."""
    letters = update(Notice).where(Notice.letter == record_letters.LETTER, Notice.status == "waiting")
    with db.transaction() as session:
        session.execute(letters.values(status="sent", sent_at=Notice.made_at, settled_at=Notice.made_at))
