"""Adding files in the browser, and what has become of them."""

from io import BytesIO
from pathlib import Path

from sqlalchemy import select

from complaints import db
from complaints.config import settings
from complaints.models import AccessLog, Event, Evidence
from tests.web.browser import Browser, Page


def add(person: Browser, base: str, content: bytes, name: str) -> Page:
    """Add a file by the form of a case page."""
    return person.submit(f"{base}/do/evidence", file=(BytesIO(content), name))


def evidence() -> list[Evidence]:
    """What the database knows of."""
    with db.transaction() as session:
        return list(session.scalars(select(Evidence).order_by(Evidence.id)))


def reads() -> list[str]:
    """In which roles somebody has read another's file."""
    with db.transaction() as session:
        return list(session.scalars(select(AccessLog.role).where(AccessLog.what == "evidence").order_by(AccessLog.id)))


def triggers() -> list[str]:
    """The log of all cases."""
    with db.transaction() as session:
        return list(session.scalars(select(Event.trigger).order_by(Event.id)))


def on_disk() -> list[Path]:
    """The files in the data folder."""
    return [path for path in (settings().data_dir / "evidence").rglob("*") if path.is_file()]


def links(page: Page) -> list[str]:
    """Where a page offers files."""
    return [link for link in page.links() if "/evidence/" in link]
