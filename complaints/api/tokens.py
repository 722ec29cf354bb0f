"""The API's log-in: tokens of one's own account. And who one is."""

from datetime import datetime, timedelta
from typing import Any

from flask import request

from complaints import clock, db
from complaints.api import describing, shapes
from complaints.api.limits import LOGIN
from complaints.api.operations import Call, Reply, operation
from complaints.api.problems import PREFIX, Problem
from complaints.fields import Text, Whole
from complaints.inputs import Input
from complaints.models import Account, Complaint, Enterprise
from complaints.registry import accounts, entering, factors, networks, sessions, tokens

USUAL_DAYS = 90
MOST_DAYS = 366


class Password(Text):
    """A password exactly as it was sent."""

    def read(self, value: object) -> str:
        return value if isinstance(value, str) else ""


class TokenSchema(Input):
    """Who wants a token, and for which program."""

    login = Text(200, required=True)
    password = Password(accounts.LONGEST_PASSWORD, required=True)
    code = Text(20)  # of whoever has a second factor
    name = Text(tokens.LONGEST_NAME, required=True)
    expires_in_days = Whole(1, MOST_DAYS, load_default=USUAL_DAYS)


@operation(
    "create_token",
    "POST",
    "/tokens",
    "tokens",
    answer=shapes.NewToken,
    status=201,
    body=TokenSchema,
    everyone=True,
    refuses=(403,),
    limit=LOGIN,
    says={
        "example": {"login": "hongyun", "password": "...", "name": "CRM", "expires_in_days": 90},
        "headers": {"Location": describing.LOCATION},
        "security": (),
    },
)
def create_token(call: Call) -> Reply:
    """Log in: make a token of your account

    Its text is in this answer and nowhere else. A wrong log-in and a wrong password are answered
    alike. Who logs in with a second factor sends its `code` too; who needs one and has none sets it up on the pages
    first (403). The account's person hears of the token by mail.
    """
    given = call.parsed(TokenSchema())
    at = clock.wall()
    account = _logged_in(given, at)
    with db.transaction() as session:
        until = at + timedelta(days=given["expires_in_days"])
        row, text = tokens.issue_to_person(session, account, given["name"], at, until, clock.now())
        made = {name: getattr(row, name) for name in shapes.Token().fields} | {"token": text}
    return Reply(made, {"Location": f"{PREFIX}/tokens/{made['id']}"})


def _logged_in(given: dict[str, Any], at: datetime) -> Account:
    """The account, if password and second factor are right; slow for who guesses, as the pages are."""
    network = networks.coarse(request.remote_addr)
    tried = entering.try_password(given["login"], given["password"], network, at, clock.now())
    if tried.account is None:
        raise Problem("too_many_requests" if tried.wait else "wrong_login")
    with db.reading() as session:
        is_on = factors.is_on(session, tried.account.id)
        needed_from = sessions.factor_needed_from(session, tried.account.id)
    if not is_on and needed_from is not None and needed_from <= clock.now():
        raise Problem("factor_needed")
    if is_on:
        code = given.get("code") or ""
        right, wait = entering.try_code(tried.account.id, code, network, at, clock.now()) if code else (False, None)
        if not right:
            raise Problem(
                "too_many_requests" if wait else "wrong_login", {"code": ["wrong_code" if code else "required"]}
            )
    return tried.account


@operation(
    "list_tokens", "GET", "/tokens", "tokens", answer=shapes.Tokens, refuses=(403,), says={"security": ("account",)}
)
def list_tokens(call: Call) -> Reply:
    """List the tokens of your account"""
    with db.reading() as session:
        return Reply({"items": tokens.of(session, _account(call))})


@operation(
    "revoke_token",
    "DELETE",
    f"/tokens/<int(max={db.MOST_ID}):token_id>",
    "tokens",
    status=204,
    refuses=(403,),
    says={"security": ("account",)},
)
def revoke_token(call: Call, token_id: int) -> Reply:
    """Revoke a token of your account, this one too"""
    with db.transaction() as session:
        tokens.revoke(session, _account(call), token_id, clock.wall())
    return Reply(None)


def _account(call: Call) -> int:
    if call.caller.account_id is None:
        raise Problem("not_for_role")
    return call.caller.account_id


@operation("get_me", "GET", "/me", "tokens", answer=shapes.Me)
def get_me(call: Call) -> Reply:
    """Say who I am"""
    caller = call.caller
    told: dict[str, Any] = {"name": caller.name, "roles": caller.roles, "enterprise": None, "number": None}
    with db.reading() as session:
        if caller.enterprise_id is not None:
            firm = session.get_one(Enterprise, caller.enterprise_id)
            told["enterprise"] = {"id": firm.id, "name": firm.name}
        if caller.complaint_id is not None:
            told["number"] = session.get_one(Complaint, caller.complaint_id).number
    return Reply(told)
