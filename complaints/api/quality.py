"""Quality signals, measures and benchmark enterprises: for the enterprise that they are about, and the supervisor."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.api import courses
from complaints.api import quality_shapes as shapes
from complaints.api.acting import REPLAYED
from complaints.api.cases import PageQuery, etag
from complaints.api.describing import Query
from complaints.api.limits import ACTS
from complaints.api.operations import Call, Reply, operation
from complaints.api.problems import Problem
from complaints.fields import Choice, Flag, Text, Whole
from complaints.inputs import Input
from complaints.insight import tracking
from complaints.models import Measure, QualitySignal
from complaints.registry import benchmarks, course_lists, measures, quality, saying
from complaints.workflow import idempotency
from complaints.workflow.case import Actor, Role

SIGNAL = f"/signals/<int(max={db.MOST_ID}):signal_id>"
MEASURE = f"/measures/<int(max={db.MOST_ID}):measure_id>"
OURS: dict[str, Any] = {"security": ("account",)}


class EndedQuery(PageQuery):
    """Open ones, or those that have ended."""

    ended = Flag(load_default=False)


class YearQuery(Query):
    """Of which year; without one, of this."""

    year = Whole(benchmarks.FIRST_YEAR, benchmarks.LAST_YEAR, load_default=None, allow_none=False)


class SignalActionSchema(Input):
    """What is done with a signal: an answer says what the enterprise does, everything gives a reason."""

    trigger = Choice(*quality.VERBS, required=True)
    reason = Text(saying.LONGEST, lines=True, required=True)
    action = Choice(*quality.ACTIONS, load_default="none")


class MeasureActionSchema(Input):
    """What is done with a measure, and why."""

    trigger = Choice(*measures.TEXTS, required=True)
    reason = Text(saying.LONGEST, lines=True, required=True)


class ProposalSchema(Input):
    """A warning, or a proposal, by a supervisor."""

    enterprise_id = Whole(1, db.MOST_ID, required=True)
    kind = Choice(*measures.KINDS, required=True)
    reason = Text(saying.LONGEST, lines=True, required=True)


class DesignationSchema(Input):
    """Which enterprise, for which year."""

    enterprise_id = Whole(1, db.MOST_ID, required=True)
    year = Whole(benchmarks.FIRST_YEAR, benchmarks.LAST_YEAR, required=True)


@operation("list_signals", "GET", "/signals", "quality", answer=shapes.Signals, query=EndedQuery, refuses=(403,),
           says=OURS)  # fmt: skip
def list_signals(call: Call) -> Reply:
    """List quality signals: an enterprise its own, a supervisor all"""
    return _listed(call, QualitySignal, partial(_signal_line, actors=_actors(call)))


@operation("get_signal", "GET", SIGNAL, "quality", answer=shapes.Signal, refuses=(403,), says=OURS)
def get_signal(call: Call, signal_id: int) -> Reply:
    """Read a quality signal with its evidence and log"""
    actors = _actors(call)
    with db.reading() as session:
        signal = quality.look(session, signal_id, actors)
        seen = quality.evidence(signal, actors)
        told = _signal_line(signal, actors) | courses.beside(session, signal, actors) | {
            "findings": seen["findings"], "complaints": len(seen["cases"]), "danger_words": list(seen["words"]),
        }  # fmt: skip
    return Reply(told, etag(signal.seq))


@operation("act_on_signal", "POST", f"{SIGNAL}/actions", "quality", answer=shapes.CourseStanding,
           body=SignalActionSchema, keyed=True, version="required", refuses=(403, 409), limit=ACTS,
           says=OURS | {"example": {"trigger": "answer", "reason": "A new glue.", "action": "recall"}})  # fmt: skip
def act_on_signal(call: Call, signal_id: int) -> Reply:
    """Answer a signal, or judge the answer"""
    given = dict(call.parsed(SignalActionSchema()))
    if given["trigger"] != "answer":
        given.pop("action")
    return courses.acted(call, quality.act, quality.look, signal_id, _actors(call), given)


@operation("list_measures", "GET", "/measures", "quality", answer=shapes.Measures, query=EndedQuery, refuses=(403,),
           says=OURS)  # fmt: skip
def list_measures(call: Call) -> Reply:
    """List measures: an enterprise its own, a supervisor all"""
    return _listed(call, Measure, _measure_line)


@operation("get_measure", "GET", MEASURE, "quality", answer=shapes.Measure, refuses=(403,), says=OURS)
def get_measure(call: Call, measure_id: int) -> Reply:
    """Read a measure with its log"""
    actors = _actors(call)
    with db.reading() as session:
        measure = measures.look(session, measure_id, actors)
        told = _measure_line(measure) | courses.beside(session, measure, actors) | {
            "signal_id": measure.cause.get("signal"), "complaints": len(measure.cause.get("cases", [])),
        }  # fmt: skip
    return Reply(told, etag(measure.seq))


@operation("act_on_measure", "POST", f"{MEASURE}/actions", "quality", answer=shapes.CourseStanding,
           body=MeasureActionSchema, keyed=True, version="required", refuses=(403, 409), limit=ACTS,
           says=OURS | {"example": {"trigger": "reply", "reason": "Our workshop was flooded."}})  # fmt: skip
def act_on_measure(call: Call, measure_id: int) -> Reply:
    """Reply, object, impose, drop, uphold or lift"""
    given = call.parsed(MeasureActionSchema())
    return courses.acted(call, measures.act, measures.look, measure_id, _actors(call), given)


@operation("propose_measure", "POST", "/measures", "quality", answer=shapes.CourseStanding, status=201,
           body=ProposalSchema, keyed=True, refuses=(403, 404, 409), limit=ACTS,
           says=OURS | {"example": {"enterprise_id": 1, "kind": "warning", "reason": "Answers missed."}})  # fmt: skip
def propose_measure(call: Call) -> Reply:
    """Warn an enterprise, or propose a measure on which you decide after hearing it"""
    given = call.parsed(ProposalSchema())
    actor = next((each for each in _actors(call) if each.role is Role.SUPERVISOR), None)
    if actor is None:
        raise Problem("not_for_role")
    key = idempotency.digest([call.caller.scope, call.key])[:40]

    def do(session: Session) -> dict[str, Any]:
        made = measures.by_person(
            session, given["enterprise_id"], given["kind"], actor, clock.now(), given["reason"], key
        )
        return {"id": made.id, "state": made.state, "version": made.seq}

    return courses.once(call, ["propose", given], do)


@operation("list_benchmarks", "GET", "/benchmarks", "quality", answer=shapes.Benchmarks, query=YearQuery, everyone=True)
def list_benchmarks(call: Call) -> Reply:
    """List the benchmark enterprises of a year"""
    at = clock.now()
    year = call.query["year"] or clock.local_date(at).year
    with db.reading() as session:
        return Reply({"year": year, "items": benchmarks.listed(session, year, at)})


@operation("designate_benchmark", "POST", "/benchmarks", "quality", answer=shapes.Benchmarks, status=201,
           body=DesignationSchema, keyed=True, refuses=(403, 404), limit=ACTS,
           says=OURS | {"example": {"enterprise_id": 1, "year": 2026}})  # fmt: skip
def designate_benchmark(call: Call) -> Reply:
    """Designate a benchmark enterprise for this year or the next

    Done twice, it is done once. Answers with all of that year.
    """
    given = call.parsed(DesignationSchema())
    if not call.caller.holds(Role.SUPERVISOR):
        raise Problem("not_for_role")
    firm, year, by = given["enterprise_id"], given["year"], call.caller.account_id

    def do() -> dict[str, Any]:
        return {"id": benchmarks.designate(session, firm, year, by, clock.now()).id}

    with db.transaction() as session:
        _made, replayed = idempotency.once(session, call.caller.scope, call.key, ["designate", given], do)
        items = benchmarks.listed(session, year, clock.now())
        return Reply({"year": year, "items": items}, REPLAYED if replayed else {})


@operation("list_tracking_reports", "GET", f"/enterprises/<int(max={db.MOST_ID}):enterprise_id>/tracking", "quality",
           answer=shapes.TrackingReports, refuses=(403,), says=OURS)  # fmt: skip
def list_tracking_reports(call: Call, enterprise_id: int) -> Reply:
    """List the monthly tracking reports of a benchmark enterprise: an enterprise its own, a supervisor any"""
    actors = _actors(call)
    if not any(each.role is Role.SUPERVISOR or each.enterprise_id == enterprise_id for each in actors):
        raise Problem("not_found")
    with db.reading() as session:
        found = tracking.reports(session, enterprise_id)
    told = [
        {"month": each.month, "figures": _tracked(each.figures), "before": _tracked(each.figures["before"]),
         "made_at": each.made_at}
        for each in found
    ]  # fmt: skip
    return Reply({"items": told})


def _tracked(figures: Mapping[str, Any]) -> dict[str, Any]:
    repeated = [{"fault": fault, "complaints": count} for fault, count in figures["repeated"]]
    return {**figures, "repeated": repeated}


def _actors(call: Call) -> list[Actor]:
    """The caller as enterprise and as supervisor; nobody else has a part in these."""
    found = [actor for actor in call.caller.actors if actor.role in (Role.ENTERPRISE, Role.SUPERVISOR)]
    if not found:
        raise Problem("not_for_role")
    return found


def _listed(call: Call, model: Any, line: Callable[[Any], dict[str, Any]]) -> Reply:
    actors, asked = _actors(call), call.query
    everybody = any(actor.role is Role.SUPERVISOR for actor in actors)
    with db.reading() as session:
        found = course_lists.listed(
            session, model, enterprise_id=None if everybody else actors[0].enterprise_id, ended=asked["ended"],
            cursor=asked["cursor"] or None, limit=asked["limit"],
        )  # fmt: skip
    return Reply({"items": [line(each.subject) for each in found.lines], "next": found.next})


def _signal_line(signal: QualitySignal, actors: Sequence[Actor]) -> dict[str, Any]:
    names = ("id", "enterprise_id", "product", "fault", "batch", "state", "due_at", "found_at")
    danger = bool(quality.evidence(signal, actors)["words"])
    return {name: getattr(signal, name) for name in names} | {"version": signal.seq, "safety": danger}


def _measure_line(measure: Measure) -> dict[str, Any]:
    names = ("id", "enterprise_id", "kind", "rule", "state", "due_at", "made_at")
    return {name: getattr(measure, name) for name in names} | {"version": measure.seq}
