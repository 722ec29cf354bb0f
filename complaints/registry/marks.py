"""Keyed hashes of telephone numbers and mail addresses, by which cases are found without these in the clear."""

import hmac
from hashlib import sha256

from complaints.config import settings


def email_mark(address: str) -> str | None:
    """The mark of a mail address, for who has lost the link to their case."""
    return contact_mark(address.casefold())


def contact_mark(phone: str) -> str | None:
    """The mark of a telephone number, by which repeated filings are seen."""
    return hmac.new(settings().secret_key.encode(), phone.encode(), sha256).hexdigest() if phone else None
