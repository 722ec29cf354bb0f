"""Filing: by a consumer, by an intake partner for one, or by an intake officer. A retry never makes a second case."""

from typing import Any

from flask import request
from marshmallow import post_load
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints import clock, db, logs
from complaints.api import bodies, describing, shapes
from complaints.api.acting import REPLAYED
from complaints.api.auth import NOBODY, Caller
from complaints.api.cases import CASE, etag
from complaints.api.limits import ACTS, FILING, count_mailbox
from complaints.api.operations import Call, Reply, operation
from complaints.api.problems import PREFIX, Problem
from complaints.config import settings
from complaints.fields import Flag
from complaints.insight import narratives
from complaints.models import Complaint
from complaints.registry import links
from complaints.schemas import FilingSchema
from complaints.workflow import actions, attempts, callers, filings, idempotency, rows, sight
from complaints.workflow.case import Actor, Role
from complaints.workflow.filing import Filing

EXAMPLE = {
    "enterprise": "Hongyun Kettles",
    "product": "kettle",
    "amount": "129.00",
    "bought_on": "2026-06-20",
    "narrative": "The kettle burst on its second day.",
    "request": "A refund of 129 yuan.",
    "name": "Wang Mei",
    "phone": "13812345678",
    "email": "mei@example.org",
    "address": "1 Daxue Road, Shanghai",
    "consumer_consents": True,
    "share_consent": True,
    "contact_consent": False,
    "publish_story": False,
    "locale": "en",
}


class ConsumerFilingSchema(FilingSchema):
    """What a consumer files."""

    class Meta:
        exclude = ("mandate",)


class PartnerFilingSchema(ConsumerFilingSchema):
    """What an intake partner brings for a consumer: with the consumer's authority, or not at all (PIPL 13, 29)."""

    consumer_authorised = Flag(yes=True, required=True)

    @post_load
    def make(self, data: dict[str, Any], **options: Any) -> Filing:
        """The filing itself; the authority is recorded in the log."""
        data.pop("consumer_authorised")
        filing: Filing = super().make(data, **options)
        return filing


class OfficerFilingSchema(FilingSchema):
    """What an intake officer takes down for somebody who phoned, wrote or came; what is missing is asked for later."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, officer=True, **options)


@operation(
    "file_complaint",
    "POST",
    "/complaints",
    "filing",
    answer=shapes.Filed,
    status=201,
    body=(ConsumerFilingSchema, PartnerFilingSchema, OfficerFilingSchema),
    everyone=True,
    keyed=True,
    refuses=(403,),
    limit=FILING,
    says={"example": EXAMPLE, "headers": {"ETag": describing.ETAG, "Location": describing.LOCATION}},
)
def file_complaint(call: Call) -> Reply:
    """File a complaint

    Without a token: as the consumer, who is shown the private `link` in this answer. As an intake partner: for a
    consumer, with `consumer_authorised`; the link goes to the consumer by mail. As an intake officer: whatever is
    known so far, also a delegated `mandate`. The same `Idempotency-Key` with the same body never makes a second case.
    """
    actor, schema = _how(call.caller)
    filing: Filing = bodies.read(schema, _in_language(call, actor))
    with db.transaction() as session:
        answer, replayed = _file(session, call, actor, filing)
        link = _shown(links.first(session, _id(session, answer))) if actor.role is Role.CONSUMER else None
    logs.bind(case=answer["number"])
    where = {"Location": f"{PREFIX}/complaints/{answer['number']}"}
    return Reply(answer | {"link": link}, etag(answer["version"]) | where | (REPLAYED if replayed else {}))


def _how(caller: Caller) -> tuple[Actor, FilingSchema]:
    """In which role somebody files, and what must be given then. A consumer speaks the language of the request."""
    for actor in caller.actors:
        if actor.role is Role.PARTNER:
            return actor, PartnerFilingSchema()
        if actor.role is Role.INTAKE:
            return actor, OfficerFilingSchema()
    if caller.account_id is not None:
        raise Problem("not_for_role")
    return Actor(Role.CONSUMER), ConsumerFilingSchema()


def _in_language(call: Call, actor: Actor) -> Any:
    """What was sent; letters to a consumer who does not choose go out in the language of the request."""
    asked = actor.role is Role.CONSUMER and "Accept-Language" in request.headers
    unsaid = isinstance(call.body, dict) and call.body.get("locale") is None
    return call.body | {"locale": call.locale} if asked and unsaid else call.body


def _file(session: Session, call: Call, actor: Actor, filing: Filing) -> tuple[dict[str, Any], bool]:
    """File it, or find what this key filed before. The key of the case outlives the kept answer."""
    at, scope = clock.now(), call.caller.scope if call.caller.account_id is not None else NOBODY.scope
    lasting = db.to_json([scope, call.key, call.body])

    def do() -> dict[str, Any]:
        known = filings.filed_with(session, lasting)
        authorised: dict[str, Any] = {"consumer_authorised": True} if actor.role is Role.PARTNER else {}
        if known is None:
            if actor.role is Role.CONSUMER:
                count_mailbox(filing.email)
            filed = actions.file(session, filing, actor, at, key=lasting, **authorised)
            narratives.chosen(session, filing, filed, at)
            known = filed.id
        case = rows.load(session, complaint_id=known, lock=False)
        assert case is not None, "a case that was filed is there"
        return attempts.standing(case, _readers(call.caller, case.id), at)

    return idempotency.once(session, scope, call.key, ["file", call.body], do)


def _readers(caller: Caller, case_id: int) -> list[Actor]:
    """For whom the answer says what may be done: whoever filed, or the consumer of the new case."""
    return list(caller.actors) if caller.account_id is not None else callers.consumer(case_id)


def _id(session: Session, answer: dict[str, Any]) -> int:
    return session.scalars(select(Complaint.id).where(Complaint.number == answer["number"])).one()


def _shown(token: str | None) -> dict[str, str] | None:
    """A private link as it is shown. It is never kept in the clear, so it is derived anew each time."""
    return {"url": f"{settings().base_url}/c/{token}", "token": token} if token else None


@operation(
    "renew_link",
    "POST",
    f"{CASE}/link",
    "links",
    answer=shapes.Renewed,
    status=201,
    keyed=True,
    refuses=(403, 409),
    revoked=True,
    limit=ACTS,
)
def renew_link(call: Call, number: str) -> Reply:
    """Revoke every link of a case and make a new one

    For the consumer, who is shown it here, and for intake and supervisors, to whom it is not shown: it goes by mail
    to the contact given at filing (409 where no address was given). The link that the request came with no longer
    opens anything afterwards.
    """
    mine = call.caller.holds(Role.CONSUMER)
    with db.transaction() as session:
        at = clock.now()
        case = attempts.lock(session, number, call.caller.actors)
        if not mine and not call.caller.holds(Role.INTAKE, Role.SUPERVISOR):
            raise Problem("not_for_role")

        def do() -> dict[str, Any]:
            if call.caller.revoked:
                raise Problem("not_authenticated")
            if mine:
                return {"link": links.fingerprint(links.rotate(session, case.id, at))}
            if not links.rotate_by_mail(session, case.id, at):
                raise Problem("no_address", current=attempts.standing(case, call.caller.actors, at))
            sight.record(session, case, call.caller.actors[0], at, "new link")
            return {"link": None}

        done, replayed = idempotency.answer(session, call.caller.scope, call.key, ["link", number], do)
        newest = links.current(session, case.id) if mine else None
        same = newest is not None and links.fingerprint(newest) == done["link"]  # else it was made anew since
    return Reply({"link": _shown(newest) if same else None}, REPLAYED if replayed else {})
