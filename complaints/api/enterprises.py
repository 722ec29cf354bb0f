"""What anybody may know about the enterprises of the registry."""

from datetime import datetime
from typing import Any

from complaints import clock, db
from complaints.api import shapes
from complaints.api.cases import PageQuery
from complaints.api.operations import Call, Reply, operation
from complaints.errors import NotFound
from complaints.fields import Text
from complaints.models import Enterprise
from complaints.registry import enterprises

PUBLIC = ("id", "name", "credit_code", "participant", "benchmark", "promised_answer_days")


class SearchQuery(PageQuery):
    """Which enterprises."""

    q = Text(enterprises.LONGEST_NAME, load_default="")


@operation(
    "search_enterprises",
    "GET",
    "/enterprises",
    "enterprises",
    answer=shapes.Firms,
    query=SearchQuery,
    everyone=True,
)
def search_enterprises(call: Call) -> Reply:
    """Find enterprises

    By any name that they go by: their own, a brand, a former one; by its pinyin or the initials of it; by their
    unified social credit code, whose check digit is checked. What begins with it comes first, then participants.
    """
    asked, at = call.query, clock.now()
    with db.reading() as session:
        page = enterprises.search(session, asked["q"], cursor=asked["cursor"] or None, limit=asked["limit"])
    return Reply({"items": [_public(firm, at) for firm in page.firms], "next": page.next})


@operation(
    "get_enterprise",
    "GET",
    f"/enterprises/<int(max={db.MOST_ID}):enterprise_id>",
    "enterprises",
    answer=shapes.Firm,
    everyone=True,
)
def get_enterprise(call: Call, enterprise_id: int) -> Reply:
    """Read what is public about an enterprise"""
    with db.reading() as session:
        firm = session.get(Enterprise, enterprise_id)
    if firm is None:
        raise NotFound(f"there is no enterprise {enterprise_id}")
    return Reply(_public(firm, clock.now()))


def _public(firm: Enterprise, at: datetime) -> dict[str, Any]:
    told = {name: getattr(firm, name) for name in PUBLIC}
    return told | {"pledge_in_force": enterprises.pledge_in_force(firm, at)}
