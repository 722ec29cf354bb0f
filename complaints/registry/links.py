"""A consumer's private link: a token that opens one case without a log-in.

Later letters carry the same link, so the token must be found again; a reader of the database must not find it. So it
is derived from the row and the secret key, which is not in the database, and the row keeps only the token's hash.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from complaints.config import settings
from complaints.models import LinkToken


def issue(session: Session, complaint_id: int, at: datetime) -> str:
    """Make a new link for the case and return its token. Earlier links stay valid until they are revoked."""
    row = LinkToken(complaint_id=complaint_id, made_at=at, token_hash=secrets.token_hex(32))
    session.add(row)
    session.flush()  # the id, which the token is derived from, is known only now
    token = _derive(row)
    row.token_hash = _hash(token)
    session.flush()
    return token


def current(session: Session, complaint_id: int) -> str | None:
    """The token of the newest link in force; None when there is none, or the secret key has been changed since."""
    query = select(LinkToken).where(LinkToken.complaint_id == complaint_id, LinkToken.revoked_at.is_(None))
    for row in session.scalars(query.order_by(LinkToken.id.desc())):
        token = _derive(row)
        if hmac.compare_digest(_hash(token), row.token_hash):
            return token
    return None


def find(session: Session, token: str) -> int | None:
    """The case that a token opens; None when it opens none.

    The look-up is by hash: how long it takes says nothing about any token.
    """
    query = select(LinkToken.complaint_id).where(LinkToken.token_hash == _hash(token), LinkToken.revoked_at.is_(None))
    return session.scalar(query)


def revoke(session: Session, complaint_id: int, at: datetime) -> None:
    """Make every link of the case worthless from now on."""
    in_force = (LinkToken.complaint_id == complaint_id, LinkToken.revoked_at.is_(None))
    session.execute(update(LinkToken).where(*in_force).values(revoked_at=at))


def _derive(row: LinkToken) -> str:
    text = f"link:{row.complaint_id}:{row.made_at.timestamp():.6f}:{row.id}"
    digest = hmac.digest(settings().secret_key.encode(), text.encode(), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
