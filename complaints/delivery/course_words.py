"""What a letter about a course says, from the facts frozen when it happened. Words: [course.*]."""

from collections.abc import Mapping, Sequence
from typing import Any

from complaints.delivery.content import Content, Facts, last_day, reminder_text
from complaints.words import say
from complaints.words.days import day_text

WAITS = ("approved", "published", "suspended")  # nobody has anything to do in time


def subject(locale: str, step: str, facts: Facts) -> str:
    """What it is about, in a line."""
    if _reminds(step):
        return f"{reminder_text(locale, step)} {_name(locale, facts)}"
    return say(locale, f"course.headline.{facts['course']}.{facts['trigger']}", enterprise=facts["enterprise"])


def paragraphs(locale: str, step: str, facts: Facts) -> list[str]:
    """What happened, the reason, whose move it is until when, what silence leads to."""
    first = subject(locale, step, facts) if not _reminds(step) else reminder_text(locale, step)
    said = [say(locale, "course.about", name=_name(locale, facts), enterprise=facts["enterprise"]), first]
    if facts["reason"] and not _reminds(step):
        said.append(say(locale, "course.reason", reason=facts["reason"]))
    if not _reminds(step):
        said += why(locale, facts.get("why", []))
    state = say(locale, f"course.state.{facts['course']}.{facts['state']}")
    said.append(say(locale, "course.now", state=state))
    if facts["due_at"] and facts["state"] not in WAITS:
        owner = say(locale, f"course.owner.{facts['owner']}")
        said.append(say(locale, "course.due", owner=owner, day=day_text(locale, last_day(facts["due_at"]))))
        said.append(say(locale, f"course.silence.{facts['course']}.{facts['silence']}"))
    elif facts["due_at"]:
        said.append(say(locale, f"course.until.{facts['state']}", day=day_text(locale, last_day(facts["due_at"]))))
    return said


def content(locale: str, step: str, facts: Facts) -> Content:
    """The letter as paper has it: all of it is what happened, and the page that it leads to says what can be done."""
    return Content(
        subject=subject(locale, step, facts), happened=paragraphs(locale, step, facts), case=[], turn="", actions=[],
        by_when=[], provisional=None, if_nothing=[], routes=[], check=None,
    )  # fmt: skip


def why(locale: str, grounds: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a rule counted, in words: each ground names its text and what stands in it."""
    return [
        say(locale, f"course.why.{each['say']}", **{k: v for k, v in each.items() if k != "say"}) for each in grounds
    ]


def line(locale: str, facts: Facts) -> str:
    """One course in a digest."""
    state = say(locale, f"course.state.{facts['course']}.{facts['state']}")
    due = say(locale, "letter.digest_due", day=day_text(locale, last_day(facts["due_at"])))
    return say(locale, "course.line", name=_name(locale, facts), state=state, due=due)


def _reminds(step: str) -> bool:
    return step == "last_day" or step.startswith("before_")


def _name(locale: str, facts: Facts) -> str:
    return say(locale, f"course.name.{facts['course']}")
