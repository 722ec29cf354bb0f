"""The second factor: codes of an app (TOTP, RFC 6238), recovery codes, and who must have one.

The secret is not kept: it is derived from a salt and the secret key of the installation. Instants are real time, but
`needed_from`, which people are told as a day of the calendar.
"""

import hmac
import secrets
from base64 import b32encode
from collections.abc import Sequence
from datetime import datetime, timedelta

import pyotp
import segno
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from complaints.models import AccountFactor, FactorPolicy, RecoveryCode
from complaints.registry import derived

ISSUER = "Complaints"
STEP_SECONDS = 30
DRIFT = (-1, 0, 1)  # steps by which a telephone's clock may be wrong
CODES = 10
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another
CODE_LENGTH = 10  # 50 bits, and a thief of the database has no key to try them with
SET_UP = timedelta(minutes=15)  # how long a set-up may be gone on with
GRACE = timedelta(days=7)  # between the wish of an enterprise and the day from which nobody comes in without


def begin(session: Session, account_id: int, at: datetime) -> AccountFactor:
    """Begin to set it up. A set-up begun just before goes on, so that a code scanned twice stays right; an older one
    begins anew, for somebody else may have seen it."""
    factor = session.get(AccountFactor, account_id)
    if factor is not None and factor.confirmed_at is None and factor.made_at < at - SET_UP:
        factor.salt, factor.made_at, factor.last_step = secrets.token_hex(16), at, None
        session.flush()
    if factor is None:
        factor = AccountFactor(account_id=account_id, salt=secrets.token_hex(16), made_at=at)
        session.add(factor)
        session.flush()
    return factor


def pending(session: Session, account_id: int) -> AccountFactor | None:
    """A set-up that no code has confirmed yet."""
    factor = session.get(AccountFactor, account_id)
    return factor if factor is not None and factor.confirmed_at is None else None


def is_on(session: Session, account_id: int) -> bool:
    """Whether this account logs in with a code."""
    factor = session.get(AccountFactor, account_id)
    return factor is not None and factor.confirmed_at is not None


def secret(factor: AccountFactor) -> str:
    """The key that the app learns, in base 32: 160 bits, as RFC 4226 asks for."""
    return b32encode(derived.digest("second factor", factor.account_id, factor.salt)[:20]).decode()


def address(factor: AccountFactor, login: str) -> str:
    """The otpauth:// address inside the picture."""
    return pyotp.TOTP(secret(factor)).provisioning_uri(name=login, issuer_name=ISSUER)


def picture(text: str) -> str:
    """A QR code as a data: address, dark on light in every theme."""
    return str(segno.make(text, error="m").svg_data_uri(scale=5, border=3, light="#ffffff", dark="#000000"))


def confirm(session: Session, account_id: int, code: str, at: datetime) -> list[str] | None:
    """Switch it on with a first code; returns the recovery codes, shown this once. None: the code is wrong."""
    factor = pending(session, account_id)
    if factor is None or not _right(session, factor, code, at):
        return None
    factor.confirmed_at = at
    return renew_codes(session, account_id)


def check(session: Session, account_id: int, code: str, at: datetime) -> bool:
    """Whether this is a code of the app that was not used yet, or an unused recovery code; it is used by this."""
    factor = session.get(AccountFactor, account_id)
    if factor is None or factor.confirmed_at is None:
        return False
    return _right(session, factor, code, at) or _recovers(session, account_id, code, at)


def renew_codes(session: Session, account_id: int) -> list[str]:
    """New recovery codes instead of all earlier ones."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    codes = ["".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)) for _ in range(CODES)]
    session.add_all(RecoveryCode(account_id=account_id, code_hash=_mark(account_id, code)) for code in codes)
    session.flush()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def unused(session: Session, account_id: int, codes: Sequence[str]) -> bool:
    """Whether all of these are recovery codes of this account that still work."""
    marks = {_mark(account_id, _bare(code)) for code in codes}
    mine = (RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None), RecoveryCode.code_hash.in_(marks))
    return 0 < len(marks) == session.scalar(select(func.count()).where(*mine))


def codes_left(session: Session, account_id: int) -> int:
    """How many recovery codes still work."""
    mine = (RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return session.scalar(select(func.count()).where(*mine)) or 0


def remove(session: Session, account_id: int) -> bool:
    """Switch it off, recovery codes too; False where there was none. An unfinished set-up goes as well."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    mine = delete(AccountFactor).where(AccountFactor.account_id == account_id)
    return session.scalar(mine.returning(AccountFactor.confirmed_at)) is not None


def require(
    session: Session, needed_from: datetime | None, *, enterprise_id: int | None = None, role: str = ""
) -> None:
    """Ask for it from the people of an enterprise, or of a role, from a day on; None: ask no longer."""
    whose = FactorPolicy.enterprise_id == enterprise_id if enterprise_id else FactorPolicy.role == role
    session.execute(delete(FactorPolicy).where(whose))
    if needed_from is not None:
        session.add(FactorPolicy(enterprise_id=enterprise_id, role=role or None, needed_from=needed_from))
        session.flush()


def needed_from(session: Session, *, enterprise_id: int | None = None, role: str = "") -> datetime | None:
    """From when on an enterprise, or a role, asks for it."""
    whose = FactorPolicy.enterprise_id == enterprise_id if enterprise_id else FactorPolicy.role == role
    return session.scalar(select(FactorPolicy.needed_from).where(whose))


def _right(session: Session, factor: AccountFactor, code: str, at: datetime) -> bool:
    """A code of now or of a step beside it; whoever writes its step first has used it."""
    typed = _bare(code)
    otp, now = pyotp.TOTP(secret(factor)), int(at.timestamp()) // STEP_SECONDS
    steps = [now + n for n in DRIFT if hmac.compare_digest(otp.generate_otp(now + n).encode(), typed.encode())]
    if not steps:
        return False
    fresh = (AccountFactor.last_step.is_(None)) | (AccountFactor.last_step < steps[-1])
    mine = update(AccountFactor).where(AccountFactor.account_id == factor.account_id, fresh)
    return session.scalar(mine.values(last_step=steps[-1]).returning(AccountFactor.account_id)) is not None


def _recovers(session: Session, account_id: int, code: str, at: datetime) -> bool:
    mine = (RecoveryCode.account_id == account_id, RecoveryCode.code_hash == _mark(account_id, _bare(code)))
    free = update(RecoveryCode).where(*mine, RecoveryCode.used_at.is_(None)).values(used_at=at)
    return session.scalar(free.returning(RecoveryCode.id)) is not None


def _bare(code: str) -> str:
    return "".join(char for char in code.upper() if char.isalnum() and char.isascii())


def _mark(account_id: int, code: str) -> str:
    return derived.mark("recovery code", account_id, code)
