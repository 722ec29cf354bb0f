"""The versions of the rules: read only, two side by side."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from flask import render_template, request

from complaints import clock, db
from complaints.insight import centre, kept
from complaints.workflow import policy
from complaints.workflow.policy import ClockRule, Policy
from web import labels
from web.administration.place import administrators, pages
from web.explain import article
from web.language import gettext as _
from web.wording import say

TITLES = ("version", "mandate", "in_force_from")


@pages.get("/policies")
@administrators
def policies() -> str:
    """Every version, how many cases live under it, and the differences of two."""
    versions = policy.versions()
    known = {each.version: each for each in versions}
    left = known.get(request.args.get("left", ""), versions[0])
    right = known.get(request.args.get("right", ""), versions[-1])
    with db.reading() as session:
        told = kept.tell(session, centre.FIGURES, "centre.policies", clock.now())
    rows = list(_compared(left, right))
    return render_template(
        "policies.html", versions=versions, left=left, right=right, rows=rows,
        differing=sum(row[1] != row[3] for row in rows), counts=told.content["versions"], of=told.made_at,
    )  # fmt: skip


def _compared(left: Policy, right: Policy) -> Iterator[tuple[str, str, str, str, str]]:
    """Each rule: its name, and of both sides the value and the article."""
    one, other = dict(_flat(left)), dict(_flat(right))
    for name in dict.fromkeys([*one, *other]):
        yield name, *one.get(name, ("–", "")), *other.get(name, ("–", ""))


def _flat(rules: Policy) -> Iterator[tuple[str, tuple[str, str]]]:
    """Every rule by its name, as text, with the article where there is one."""
    for each in fields(rules):
        value: Any = getattr(rules, each.name)
        if each.name in TITLES:
            continue
        if each.name == "clocks":
            for state, rule in value.items():
                yield say(f"state.{state}"), (_length(rule), article(rule.article))
        elif isinstance(value, dict):
            for name, number in value.items():
                yield say(f"rule.{each.name}.{name}"), (str(number), "")
        else:
            yield say(f"rule.{each.name}"), (_plain(value), "")


def _plain(value: Any) -> str:
    """A value that is no number, in words."""
    if isinstance(value, bool):
        return labels.yes() if value else labels.no()
    if isinstance(value, tuple):
        return say("letter.separator").join(map(str, value))
    return say(f"rule.value.{value}") if isinstance(value, str) else str(value)


def _length(rule: ClockRule) -> str:
    """How long a state may last."""
    if rule.fact:
        return _("until the day promised or agreed")
    if rule.days:
        return _("%(n)d days", n=rule.days)
    length = _("%(n)d working days", n=rule.working_days or 0)
    if rule.benchmark_working_days is None:
        return length
    return _("%(length)s; benchmark enterprises %(n)d", length=length, n=rule.benchmark_working_days)
