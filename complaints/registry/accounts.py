"""People who log in: making their accounts, checking their passwords."""

import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from complaints import clock, db
from complaints.errors import BadInput, NotFound
from complaints.models import Account, AccountFactor, ApiToken, Enterprise
from complaints.registry import invisible, passwords
from complaints.workflow.case import Role

ADMINISTRATOR = "administrator"
MANAGER = "manager"  # beside the role enterprise: leads its agents, sees its figures; without it somebody is an agent
ROLES = (*(role.value for role in Role if role not in (Role.CONSUMER, Role.CLOCK)), MANAGER, ADMINISTRATOR)
LONGEST_PASSWORD = passwords.LONGEST

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's figures; 56 ms
_NOBODY = _hasher.hash(secrets.token_hex(16))  # checked where there is no such log-in, so that both take as long


def create(
    session: Session,
    login: str,
    name: str,
    password: str,
    roles: Sequence[str],
    enterprise_id: int | None = None,
    email: str | None = None,
    *,
    at: datetime,
) -> Account:
    """Make an account. Raises BadInput, naming the fields, when it cannot be made."""
    account = Account(
        login=fold_login(login),
        name=name.strip(),
        email=email,
        password_hash="",
        session_key="",
        roles=list(dict.fromkeys(roles)),
        enterprise_id=enterprise_id,
        made_at=at,
    )
    _check_new(session, account)
    set_password(session, account, password)
    try:
        with session.begin_nested():
            session.add(account)
            session.flush()
    except IntegrityError:
        raise _taken(account.login) from None
    return account


def check(login: str, password: str) -> Account | None:
    """The active account whose log-in and password these are; otherwise None, without saying which was wrong.

    Outside of any transaction, which it would hold open while it hashes: on SQLite nobody else could write meanwhile.
    """
    with db.reading() as session:
        account = session.scalar(select(Account).where(Account.login == fold_login(login)))
    right = _matches(account.password_hash if account else _NOBODY, password)
    if account is None or not right or not account.active:
        return None
    if _hasher.check_needs_rehash(account.password_hash):
        _hash_better(account, password)
    return account


def confirms(account: Account, password: str) -> bool:
    """Whether this is the account's password, asked of somebody who is in already. Outside of any transaction."""
    return _matches(account.password_hash, password)


def _hash_better(account: Account, password: str) -> None:
    """Keep the right password by today's figures, unless somebody has just given the account another one."""
    better = _hasher.hash(_normal(password))
    same = (Account.id == account.id, Account.password_hash == account.password_hash)
    with db.transaction() as session:
        session.execute(update(Account).where(*same).values(password_hash=better))


def set_password(session: Session, account: Account, password: str) -> None:
    """Give an account a new password, which ends every session that is open. Raises BadInput when it will not do."""
    wrong = passwords.faults(password, account.login, account.name)
    if wrong:
        raise BadInput(f"this password cannot be taken: {wrong[0]}", {"password": wrong})
    account.password_hash = _hasher.hash(_normal(password))
    begun = (AccountFactor.account_id == account.id, AccountFactor.confirmed_at.is_(None))
    session.execute(delete(AccountFactor).where(*begun))  # whoever knew the old password may have seen its secret
    end_sessions(session, account)


def end_sessions(session: Session, account: Account) -> None:
    """End every session that is open, and those that are being opened with what was true before."""
    account.session_key = secrets.token_hex(16)
    if account in session:
        session.flush()


def deactivate(session: Session, account: Account) -> None:
    """Close an account: it cannot log in, its sessions and tokens end, for good. Its entries in the logs stay."""
    account.active = False
    mine = (ApiToken.account_id == account.id, ApiToken.revoked_at.is_(None))
    session.execute(update(ApiToken).where(*mine).values(revoked_at=clock.wall()))
    end_sessions(session, account)


def load(session: Session, account_id: int) -> Account | None:
    """The active account with this id."""
    account = session.get(Account, account_id)
    return account if account is not None and account.active else None


def by_login(session: Session, login: str) -> Account:
    """The account with this log-in, active or not. Raises NotFound."""
    account = session.scalar(select(Account).where(Account.login == fold_login(login)))
    if account is None:
        raise NotFound(f"there is no account with the log-in {login}")
    return account


def fold_login(login: str) -> str:
    """A log-in as it is kept and compared: case, width, invisible marks and outer space do not matter."""
    return unicodedata.normalize("NFKC", invisible.drop(login)).casefold().strip()


def _normal(password: str) -> str:
    """The same password whatever keyboard typed it; lone surrogates, which cannot be encoded, become marks."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode("utf-8")


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, _normal(password[:LONGEST_PASSWORD]))
    except (Argon2Error, InvalidHashError):
        return False


def _check_new(session: Session, account: Account) -> None:
    """Refuse an account that could not be used, or could do what it must not."""
    wrong: dict[str, list[str]] = {}
    if not account.login or len(account.login) > 80 or any(char.isspace() for char in account.login):
        wrong["login"] = ["too_long:80" if len(account.login) > 80 else "required"]
    if not account.name or len(account.name) > 80:
        wrong["name"] = ["too_long:80" if account.name else "required"]
    wrong |= _wrong_roles(account.roles, account.enterprise_id)
    if not wrong and account.enterprise_id and session.get(Enterprise, account.enterprise_id) is None:
        wrong["enterprise_id"] = ["required"]
    if wrong:
        raise BadInput(f"the account {account.login!r} cannot be made", wrong)
    if session.scalar(select(Account.id).where(Account.login == account.login)):
        raise _taken(account.login)


def check_roles(roles: Sequence[str], enterprise_id: int | None) -> None:
    """Raise BadInput, naming the field, for roles that nobody can hold together, or not here."""
    wrong = _wrong_roles(roles, enterprise_id)
    if wrong:
        raise BadInput("these roles cannot be held", wrong)


def _wrong_roles(roles: Sequence[str], enterprise_id: int | None) -> dict[str, list[str]]:
    """An officer who also acted for an enterprise would judge his own case; a partner is nobody of the centre."""
    if not roles or not set(roles) <= set(ROLES):
        return {"roles": [f"not_one_of:{', '.join(ROLES)}"]}
    agent = Role.ENTERPRISE.value in roles
    others = set(roles) - {Role.ENTERPRISE.value, MANAGER}
    if agent != (enterprise_id is not None) or (agent and others):
        return {"enterprise_id": ["contradicts:roles"]}
    if MANAGER in roles and not agent:
        return {"roles": [f"stands_beside:{Role.ENTERPRISE.value}"]}
    if Role.PARTNER.value in roles and len(roles) > 1:
        return {"roles": ["stands_alone:partner"]}
    return {}


def _taken(login: str) -> BadInput:
    return BadInput(f"the log-in {login} is taken", {"login": ["taken"]})
