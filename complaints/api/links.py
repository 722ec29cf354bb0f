"""For consumers who lost the private link to their case."""

from complaints import clock, db
from complaints.api import shapes
from complaints.api.limits import LINKS
from complaints.api.operations import Call, Reply, operation
from complaints.inputs import AddressInput
from complaints.registry import links

SAID = {
    "zh": "如果这个邮箱登记过投诉，我们会把链接发到这个邮箱。",
    "en": "If there are complaints of this address, their links are on the way to it.",
}


@operation(
    "ask_for_link",
    "POST",
    "/links",
    "links",
    answer=shapes.Asked,
    status=202,
    body=AddressInput,
    everyone=True,
    limit=LINKS,
    says={"example": {"email": "mei@example.org"}, "security": ()},
)
def ask_for_link(call: Call) -> Reply:
    """Ask for a lost link by mail

    The answer is the same whether or not there is a case: it goes to the address alone to say so.
    """
    email = call.parsed(AddressInput())["email"]
    with db.transaction() as session:
        links.ask_again(session, email, clock.now())
    return Reply({"message": SAID[call.locale]})
