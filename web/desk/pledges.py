"""Pledges on the desk: what waits for a review, what was proven, and what the association decides."""

from typing import Any

from flask import abort, render_template, request, url_for
from werkzeug import Response

from complaints import db
from complaints.db import MOST_ID
from complaints.registry import pledge_lists
from complaints.registry.lifecycle import REVIEWERS
from complaints.registry.pledge_acts import DECIDED, REASONED
from web import paging, pledging
from web.casework import Answer
from web.desk.door import pages
from web.sessions import only_for

reviewers = only_for(*(role.value for role in REVIEWERS))
ONE = f"/pledges/<int(max={MOST_ID}):pledge_id>"


@pages.get("/pledges")
@reviewers
def pledges() -> str:
    """Pledges by what they wait for; reviews first."""
    shown = request.args.get("show", "review")
    if shown not in pledge_lists.SHOWN:
        abort(404)
    with db.reading() as session, paging.cursor() as cursor:
        found = pledge_lists.queue(session, shown, cursor=cursor)
        waiting = pledge_lists.counted(session)
        rest = pledging.countdown(session)
    return render_template("pledges_desk.html", found=found, shown=shown, waiting=waiting, left=rest,
                           lists=list(pledge_lists.SHOWN))  # fmt: skip


@pages.get(ONE)
@reviewers
def pledge(pledge_id: int) -> str:
    """One pledge with its proof, and the decisions that may be made now."""
    return _page(pledge_id)


@pages.post(f"{ONE}/do/<trigger>")
@reviewers
def decide_pledge(pledge_id: int, trigger: str) -> Answer:
    """One decision, with its reason."""
    if trigger not in DECIDED:
        abort(404)
    return pledging.act(pledge_id, trigger, _page, url_for("desk.pledge", pledge_id=pledge_id))


@pages.get(f"{ONE}/proof/<int(max={MOST_ID}):proof_id>")
@reviewers
def pledge_proof(pledge_id: int, proof_id: int) -> Response:
    """A file that the enterprise gave."""
    return pledging.proof(pledge_id, proof_id)


def _page(pledge_id: int, **more: Any) -> str:
    base = url_for("desk.pledge", pledge_id=pledge_id)
    return pledging.render(pledge_id, "pledge_desk.html", base=base, reasoned=REASONED, **more)
