"""The way in: take a case, then pull a trigger by its verb. Pages, API, importer and simulation call nothing below.

Every verb runs inside the caller's `db.transaction()` on a case that `take()` has locked, and ends in `fire()`. Facts
come parsed (see `schemas.py`); free text goes into `private`, never into the log. The verbs stand in `parties.py` and
`officers.py`, one for each thing that a person can do. They raise BadInput, NotAllowed, NotNow.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from complaints import logs
from complaints.errors import NotFound, StaleVersion
from complaints.models import Enterprise
from complaints.registry import enterprises
from complaints.workflow import expiry, filings, joint, officers, parties, rows, sight
from complaints.workflow.case import Actor, Case
from complaints.workflow.engine import fire
from complaints.workflow.filing import Filing


def take(session: Session, number: str, actor: Actor, at: datetime, version: int | None = None) -> Case:
    """Lock a case in order to act on it, after doing what is already due.

    Raises NotFound when there is no such case or it is not this actor's to know about, StaleVersion when `version`
    (what the actor last saw) is no longer the case's.
    """
    case = rows.load(session, number=number)
    if case is None or not sight.may_see(case, actor):
        raise NotFound(f"there is no case {number}")
    ready(session, case, at, version)
    return case


def ready(session: Session, case: Case, at: datetime, version: int | None = None) -> None:
    """Make a locked case ready to be acted on: the version seen is checked, and what is due is done first.

    Raises StaleVersion when `version` (what the actor last saw) is no longer the case's.
    """
    if version is not None and version != case.version:
        raise StaleVersion(f"case {case.number} has changed: you saw version {version}, it is now {case.version}")
    expiry.expire(session, case, at)
    expiry.keep_windows_open(session, case, at)


def perform(session: Session, case: Case, trigger: str, actor: Actor, at: datetime, facts: Mapping[str, Any]) -> Case:
    """Run the verb of a trigger with parsed facts. Raises NotFound for a trigger that nobody can pull."""
    verb = VERBS.get(trigger)
    if verb is None:
        raise NotFound(f"there is no action {trigger}")
    return verb(session, case, actor, at, **facts)


def file(
    session: Session,
    filing: Filing,
    actor: Actor,
    at: datetime,
    *,
    enterprise: Enterprise | None = None,
    key: str | None = None,
    **more: Any,
) -> Case:
    """File a complaint: it goes to the enterprise by the green channel, or to intake (lifecycle, `file`).

    `enterprise` is given by whoever knows it; otherwise the written name is looked up. `key` is the random key of one
    filing form: whoever sends it again gets the same case (`filings.filed_with`). `more` is recorded beside it.
    """
    found = enterprise or (enterprises.find(session, filing.enterprise) if filing.enterprise else None)
    case, private = filings.begin(session, filing, actor, at, found, key)
    logs.bind(case=case.number)
    return fire(
        session,
        case,
        "file",
        actor,
        at,
        private=private,
        complete=case.complete,
        flags=case.flags,
        enterprise_reachable=enterprises.reachable(session, case.enterprise_id),
        **more,
    )


VERBS = parties.VERBS | officers.VERBS | joint.VERBS

__all__ = ["VERBS", "file", "perform", "ready", "take"]
