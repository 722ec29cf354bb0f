"""Pledges: read by everybody, applied for by enterprises, decided by the association; certificates by their code."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Response
from marshmallow import ValidationError, fields
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.api import courses, describing, pledge_shapes
from complaints.api.cases import PageQuery, etag
from complaints.api.evidence import attached_file, to_save
from complaints.api.limits import ACTS, CODES, FILES
from complaints.api.operations import Call, Operation, Reply, Work, add, operation
from complaints.api.problems import PREFIX, Problem
from complaints.clock import local_date
from complaints.documents import certifying
from complaints.errors import NotAllowed, NotFound
from complaints.fields import Choice, Day, Flag, Text, Whole
from complaints.inputs import Input
from complaints.models import Campaign, Pledge, PledgeChange, PledgeVersion
from complaints.models.course import OnCourse
from complaints.registry import (
    campaigns,
    course,
    pledge_acts,
    pledge_changes,
    pledge_lists,
    pledge_proofs,
    pledge_versions,
    pledges,
    promises,
    signing,
)
from complaints.registry.accounts import ADMINISTRATOR
from complaints.registry.lifecycle import REVIEWERS, TABLES
from complaints.registry.pledge_acts import DECIDED, OWN, PROVEN, REASONED, WORDED, Attempt, Given
from complaints.registry.pledge_lists import Line
from complaints.registry.pledges import LONGEST_REASON, Wording
from complaints.words import say
from complaints.workflow import idempotency
from complaints.workflow.case import Role

ONE = f"/pledges/<int(max={db.MOST_ID}):pledge_id>"
OURS: dict[str, Any] = {"security": ("account",)}
TEXTS = {"lawfulness": "Our kettles meet GB 4706.1.", "warranty": "Two years of repair."}


class AnnouncedQuery(PageQuery):
    """Which pledges: of a year's campaign, of enterprises that are found by `q`."""

    year = Whole(campaigns.EARLIEST, campaigns.LATEST, load_default=None)
    q = Text(200, load_default="")


class OnQuery(Input):
    """On which day; today where none is given."""

    on = Day(past=True, load_default=None)


class QueueQuery(PageQuery):
    """Which list."""

    show = Choice(*pledge_lists.SHOWN, load_default="review")


class Texts(fields.Field[dict[str, str]]):
    """A text by kind of promise."""

    default_error_messages = {"required": "required", "null": "required"}  # noqa: RUF012  marshmallow's own form

    def __init__(self) -> None:
        told = {"type": "object", "additionalProperties": {"type": "string", "maxLength": promises.LONGEST}}
        super().__init__(required=True, metadata=told)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise ValidationError("not_an_object")
        if not all(isinstance(each, str) for each in value.values()):
            raise ValidationError("not_text")
        return dict(value)


class WordingSchema(Input):
    """What is promised: a text by kind, working days (fewer than usual) in which complaints are answered, consent."""

    promises = Texts()
    answer_days = Whole(1, 60, load_default=None)
    mediation_consent = Flag(load_default=False)


class PledgeReasonSchema(Input):
    """The reason, which the enterprise reads."""

    reason = Text(LONGEST_REASON, lines=True, required=True)


class PerhapsReasonSchema(Input):
    """A reason, if one is given."""

    reason = Text(LONGEST_REASON, lines=True, load_default="")


class PlainSchema(Input):
    """Nothing but the wish."""


@operation(
    "list_announced_pledges", "GET", "/pledges", "pledges", answer=pledge_shapes.AnnouncedPledges,
    query=AnnouncedQuery, everyone=True,
)  # fmt: skip
def list_announced(call: Call) -> Reply:
    """List the pledges announced in a year's campaign, the newest where none is named"""
    asked, at = call.query, clock.now()
    with db.reading() as session:
        year = asked["year"] or next(iter(pledge_lists.years(session)), 0)
        page = pledge_lists.announced(session, year, asked["q"], cursor=asked["cursor"] or None, limit=asked["limit"])
    return Reply({"items": [_announced(each, at) for each in page.lines], "next": page.next})


@operation(
    "get_enterprise_pledge", "GET", f"/enterprises/<int(max={db.MOST_ID}):enterprise_id>/pledge", "pledges",
    answer=pledge_shapes.PledgeHistory, query=OnQuery, everyone=True,
)  # fmt: skip
def enterprise_pledge(call: Call, enterprise_id: int) -> Reply:
    """Read what an enterprise promises, or promised on a day, and its pledges over the years"""
    at = clock.now()
    day: date = call.query["on"] or local_date(at)
    with db.reading() as session:
        history = pledge_lists.history(session, enterprise_id)
        if day == local_date(at):
            stood = pledge_versions.promised_at(session, enterprise_id, at)
        else:
            stood = pledge_versions.promised_on(session, enterprise_id, day)
    if not history:
        raise NotFound(f"enterprise {enterprise_id} has announced no pledge")
    line = next((each for each in history if stood and each.pledge.id == stood.pledge.id), None)
    return Reply({
        "on": day, "pledge": _announced(line, at) if line else None, "promised": stood.version if stood else None,
        "history": [_announced(each, at) for each in history],
    })  # fmt: skip


