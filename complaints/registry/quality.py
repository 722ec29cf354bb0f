"""What people and the clock do with a quality signal: one verb each, around `course.fire`, in the caller's transaction.

The enterprise answers; the supervisor asks again, accepts the explanation, notes the action taken, or dismisses.
Verbs raise NotFound (also where it is another enterprise's), StaleVersion, NotAllowed, NotNow, and BadInput naming the
field. Texts are kept with telephone numbers and the like masked: the log is for ever and names no consumer.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from complaints.errors import NotFound
from complaints.models import QualitySignal
from complaints.registry import course, course_telling, measures, saying
from complaints.workflow.case import Actor, Role

VERBS = ("answer", "ask_again", "explain", "take_action", "dismiss")
ACTIONS = ("recall", "repair", "stop_sale", "change_production", "inform", "none")  # what an enterprise says it does


def answer(
    session: Session, signal_id: int, actor: Actor, at: datetime, reason: str, action: str = "none",
    version: int | None = None,
) -> QualitySignal:  # fmt: skip
    """The enterprise says why, and what it does."""
    signal = _take(session, signal_id, actor, at, version)
    course.fire(session, signal, "answer", actor, at, reason=saying.given(reason), action=action)
    return signal


def _judging(trigger: str) -> Callable[..., QualitySignal]:
    def judge(
        session: Session, signal_id: int, actor: Actor, at: datetime, reason: str, version: int | None = None
    ) -> QualitySignal:  # fmt: skip
        signal = _take(session, signal_id, actor, at, version)
        course.fire(session, signal, trigger, actor, at, reason=saying.given(reason))
        return signal

    return judge


ask_again, explain = _judging("ask_again"), _judging("explain")
take_action, dismiss = _judging("take_action"), _judging("dismiss")


def act(
    session: Session, signal_id: int, trigger: str, actors: Sequence[Actor], at: datetime, facts: dict[str, Any],
    version: int | None = None,
) -> QualitySignal:  # fmt: skip
    """Pull a trigger by name, in whichever role may: for pages and programs."""
    signal = look(session, signal_id, actors)
    actor = course.in_role(signal, trigger, actors, at, version)
    do: Callable[..., QualitySignal] = BY_NAME[trigger]
    return do(session, signal_id, actor, at, version=version, **facts)


BY_NAME: dict[str, Callable[..., QualitySignal]] = {
    "answer": answer, "ask_again": ask_again, "explain": explain, "take_action": take_action, "dismiss": dismiss,
}  # fmt: skip


def look(session: Session, signal_id: int, actors: Sequence[Actor]) -> QualitySignal:
    """A signal as its enterprise and the supervisor see it. Raises NotFound."""
    signal = session.get(QualitySignal, signal_id)
    if signal is None or not course.visible(signal, actors):
        raise NotFound(f"there is no signal {signal_id}")
    return signal


def evidence(signal: QualitySignal, actors: Sequence[Actor]) -> Mapping[str, Any]:
    """What somebody may know of what was seen: the supervisor all, the enterprise what has reached it."""
    everything = any(actor.role is Role.SUPERVISOR for actor in actors)
    return signal.evidence if everything else signal.told


def run_out(session: Session, signal: QualitySignal, at: datetime) -> bool:
    """Let the clock of a locked signal run out; one that was not answered leads to a measure at once, where it is
    proven that the enterprise had been told."""
    over = signal.due_at is not None and signal.due_at <= at
    told = course_telling.told_at(session, signal) if over else None  # of the state that may end here
    if not course.run_out(session, signal, at):
        return False
    if signal.state == "unanswered" and isinstance(told, datetime):
        measures.after_silence(session, signal, at)
    return True


def _take(session: Session, signal_id: int, actor: Actor, at: datetime, version: int | None) -> QualitySignal:
    signal = course.lock(session, QualitySignal, signal_id, version=version)
    if not course.visible(signal, [actor]):
        raise NotFound(f"there is no signal {signal_id}")
    run_out(session, signal, at)
    return signal
