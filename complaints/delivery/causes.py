"""Why a letter could not be delivered, as one word that people have sentences for (`[dead]` of the words).

What servers answer is read by its enhanced status code (RFC 3463) where there is one, else by the words that they use.
"""

import re
from collections.abc import Callable

from complaints.delivery.addresses import NONE_KNOWN

_ENHANCED = re.compile(r"\b([45])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY = re.compile(r"^([245]\d\d)\b")
_NO_MAILBOX = re.compile(
    r"user (?:is )?unknown|unknown (?:user|recipient|mailbox|address)|no such|not exist|invalid (?:mailbox|recipient)"
    r"|mailbox (?:unavailable|not found)|recipient (?:address )?rejected|不存在",
    re.IGNORECASE,
)
_FULL = re.compile(r"quota|mailbox (?:is )?full|insufficient (?:system )?storage|over ?limit", re.IGNORECASE)
_BLOCKED = re.compile(r"spam|block|policy|denied|blacklist|reputation|spf|dkim|dmarc", re.IGNORECASE)
_OURS = {  # the beginnings of our own sentences (`parcels.py`, `smtp.py`)
    NONE_KNOWN: "no_address",
    "cannot be written": "unwritable",
    "cannot be sent": "unwritable",
    "connection lost": "server",
    "mail server not usable": "server",
}
CAUSES = ("no_address", "no_mailbox", "full", "blocked", "unwritable", "server", "refused", "unknown")


def cause(error: str | None) -> str:
    """One of CAUSES, for what the outbox wrote down about its last try."""
    text = error or ""
    own = next((word for begins, word in _OURS.items() if text.startswith(begins)), None)
    return own or _by_code(text) or _by_words(text) or ("refused" if _REPLY.match(text) else "unknown")


def _by_code(text: str) -> str | None:
    found = _ENHANCED.search(text)
    if found is None:
        return None
    subject, detail = int(found[2]), int(found[3])
    if subject == 1:
        return "no_mailbox"
    if subject == 2:
        return "full" if detail in (2, 3, 4) else "no_mailbox"
    return {4: "server", 7: "blocked"}.get(subject)


def _by_words(text: str) -> str | None:
    ways: tuple[tuple[Callable[[str], object], str], ...] = (
        (_NO_MAILBOX.search, "no_mailbox"),
        (_FULL.search, "full"),
        (_BLOCKED.search, "blocked"),
    )
    return next((word for says, word in ways if says(text)), None)
