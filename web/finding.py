"""What the steps of a filing look up and take in: enterprises as one types, files, and in the end the case itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from complaints import clock, db
from complaints.api.limits import count_mailbox
from complaints.errors import BadInput
from complaints.inputs import FilingSchema, parse
from complaints.insight import narratives
from complaints.models import Draft, DraftFile, Enterprise
from complaints.registry import drafts, enterprises
from complaints.registry.uploads import FIELD
from complaints.words import say as word
from complaints.workflow import actions, callers, evidence
from complaints.workflow.case import Actor, Role
from complaints.workflow.filing import Filing
from web import filing, labels, uploads
from web.filing import Filed
from web.forms import Box, Form, Problem, row_id, typed_data
from web.language import locale
from web.wording import named

MOST_SHOWN = 8  # while somebody types; a longer list is no answer


def found(query: str) -> dict[str, Any]:
    """The enterprises that the letters typed may mean; what is wrong with them, for a credit code."""
    if not query.strip():
        return {"firms": [], "query": "", "wrong": "", "more": False}
    try:
        with db.reading() as session:
            page = enterprises.search(session, query[: enterprises.LONGEST_NAME], limit=MOST_SHOWN)
    except BadInput as error:
        return {"firms": [], "query": query, "wrong": labels.fault(error.fields["q"][0]), "more": False}
    return {"firms": page.firms, "query": query, "wrong": "", "more": page.next is not None}


def chosen(session: Session, before: Mapping[str, str], typed: Mapping[str, str], *, late: bool) -> dict[str, str]:
    """The name and id of the enterprise that was tapped; a name typed by hand drops the id of another one.

    What a page keeps by itself while one types may come `late`, after the tap: it drops nothing.
    """
    if late and before.get("enterprise_id"):
        return {"enterprise": before["enterprise"]}
    if "enterprise_id" not in typed:
        same = typed["enterprise"] == before.get("enterprise", "")
        return {} if same else {"enterprise_id": ""}
    firm = _firm(session, typed["enterprise_id"])
    return {"enterprise": firm.name, "enterprise_id": str(firm.id)} if firm else {"enterprise_id": ""}


def _firm(session: Session, text: str) -> Enterprise | None:
    try:
        return session.get(Enterprise, row_id(text)) if text else None
    except ValueError:
        return None


def evidence_page(kept: Sequence[DraftFile], errors: Sequence[str], order: Sequence[str], then: str | None) -> str:
    """The page with the files of the draft; for a script only their list."""
    label, hint = labels.box(evidence.TRIGGER, FIELD)
    said = [labels.fault(key) for key in errors]
    box = Box(FIELD, "file", label, f"{hint} {uploads.room()}", errors=said, accept=uploads.ACCEPT)
    form = Form("file", [box], [Problem(FIELD, named(label, text)) for text in said])
    template = "_draft_files.html" if request.headers.get("X-Requested-With") == "upload" else "file_evidence.html"
    at = order.index("evidence")
    return render_template(
        template, form=form, box=box, files=kept, most=drafts.MOST_FILES, number=at + 1, total=len(order), then=then,
        way_back=url_for("filing.step", name=order[at - 1]),
    )  # fmt: skip


def file(secret: str, key: str) -> Filed | None:
    """File the draft with its files, in one transaction; what was filed under this key before is found again.

    None where there is no draft and nothing was filed. Raises BadInput, naming the boxes.
    """
    with db.transaction() as session:
        draft = drafts.find(session, secret, clock.now(), lock=True)
        if draft is not None:
            key, made = f"page:{drafts.filing_key(secret)}", draft
            return filing.once(session, key, lambda: _file(session, made, key))
        return filing.once_known(session, f"page:{key}") if key else None


def _file(session: Session, draft: Draft, key: str) -> int:
    given: Filing = parse(FilingSchema(), _data(draft.answers) | {"locale": locale()})
    count_mailbox(given.email)
    firm = _firm(session, draft.answers.get("enterprise_id", ""))
    at = clock.now()
    case = actions.file(session, given, Actor(Role.CONSUMER), at, enterprise=firm, key=key)
    kept = [drafts.content(draft, row) for row in drafts.files(session, draft)]
    if kept:  # the letter about the filing tells of them
        evidence.add_all(session, case.number, callers.consumer(case.id), kept, at, quiet=True)
    narratives.chosen(session, given, case, at)
    drafts.filed(draft, at)
    return case.id


def _data(answers: Mapping[str, str]) -> dict[str, Any]:
    """What the filing's own schema reads; the kinds that were chosen are named as the centre's lists name them."""
    schema = FilingSchema()
    data = typed_data(schema, filing.NAMES, MultiDict(answers))
    for name, section in (("category", "category"), ("fault", "trouble")):
        code = answers.get("kind" if name == "category" else "trouble")
        if code:
            data[name] = word("zh", f"{section}.{code}")
    return data
