"""Statements have an address of their own: what is said through the relay needs no version to be seen first."""

from complaints.api import acting, describing, shapes
from complaints.api.cases import CASE
from complaints.api.limits import ACTS
from complaints.api.operations import Call, Reply, operation
from complaints.schemas import StatementSchema


@operation(
    "add_statement",
    "POST",
    f"{CASE}/statements",
    "statements",
    answer=shapes.Standing,
    status=201,
    body=StatementSchema,
    keyed=True,
    version="optional",
    refuses=(403, 409),
    limit=ACTS,
    says={"headers": {"ETag": describing.ETAG}, "example": {"text": "The kettle is at your counter since Monday."}},
)
def add_statement(call: Call, number: str) -> Reply:
    """Say something to the other side and the centre"""
    return acting.act(call, number, "statement", blindly=True)
