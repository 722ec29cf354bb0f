"""For consumers who lost the private link to their case."""

from complaints import clock, db
from complaints.api import shapes
from complaints.api.limits import LINKS
from complaints.api.operations import Call, Reply, operation
from complaints.inputs import LostInput
from complaints.registry import links

SAID = {
    "zh": "如果登记过投诉：填写邮箱的，链接会发到该邮箱；填写电话的，没有留邮箱的投诉由工作人员拨打该号码联系。",
    "en": "If there are complaints: their links are on the way to the mail address; who gave no mail address is called "
    "at the telephone number.",
}


@operation(
    "ask_for_link",
    "POST",
    "/links",
    "links",
    answer=shapes.Asked,
    status=202,
    body=LostInput,
    everyone=True,
    limit=LINKS,
    says={"example": {"email": "mei@example.org"}, "security": ()},
)
def ask_for_link(call: Call) -> Reply:
    """Ask for a lost link by mail, or by telephone number

    With `email`, the links go to that address. With `phone`, an officer calls the number where it belongs to cases
    that are open or were closed lately and have no mail address, and posts a new link to the address given at filing.
    One of both must be given. The answer is the same whether or not there is a case.
    """
    given = call.parsed(LostInput())
    with db.transaction() as session:
        links.ask_again(session, given.get("email", ""), given.get("phone", ""), clock.now())
    return Reply({"message": SAID[call.locale]})
