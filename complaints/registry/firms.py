"""Enterprises as an administrator keeps them: their facts, standing and names; and two that are one, merged.

Everything works in the caller's transaction and stands in the trail; raises BadInput, naming the field. Open cases
keep the standing that was pinned at their filing; of an enterprise with pledges these alone say it. Instants are aware
UTC, days those of Shanghai.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stdnum.cn import uscc

from complaints.clock import at_local, end_of_day, local_date
from complaints.errors import BadInput, NotFound
from complaints.models import Enterprise, EnterpriseMerge, EnterpriseName, Pledge
from complaints.registry import enterprises, former_addresses, trail

KINDS = ("brand", "former", "alias")
MOST_NAMES = 200
STANDING = ("participant", "pledge_from", "pledge_until", "promised_answer_days")
UNTOLD = ("email", "phone", "address")  # may be a person's: of them the trail says only that they were changed


def get(session: Session, enterprise_id: int) -> Enterprise:
    """One enterprise, locked. Raises NotFound."""
    found = session.get(Enterprise, enterprise_id, with_for_update=True)
    if found is None:
        raise NotFound(f"there is no enterprise {enterprise_id}")
    return found


def survivor(session: Session, enterprise_id: int) -> int | None:
    """Into which enterprise this one was merged."""
    return session.scalar(select(EnterpriseMerge.into_id).where(EnterpriseMerge.old_id == enterprise_id))


def pledged(session: Session, enterprise_id: int) -> bool:
    """Whether it has a pledge of a campaign, in whatever state: then its standing is written from there alone."""
    return session.scalar(select(Pledge.id).where(Pledge.enterprise_id == enterprise_id).limit(1)) is not None


def leave_standing(session: Session, enterprise_id: int, fields: Iterable[str]) -> None:
    """Raises BadInput naming those of `fields` that are the standing of an enterprise with pledges."""
    given = [name for name in STANDING if name in fields]
    if given and pledged(session, enterprise_id):
        raise BadInput("its pledges say its standing", {name: ["said_by_pledges"] for name in given})


def change(session: Session, firm: Enterprise, values: Mapping[str, Any], by: int | None, at: datetime) -> list[str]:
    """Write of `values` what differs; returns the fields changed. A new name leaves the old one behind as a former one.

    What is not in `values` stays, to the instant. Raises BadInput for the standing of an enterprise with pledges.
    """
    leave_standing(session, firm.id, values)
    wanted = _stored(firm, values)
    before = {name: getattr(firm, name) for name in wanted}
    changed = [name for name in wanted if wanted[name] != before[name]]
    if not changed:
        return []
    try:
        with session.begin_nested():
            for name in changed:
                setattr(firm, name, wanted[name])
            session.flush()
    except IntegrityError:
        session.refresh(firm)
        raise _taken(session, firm, wanted) from None
    if "email" in changed:
        former_addresses.tell(session, firm, before["email"], at)
    if "name" in changed:
        _renamed(session, firm, before["name"])
    told = [{name: _plain(name, of[name]) for name in changed} for of in (before, wanted)]
    trail.record(session, by, "enterprise.changed", trail.ENTERPRISE, firm.id, at, *told)
    return changed


def _stored(firm: Enterprise, values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of what was typed."""
    stored = dict(values)
    if "name" in stored:
        stored["name"] = " ".join(str(stored["name"]).split())
        if not enterprises.fold(stored["name"]):
            raise BadInput("not a name for an enterprise", {"name": ["required"]})
    if "credit_code" in stored:
        code = uscc.compact(unicodedata.normalize("NFKC", stored["credit_code"] or "")).upper()
        if code and not uscc.is_valid(code):
            raise BadInput("the check digit of the credit code is wrong", {"credit_code": ["wrong_check_digit"]})
        stored["credit_code"] = code or None
    if "email" in stored:
        stored["email"] = stored["email"] or None
    return _term(firm, stored) if set(STANDING) & set(stored) else stored


def _term(firm: Enterprise, stored: dict[str, Any]) -> dict[str, Any]:
    """With instants for the days of its pledge, each held against what stands of the others."""
    whole = _as_days(firm) | stored
    begun, ends = whole["pledge_from"], whole["pledge_until"]
    if begun and ends and ends < begun:
        raise BadInput("the pledge ends before it begins", {"pledge_until": [f"too_early:{begun}"]})
    if whole["participant"] and not begun:
        raise BadInput("a participant has a pledge", {"pledge_from": ["required"]})
    instants = {"pledge_from": _first(begun), "pledge_until": end_of_day(ends) if ends else None}
    return stored | {name: value for name, value in instants.items() if name in stored}


def _as_days(firm: Enterprise) -> dict[str, Any]:
    begun, ends = firm.pledge_from, firm.pledge_until
    last = local_date(ends - timedelta(microseconds=1)) if ends else None
    return {"participant": firm.participant, "pledge_from": begun and local_date(begun), "pledge_until": last}


def _first(day: date | None) -> datetime | None:
    return at_local(day, 0) if day else None


def _plain(name: str, value: Any) -> Any:
    """As the trail may hold it."""
    if name in UNTOLD:
        return trail.UNTOLD
    return value.isoformat() if isinstance(value, datetime) else value


def _taken(session: Session, firm: Enterprise, wanted: Mapping[str, Any]) -> BadInput:
    """Which of the two that are unique belongs to somebody else."""
    same = select(Enterprise.id).where(Enterprise.name == wanted.get("name", firm.name), Enterprise.id != firm.id)
    field = "name" if session.scalar(same) else "credit_code"
    return BadInput(f"another enterprise has this {field}", {field: ["taken"]})


def _renamed(session: Session, firm: Enterprise, old: str) -> None:
    session.execute(
        delete(EnterpriseName).where(EnterpriseName.enterprise_id == firm.id, EnterpriseName.kind == "name")
    )
    enterprises.add_name(session, firm, "name", firm.name)
    if not _known(session, firm, old):
        enterprises.add_name(session, firm, "former", old)


def _known(session: Session, firm: Enterprise, name: str) -> bool:
    same = (EnterpriseName.enterprise_id == firm.id, EnterpriseName.name == name)
    return session.scalar(select(EnterpriseName.id).where(*same)) is not None


def add_name(session: Session, firm: Enterprise, kind: str, name: str, by: int | None, at: datetime) -> None:
    """Let it be found by one more name: a brand, a former name, an alias."""
    name = " ".join(name.split())
    if not enterprises.fold(name):
        raise BadInput("a name that says nothing", {"other_name": ["required"]})
    if _known(session, firm, name):
        raise BadInput("it has this name already", {"other_name": ["taken"]})
    enterprises.add_name(session, firm, kind, name)
    trail.record(session, by, "enterprise.named", trail.ENTERPRISE, firm.id, at, {}, {"kind": kind, "name": name})


def drop_name(session: Session, firm: Enterprise, name_id: int, by: int | None, at: datetime) -> None:
    """It is found by this name no more; its own name stays."""
    row = session.get(EnterpriseName, name_id)
    if row is None or row.enterprise_id != firm.id or row.kind == "name":
        return
    told = {"kind": row.kind, "name": row.name}
    session.delete(row)
    trail.record(session, by, "enterprise.unnamed", trail.ENTERPRISE, firm.id, at, told, {})


def names(session: Session, firm: Enterprise) -> list[EnterpriseName]:
    """Every name it is found by, its own first."""
    query = select(EnterpriseName).where(EnterpriseName.enterprise_id == firm.id)
    found = session.scalars(query.order_by(EnterpriseName.id).limit(MOST_NAMES))
    return sorted(found, key=lambda each: each.kind != "name")
