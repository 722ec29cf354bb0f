"""Who calls: an account by one of its tokens, a consumer by the private link of one case, or nobody in particular.

`Authorization: Bearer` is the only way in. Cookies mean nothing here, so no page of another site can act for anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import g, request
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.api.problems import Problem
from complaints.registry import links, tokens
from complaints.workflow import callers
from complaints.workflow.case import OFFICERS, Actor, Role

SCHEME = "Bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody at this door, in every role held. `scope` keeps the idempotency keys of different callers apart."""

    scope: str
    actors: Sequence[Actor] = ()
    name: str = ""
    roles: Sequence[str] = ()
    account_id: int | None = None
    enterprise_id: int | None = None
    complaint_id: int | None = None
    token_id: int | None = None
    use_unnoted: bool = False  # the token's use is to be written down
    revoked: bool = False  # the link opens nothing any more; only a repeated request may still be answered

    @property
    def known(self) -> bool:
        """Whether a token was sent that is in force."""
        return self.scope != NOBODY.scope

    def holds(self, *roles: Role) -> bool:
        """Whether one of these roles is held."""
        return any(actor.role in roles for actor in self.actors)

    @property
    def officer(self) -> bool:
        """Whether this is somebody of the centre's desk."""
        return self.holds(*OFFICERS)


NOBODY = Caller(scope="anonymous")


def look(*, revoked: bool = False) -> None:
    """Look up who sent this request: once, for who counts it and for who answers it.

    With `revoked`, a private link that was in force once still says which case it was of.
    """
    text = _shown()
    g.caller = NOBODY if text is None else None
    if text:
        with db.reading() as session:
            g.caller = _of(session, text, revoked)
    caller: Caller | None = g.caller
    if caller is not None and caller.use_unnoted and caller.token_id is not None:
        with db.transaction() as session:
            tokens.note_use(session, caller.token_id, clock.wall())


def identify() -> Caller:
    """Who sent this request. A token that is wrong is refused, also where none was needed."""
    caller: Caller | None = g.caller
    if caller is None:
        raise Problem("not_authenticated")
    return caller


def token() -> str | None:
    """The token that this request shows, if it is in force. On pages, where nobody looks, it means nothing."""
    caller = g.get("caller")
    return _shown() if caller is not None and caller.known else None


def _shown() -> str | None:
    """What the request shows as its token: "" for what cannot be one, None for nothing."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _space, text = header.partition(" ")
    return text.strip() if scheme.casefold() == SCHEME.casefold() else ""


def _of(session: Session, text: str, revoked: bool) -> Caller | None:
    return _account(session, text) if text.startswith(tokens.PREFIX) else _consumer(session, text, revoked)


def _account(session: Session, text: str) -> Caller | None:
    found = tokens.find(session, text, clock.wall())
    if found is None:
        return None
    token, account = found
    return Caller(
        scope=f"account:{account.id}",
        actors=callers.of_account(account.id, account.enterprise_id, account.roles),
        name=account.name,
        roles=tuple(account.roles),
        account_id=account.id,
        enterprise_id=account.enterprise_id,
        token_id=token.id,
        use_unnoted=tokens.unnoted(token, clock.wall()),
    )


def _consumer(session: Session, text: str, revoked: bool) -> Caller | None:
    open_to = links.find(session, text)
    case_id = links.find(session, text, revoked=True) if revoked and open_to is None else open_to
    if case_id is None:
        return None
    return Caller(
        scope=f"case:{case_id}",
        actors=callers.consumer(case_id),
        roles=(Role.CONSUMER.value,),
        complaint_id=case_id,
        revoked=open_to is None,
    )
