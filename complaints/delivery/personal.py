"""Letters about an account: invitations, forgotten passwords, second factors, log-ins that may be a stranger's.

Who is meant is found when the letter leaves: an account by its number, an invitation by its own, or whoever has the
log-in or mail address of which only a mark was kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from complaints.config import settings
from complaints.delivery import addresses, letter
from complaints.delivery.letter import DigestLine, Letter
from complaints.models import Account, Enterprise, Invitation, Notice
from complaints.registry import accounts, former_addresses, invitations, resets
from complaints.registry.account_letters import ACCOUNT, FORMER, INVITATION
from complaints.words import say


@dataclass(frozen=True, slots=True)
class Found:
    """Where such a letter goes, in which language, and about whom."""

    address: str
    locale: str
    people: Sequence[Account] = ()
    invitation: Invitation | None = None
    firm: Enterprise | None = None


def find(session: Session, recipient: str, at: datetime) -> Found | None:
    """Whom "account:<id>", "invitation:<id>", "former:<id>", "reset:<mark>" or "tries:<mark>" means; None: nobody."""
    kind, _, name = recipient.partition(":")
    if kind == INVITATION:
        row = invitations.get(session, int(name), at)
        return Found(row.email, row.locale, invitation=row) if row else None
    if kind == FORMER:
        return _former(session, int(name))
    people = [accounts.load(session, int(name))] if kind == ACCOUNT else resets.readers(session, name)
    known = [each for each in people if each is not None]
    address = addresses.resolve(session, f"account:{known[0].id}") if known else None
    return Found(address, known[0].locale, known) if address else None


def _former(session: Session, row_id: int) -> Found | None:
    """An address that letters went to before."""
    found = former_addresses.find(session, row_id)
    if found is None or addresses.mailbox(found[0]) is None:
        return None
    address, of = found
    return Found(address, of.locale, firm=of) if isinstance(of, Enterprise) else Found(address, of.locale, [of])


def write(session: Session, notice: Notice, found: Found, at: datetime) -> Letter:
    """The letter, with a link for each account that it is about."""
    if found.invitation is not None:
        return _invitation(session, found.invitation)
    if found.firm is not None:
        name = found.firm.name
        return letter.render_account(found.locale, notice.step, [DigestLine(name, settings().base_url)], place=name)
    lines = [_line(session, notice, each, at, found.locale) for each in found.people]
    return letter.render_account(found.locale, notice.step, lines)


def _invitation(session: Session, row: Invitation) -> Letter:
    firm = session.get(Enterprise, row.enterprise_id) if row.enterprise_id else None
    place = firm.name if firm else say(row.locale, "account_letter.centre")
    link = f"{settings().base_url}/invited/{invitations.token(row)}"
    return letter.render_account(row.locale, "invitation", [DigestLine(place, link)], place=place)


def _line(session: Session, notice: Notice, account: Account, at: datetime, locale: str) -> DigestLine:
    text = say(locale, "account_letter.line", login=account.login)
    if notice.step == "password_reset":
        return DigestLine(text, f"{settings().base_url}/reset/{resets.made(session, notice, account.id, at)}")
    return DigestLine(text, f"{settings().base_url}/account")