@operation(
    "list_pledges", "GET", "/pledges/all", "pledges", answer=pledge_shapes.Pledges, query=QueueQuery,
    refuses=(403,), says=OURS,
)  # fmt: skip
def list_pledges(call: Call) -> Reply:
    """List pledges: your enterprise's own, or the association's list `show`"""
    asked = call.query
    with db.reading() as session:
        if call.caller.holds(*REVIEWERS):
            cursor = asked["cursor"] or None
            page = pledge_lists.queue(session, asked["show"], cursor=cursor, limit=asked["limit"])
            lines, more = page.lines, page.next
        elif call.caller.enterprise_id is not None:
            lines, more = pledge_lists.of_enterprise(session, call.caller.enterprise_id), None
        else:
            raise Problem("not_for_role")
        return Reply({"items": [_standing(call, each.pledge, each.year, each.change) for each in lines], "next": more})


@operation("get_pledge", "GET", ONE, "pledges", answer=pledge_shapes.WholePledge, says=OURS)
def get_pledge(call: Call, pledge_id: int) -> Reply:
    """Read a pledge of your enterprise, or any of them for the association"""
    with db.reading() as session:
        told = _whole(session, call, _seen(session, call, pledge_id))
    return Reply(told, etag(told["version"]))


@operation(
    "get_pledge_proof", "GET", f"{ONE}/proofs/<int(max={db.MOST_ID}):proof_id>", "pledges", limit=FILES,
    says=OURS | to_save("The file"),
)  # fmt: skip
def get_pledge_proof(call: Call, pledge_id: int, proof_id: int) -> Response:
    """Fetch a file that was given as proof

    Always as an attachment; for the pledge's enterprise and the association.
    """
    with db.reading() as session:
        found, content = pledge_proofs.read(session, _seen(session, call, pledge_id), proof_id)
    return attached_file(found.filename, content)


@operation(
    "list_campaigns", "GET", "/campaigns", "pledges", answer=pledge_shapes.Campaigns, refuses=(403,), says=OURS,
)  # fmt: skip
def list_campaigns(call: Call) -> Reply:
    """List the yearly campaigns: their days, what they offer, and whether enterprises can apply today

    For enterprises, and for the association.
    """
    if not call.caller.holds(Role.ENTERPRISE, *REVIEWERS) and ADMINISTRATOR not in call.caller.roles:
        raise Problem("not_for_role")
    today = local_date(clock.now())
    names = ("year", *campaigns.DAYS)
    with db.reading() as session:
        found = [
            {name: getattr(each, name) for name in names}
            | {"open": each.opens_on <= today <= each.closes_on, "promises": each.template}
            for each in campaigns.listed(session)
        ]
    return Reply({"items": found})


@operation(
    "begin_pledge", "POST", f"/campaigns/<int(max={campaigns.LATEST}):year>/pledges", "pledges",
    answer=pledge_shapes.WholePledge, status=201, keyed=True, refuses=(403, 409, 422), limit=ACTS,
    says=OURS | {"headers": {"Location": describing.LOCATION}},
)  # fmt: skip
def begin_pledge(call: Call, year: int) -> Reply:
    """Begin an application to a year's campaign, in the words of your last pledge"""
    firm, at = call.caller.enterprise_id, clock.now()
    actor = next((each for each in call.caller.actors if each.role is Role.ENTERPRISE), None)
    if firm is None or actor is None or not actor.leads:
        raise Problem("not_for_role")

    def do() -> idempotency.Answer:
        return {"id": pledges.begin(session, firm, campaigns.of_year(session, year).id, actor, at).id}

    with db.transaction() as session:
        done, replayed = idempotency.once(session, call.caller.scope, call.key, ["begin_pledge", year], do)
        told = _whole(session, call, pledges.look(session, done["id"], call.caller.actors))
    again = {"Idempotency-Replayed": "true"} if replayed else {}
    return Reply(told, etag(told["version"]) | {"Location": f"{PREFIX}/pledges/{told['id']}"} | again)


@operation(
    "check_certificate", "GET", "/certificates/<string:code>", "pledges", answer=pledge_shapes.CertificateChecked,
    everyone=True, limit=CODES,
)  # fmt: skip
def check_certificate(call: Call, code: str) -> Reply:
    """Check a certificate by its code: whether its pledge stands, its signature, and the key"""
    with db.reading() as session:
        found = certifying.check(session, code, clock.now())
    if found is None:
        raise NotFound("no certificate has this code")
    each = found.certificate
    return Reply({
        "code": each.code, "number": found.pledge.number, "edition": each.edition, "language": each.language,
        "enterprise": found.enterprise, "state": found.state, "newer": found.newer, "issued_at": each.issued_at,
        "sha256": each.sha256, "signature": each.signature, "key": signing.public_pem(each.key_id).decode(),
    })  # fmt: skip


