"""Tokens and hashes that rest on the secret key, which is not in the database.

A letter that leaves again must bring the same link, so its token is derived and not kept; whoever reads the database
can neither make one nor try words against a hash.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from complaints.config import settings


def digest(kind: str, *parts: object) -> bytes:
    """HMAC-SHA256 of what is named, under the secret key. `kind` keeps uses apart."""
    text = "\x1f".join((kind, *map(str, parts)))
    return hmac.digest(settings().secret_key.encode(), text.encode("utf-8", "surrogatepass"), "sha256")


def token(kind: str, *parts: object) -> str:
    """A token for an address: 43 characters, 256 bits."""
    return urlsafe_b64encode(digest(kind, *parts)).rstrip(b"=").decode()


def mark(kind: str, *parts: object) -> str:
    """A keyed hash to look things up by, hexadecimal."""
    return digest(kind, *parts).hex()


def fingerprint(shown: str) -> str:
    """What is kept of a token that somebody shows; it opens nothing."""
    return sha256(shown.encode("utf-8", "surrogatepass")).hexdigest()
