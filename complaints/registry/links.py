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
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from complaints.clock import SHANGHAI
from complaints.config import settings
from complaints.models import Complaint, LinkAsk, LinkToken
from complaints.registry import contacts, planting
from complaints.registry.marks import contact_mark, email_mark

LETTER = "lost_link"  # the letter that brings links; see delivery/lost.py
MARKED = 30  # so much of a mark names the reader of such a letter: 120 bits


def issue(session: Session, complaint_id: int, at: datetime) -> str:
    """Make a new link for the case and return its token. Earlier links stay valid until they are revoked."""
    row = LinkToken(complaint_id=complaint_id, made_at=at, token_hash=secrets.token_hex(32))
    session.add(row)
    session.flush()  # the id, which the token is derived from, is known only now
    token = _derive(row)
    row.token_hash = fingerprint(token)
    session.flush()
    return token


def first(session: Session, complaint_id: int) -> str | None:
    """The token of the link made at filing; None once that is revoked, for whoever has a later one got it otherwise."""
    query = select(LinkToken).where(LinkToken.complaint_id == complaint_id).order_by(LinkToken.id).limit(1)
    row = session.scalars(query).one_or_none()
    if row is None or row.revoked_at is not None:
        return None
    token = _derive(row)
    return token if hmac.compare_digest(fingerprint(token), row.token_hash) else None


def current(session: Session, complaint_id: int) -> str | None:
    """The token of the newest link in force; None when there is none, or the secret key has been changed since."""
    query = select(LinkToken).where(LinkToken.complaint_id == complaint_id, LinkToken.revoked_at.is_(None))
    for row in session.scalars(query.order_by(LinkToken.id.desc())):
        token = _derive(row)
        if hmac.compare_digest(fingerprint(token), row.token_hash):
            return token
    return None


def find(session: Session, token: str, *, revoked: bool = False) -> int | None:
    """The case that a token opens (or, with `revoked`, ever opened); None when there is none.

    The look-up is by hash: how long it takes says nothing about any token.
    """
    query = select(LinkToken.complaint_id).where(LinkToken.token_hash == fingerprint(token))
    return session.scalar(query if revoked else query.where(LinkToken.revoked_at.is_(None)))


def number_of(session: Session, token: str) -> tuple[int, str] | None:
    """The case that a token opens, by id and number; None when there is none."""
    query = select(Complaint.id, Complaint.number).join(LinkToken, LinkToken.complaint_id == Complaint.id)
    in_force = (LinkToken.token_hash == fingerprint(token), LinkToken.revoked_at.is_(None))
    row = session.execute(query.where(*in_force)).first()
    return (row.id, row.number) if row is not None else None


def fingerprint(token: str) -> str:
    """The hash by which a token is known; it opens nothing."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def revoke(session: Session, complaint_id: int, at: datetime) -> None:
    """Make every link of the case worthless from now on."""
    in_force = (LinkToken.complaint_id == complaint_id, LinkToken.revoked_at.is_(None))
    session.execute(update(LinkToken).where(*in_force).values(revoked_at=at))


def rotate(session: Session, complaint_id: int, at: datetime) -> str:
    """A new link instead of all earlier ones; it leaves by mail, too, where there is an address. Returns its token."""
    alone = select(Complaint.id).where(Complaint.id == complaint_id).with_for_update(key_share=True)
    session.execute(alone)  # of two at the same time, the second revokes what the first has made
    revoke(session, complaint_id, at)
    token = issue(session, complaint_id, at)
    if contacts.email(session, complaint_id):
        reader = f"consumer:{complaint_id}"
        key = f"{reader}:{LETTER}:{secrets.token_hex(8)}"
        planting.plant(session, LETTER, key, reader, "new_link", at, reader="consumer", complaint_id=complaint_id)
    return token


def rotate_by_mail(session: Session, complaint_id: int, at: datetime) -> bool:
    """For who must not see the link: a new one leaves by mail. False, and nothing done, where there is no address."""
    if not contacts.email(session, complaint_id):
        return False
    rotate(session, complaint_id, at)
    return True


def ask_again(session: Session, email: str, phone: str, at: datetime) -> None:
    """For who lost a link: it goes to this mail address, and the centre calls this number, where cases have them.

    Here nothing is looked up, so neither the answer nor its time says whether there is a case. What was typed is not
    kept, only its mark. Either may be empty; both stand as the fields `Email` and `Phone` clean them.
    """
    if email:
        _ask_by_mail(session, email, at)
    if phone:
        _ask_by_phone(session, phone, at)


def _ask_by_mail(session: Session, email: str, at: datetime) -> None:
    """The letter finds its reader when it leaves, among the addresses that we have; the same one hears once an hour."""
    mark = email_mark(email.strip())
    if mark is not None:
        reader = f"{LETTER}:{mark[:MARKED]}"
        key = f"{reader}:{at.astimezone(SHANGHAI):%Y%m%d%H}"
        planting.plant(session, LETTER, key, reader, LETTER, at, reader="consumer")


def _ask_by_phone(session: Session, phone: str, at: datetime) -> None:
    """A worker finds the cases of the number, and forgets that it was asked for: see workflow/renewing.py."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(LinkAsk).values(mark=contact_mark(phone), asked_at=at).on_conflict_do_nothing())


def _derive(row: LinkToken) -> str:
    text = f"link:{row.complaint_id}:{row.made_at.timestamp():.6f}:{row.id}"
    digest = hmac.digest(settings().secret_key.encode(), text.encode(), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
