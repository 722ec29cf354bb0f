"""For the administrator: how the installation is, who logs in, which calendars there are. Read only for now."""

from flask import Blueprint, render_template
from sqlalchemy import select

from complaints import calendars, db, doctor
from complaints.config import settings
from complaints.models import Account, Enterprise
from complaints.registry.accounts import ADMINISTRATOR
from complaints.workflow import policy
from web.sessions import only_for

pages = Blueprint("admin", __name__, url_prefix="/admin")
administrators = only_for(ADMINISTRATOR)


@pages.get("")
@administrators
def status() -> str:
    """What `complaints doctor` says."""
    return render_template("status.html", checks=doctor.examine(settings()))


@pages.get("/users")
@administrators
def users() -> str:
    """Everybody who can log in."""
    query = select(Account, Enterprise.name).outerjoin(Enterprise, Enterprise.id == Account.enterprise_id)
    with db.reading() as session:
        people = session.execute(query.order_by(Account.login)).all()
    return render_template("users.html", people=people)


@pages.get("/calendars")
@administrators
def years() -> str:
    """The working-day calendar in force for each year, and the policies."""
    with db.reading() as session:
        listed = calendars.summaries(session)
    return render_template("calendars.html", years=list(reversed(listed)), policies=policy.versions())