def _act(call: Call, pledge_id: int, trigger: str) -> Reply:
    """Pull a trigger, as the pages do."""
    facts = call.parsed(BODIES[trigger]())
    words = Wording(facts["promises"], facts["answer_days"], facts["mediation_consent"]) if trigger in WORDED else None
    given = Given(words, call.files, facts.get("reason", ""))
    actors = call.caller.actors

    def look(session: Session) -> OnCourse:
        return _seen(session, call, pledge_id)

    attempt = Attempt(
        pledge_id, trigger, actors, courses.version(call.version, look, actors), call.caller.scope, call.key
    )
    with courses.honest(look, actors), db.transaction() as session:
        try:
            pledge = pledge_acts.act(session, attempt, given, clock.now())
        except NotAllowed:
            roles = {role for each in TABLES["pledge"] if each.trigger == trigger for role in each.by}
            if not any(each.role in roles and each.leads for each in actors):
                raise Problem("not_for_role") from None
            raise
        told = _whole(session, call, pledge)
    return Reply(told, etag(told["version"]))


def _seen(session: Session, call: Call, pledge_id: int) -> Pledge:
    return pledges.look(session, pledge_id, call.caller.actors)


def _standing(call: Call, pledge: Pledge, year: int, change: PledgeChange | None) -> dict[str, Any]:
    at = clock.now()
    able = [name for actor in call.caller.actors for name in course.actions(pledge, actor, at) if name in BODIES]
    return {
        "id": pledge.id, "enterprise_id": pledge.enterprise_id, "year": year, "number": pledge.number,
        "state": pledge.state, "version": pledge.seq, "due_at": pledge.due_at, "changing": pledge.changing,
        "change_due_at": change.due_at if change is not None else None, "actions": list(dict.fromkeys(able)),
    }  # fmt: skip


def _whole(session: Session, call: Call, pledge: Pledge) -> dict[str, Any]:
    versions: list[PledgeVersion] = list(pledge_versions.all_of(session, pledge))
    year = session.get_one(Campaign, pledge.campaign_id).year
    proofs = [
        {"id": each.id, "name": each.filename, "media_type": each.media_type, "size": each.size}
        for each in pledge_proofs.of(session, pledge)
    ]
    change, log = pledge_changes.waiting(session, pledge), courses.log(session, pledge, call.caller.actors)
    return _standing(call, pledge, year, change) | {"versions": versions, "proofs": proofs, "log": log}


def _announced(line: Line, at: Any) -> dict[str, Any]:
    pledge = line.pledge
    return {
        "number": pledge.number, "year": line.year, "enterprise_id": pledge.enterprise_id,
        "enterprise": line.enterprise, "standing": pledges.standing_word(pledge, at),
        "valid_from": pledge.valid_from, "valid_until": pledge.valid_until,
    }  # fmt: skip


BODIES: Mapping[str, type[Input]] = {
    **dict.fromkeys(WORDED, WordingSchema),
    **dict.fromkeys(REASONED, PledgeReasonSchema),
    "withdraw": PerhapsReasonSchema,
    "approve": PlainSchema,
    "publish": PlainSchema,
    "accept_change": PlainSchema,
    "withdraw_change": PlainSchema,
}
_WORDED_EXAMPLE = {"promises": TEXTS, "answer_days": 5, "mediation_consent": True}


def _work(trigger: str) -> Work:
    def work(call: Call, pledge_id: int) -> Reply:
        return _act(call, pledge_id, trigger)

    who = sorted({role.value for each in TABLES["pledge"] if each.trigger == trigger for role in each.by} - {"clock"})
    work.__doc__ = f"{say('en', f'course.trigger.pledge.{trigger}')}\n\nOf a pledge. For: {', '.join(who)}."
    return work


for _trigger in (*OWN, *DECIDED):
    _example = _WORDED_EXAMPLE if _trigger in WORDED else {"reason": "The test report is missing."}
    add(
        Operation(
            name=f"{_trigger}_pledge", method="POST", path=f"{ONE}/actions/{_trigger}", tag="pledges",
            answer=pledge_shapes.WholePledge, body=BODIES[_trigger], keyed=True,
            version="required", refuses=(403, 409), limit=ACTS, files=_trigger in PROVEN,
            says=OURS | {"example": None if BODIES[_trigger] is PlainSchema else _example,
                         "headers": {"ETag": describing.ETAG}},
        ),
        _work(_trigger),
    )  # fmt: skip
