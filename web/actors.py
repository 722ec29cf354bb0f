"""Who is at the page: a consumer by private link, an agent of an enterprise, an officer in each role held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_login import UserMixin

from complaints.models import Account
from complaints.workflow import lifecycle
from complaints.workflow.case import OFFICERS, Actor, Case, Move, Role
from complaints.workflow.policy import load

UNLISTED = ("do_task",)  # a task is done from its own line


@dataclass(frozen=True)
class Visitor(UserMixin):  # type: ignore[misc]  # flask-login has no types
    """Somebody who has logged in. The session holds `session_key` too, so that a new password ends it."""

    id: int
    name: str
    roles: tuple[str, ...]
    enterprise_id: int | None
    locale: str
    session_key: str

    def get_id(self) -> str:
        """What the session keeps."""
        return f"{self.id}:{self.session_key}"

    @property
    def officer(self) -> bool:
        """Whether this is somebody of the centre's desk."""
        return any(role in self.roles for role in OFFICERS)


def visitor(account: Account) -> Visitor:
    """The visitor of an account."""
    return Visitor(
        account.id, account.name, tuple(account.roles), account.enterprise_id, account.locale, account.session_key
    )


def consumer(complaint_id: int) -> list[Actor]:
    """The consumer of the case that a private link opens."""
    return [Actor(Role.CONSUMER, complaint_id=complaint_id)]


def agent(who: Visitor) -> list[Actor]:
    """An agent of an enterprise."""
    return [Actor(Role.ENTERPRISE, account_id=who.id, enterprise_id=who.enterprise_id)]


def officer(who: Visitor) -> list[Actor]:
    """An officer, once for each role held."""
    return [Actor(role, account_id=who.id) for role in OFFICERS if role.value in who.roles]


def actions(case: Case, actors: Sequence[Actor], at: datetime) -> list[str]:
    """What may be done now in any of the roles held, in the order of the table."""
    allowed = {trigger for actor in actors for trigger in _allowed(case, actor, at)}
    return [trigger for trigger in lifecycle.TRIGGERS if trigger in allowed and trigger not in UNLISTED]


def acting(case: Case, actors: Sequence[Actor], trigger: str, at: datetime) -> Actor:
    """In which of the roles held somebody pulls a trigger: the first that may; if none, the first, which is refused."""
    return next((actor for actor in actors if trigger in _allowed(case, actor, at)), actors[0])


def _allowed(case: Case, actor: Actor, at: datetime) -> list[str]:
    """A mediator acts in a case of their own, as the door sees it."""
    if actor.role is Role.MEDIATOR and case.mediator_id not in (None, actor.account_id):
        return []
    return lifecycle.actions(case, actor, Move(actor, at, {}, load(case.policy).counters))
