"""How letters come to the mailbox of an enterprise."""

from sqlalchemy.orm import Session

from complaints.errors import BadInput
from complaints.models import Enterprise
from complaints.words import LOCALES

DIGEST_HOURS = tuple(range(9, 20))  # reminders leave from 9:00 to 20:00


def choose_letters(
    session: Session, enterprise_id: int, digest_hour: int | None, bundle_news: bool, locale: str
) -> None:
    """How letters come to an enterprise's mailbox. Receipts, decisions and the last day's reminder cannot be put off.

    Raises BadInput for an hour outside of those in which reminders leave, or a language that we do not speak.
    """
    if digest_hour is not None and digest_hour not in DIGEST_HOURS:
        raise BadInput(
            "not an hour of the digest", {"digest_hour": [f"out_of_range:{DIGEST_HOURS[0]}-{DIGEST_HOURS[-1]}"]}
        )
    if locale not in LOCALES:
        raise BadInput("not a language of ours", {"locale": [f"not_one_of:{', '.join(LOCALES)}"]})
    firm = session.get_one(Enterprise, enterprise_id)
    firm.digest_hour, firm.bundle_news, firm.locale = digest_hour, bundle_news, locale
