"""What a consumer brings, parsed. Pages, API and importer all make one of these (see `schemas.py`)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# Order 121 art 10: what a complaint must state. The enterprise's own address is looked up, not asked.
REQUIRED = ("name", "phone", "address", "enterprise", "narrative", "request")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """One complaint as it was brought. Empty text means that it was not given; amounts are yuan."""

    enterprise: str = ""  # the name the consumer wrote
    product: str = ""
    category: str = ""
    fault: str = ""
    batch: str = ""  # of the goods, as on their mark or label
    narrative: str = ""  # what happened
    request: str = ""  # the remedy asked for
    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    amount: Decimal | None = None
    bought_on: date | None = None
    consumer_consents: bool = False  # to mediation
    share_consent: bool = False  # to pass the content to this enterprise (PIPL 23)
    contact_consent: bool = False  # to show the enterprise name, phone and address
    publish_story: bool = False  # as open data, scrubbed and looked at first
    locale: str = "zh"
    mandate: str = "association"

    def missing(self) -> list[str]:
        """The fields of art 10 that were not given, in the order of the form."""
        return [field for field in REQUIRED if not getattr(self, field)]
