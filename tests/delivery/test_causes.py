"""Why a letter could not be delivered, as one word, out of what real servers say."""

import pytest

from complaints.delivery.addresses import NONE_KNOWN
from complaints.delivery.causes import CAUSES, cause
from complaints.words import LOCALES, say


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (NONE_KNOWN, "no_address"),
        ("cannot be written: KeyError: 'due_at'", "unwritable"),
        ("cannot be sent: a header with a line break", "unwritable"),
        ("connection lost: timed out", "server"),
        ("mail server not usable: [Errno 111] Connection refused", "server"),
        ("550 5.1.1 <***>: Recipient address rejected: User unknown in local table", "no_mailbox"),
        ("550 Mailbox not found", "no_mailbox"),
        ("550 No such user here", "no_mailbox"),
        ("550 5.2.1 The mailbox is disabled", "no_mailbox"),
        ("552 5.2.2 Over quota", "full"),
        ("452 Mailbox full", "full"),
        ("554 5.7.1 Message rejected due to content", "blocked"),
        ("550 SPF check failed", "blocked"),
        ("451 4.4.1 No answer from host", "server"),
        ("553 sorry", "refused"),
        ("550 Mail content denied", "blocked"),
        ("", "unknown"),
        (None, "unknown"),
        ("?", "unknown"),
    ],
)
def test_what_servers_say_becomes_a_word(error: str | None, word: str) -> None:
    assert cause(error) == word


def test_every_cause_has_words_and_says_what_helps() -> None:
    for locale in LOCALES:
        for word in CAUSES:
            assert say(locale, f"dead.{word}")
            assert say(locale, f"dead_next.{word}")
