"""What the boxes of the forms are called, and their choices, by field name of the schemas or "trigger.field"."""

import re
from collections.abc import Mapping
from datetime import date

from complaints import clock, words
from complaints.clock import local_date
from complaints.messages import message
from web.language import gettext as _
from web.language import locale
from web.wording import day, say

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def N_(text: str) -> str:  # noqa: N802  the name that the extraction of texts knows
    """Mark a text for translation where the page's language is not known yet."""
    return text


# name -> (label, hint)
BOXES: dict[str, tuple[str, str]] = {
    "enterprise": (
        N_("Who sold it or provided the service"),
        N_("The name of the shop or company, as written on the receipt or website."),
    ),
    "product": (N_("Product or service"), N_("For example: electric kettle, gym membership.")),
    "marks.product": (N_("Product"), N_("As it is called on the goods.")),
    "marks.batch": (N_("Batch number"), N_("Your own, as it stands on the goods.")),
    "marks.place": (N_("Place of distribution"), N_("Where this batch is sold: a region, a city or a shop.")),
    "marks.size": (N_("Number of codes"), N_("One for each article; at most 1,000,000 a batch.")),
    "marks.plant": (N_("Plant"), N_("Where it was made.")),
    "marks.made_on": (N_("Made on"), N_("For example %(today)s")),
    "marks.best_before": (N_("Best before"), N_("For example %(today)s")),
    "marks.route": (N_("Stations on the way"), N_("One a line, in order: warehouse, dealer, shop.")),
    "batch": (
        N_("Batch number"),
        N_("If one stands on the goods or their packaging: others with the same trouble are found by it."),
    ),
    "category": (N_("Kind of goods"), ""),
    "fault": (N_("Fault"), ""),
    "file.product": (N_("Product or service"), N_("For example: electric kettle, gym membership.")),
    "file.bought_on": (N_("Bought on"), N_("If it was sent to you: the day on which you received it.")),
    "remedies.bought_on": (N_("Bought on"), N_("If it was sent to you: the day on which you received it.")),
    "kind": (N_("Kind of goods"), ""),
    "how": (N_("How you bought it"), ""),
    "trouble": (N_("What is wrong"), ""),
    "repairs": (N_("Failed repairs of the same fault"), N_("A number, for example 2")),
    "repair_days": (N_("Days in repair, together"), N_("A number, for example 31")),
    "narrative": (
        N_("What happened"),
        N_("In your own words: when you bought it, what went wrong, what the seller said."),
    ),
    "request": (N_("What you ask for"), N_("For example: refund of 299 yuan, repair, replacement.")),
    "name": (N_("Your true name"), ""),
    "phone": (N_("Telephone number"), ""),
    "email": (
        N_("E-mail address"),
        N_("Where every notice goes. Without it an officer has to reach you by phone or post, which takes longer."),
    ),
    "lost.email": (N_("E-mail address"), ""),
    "lost.phone": (N_("Telephone number"), N_("Only where no mail address was given at filing.")),
    "address": (N_("Postal address"), ""),
    "amount": (N_("Amount in yuan"), N_("For example 299.00")),
    "bought_on": (N_("Bought on"), N_("For example %(today)s")),
    "consumer_consents": (
        N_("I agree to mediation by the appeals centre if the enterprise does not settle with me."),
        "",
    ),
    "share_consent": (
        N_("I agree that what happened and what I ask for are passed on to this enterprise."),
        N_("Without this the enterprise hears nothing of your complaint and cannot answer it."),
    ),
    "contact_consent": (
        N_("I agree that the enterprise may see my name, telephone number, e-mail and postal address."),
        N_("Not needed: without it we pass messages on for you."),
    ),
    "publish_story": (
        N_("What happened may be published as open data, without names, numbers and addresses."),
        N_("Somebody looks at it first. It changes nothing in your case, and you can take it back at any time."),
    ),
    "contact_consent.contact_consent": (
        N_("May the enterprise see your name, telephone number, e-mail and postal address?"),
        "",
    ),
    "mandate": (N_("Mandate"), N_("Delegated only where an authority handed the case over (Order 121, article 19).")),
    "text": (N_("Message"), ""),
    "reason": (N_("Reason"), ""),
    "remedy": (N_("What you offer"), N_("Say what you will do. The consumer reads this.")),
    "perform_by": (N_("To be done by"), N_("Left empty: within %(performance_days)d days.")),
    "conclude.perform_by": (N_("To be done by"), N_("For example %(today)s")),
    "counter.perform_by": (N_("To be done by"), N_("For example %(today)s")),
    "nothing_to_perform": (N_("Everything has been done already; nothing is left to perform."), ""),
    "missing": (N_("What is missing"), N_("Everything in one list: the consumer is asked once.")),
    "ground": (N_("Ground"), ""),
    "reopen.evidence": (N_("New evidence"), N_("Say what is new and how it can be seen.")),
    "release": (
        N_("What the enterprise may know in order to do it"),
        N_("Tick only what it needs, for example your address for a delivery."),
    ),
    "longer_agreed": (N_("The consumer expressly agrees to a time longer than %(performance_days)d days."), ""),
    "agreement": (N_("The agreement"), N_("Both sides, what is to be done, and what becomes of the dispute.")),
    "rule": (N_("Rule that allows a longer time"), ""),
    "waived": (
        N_("Both sides waive a mediation agreement, or it was performed at once: a written record is made instead."),
        N_("Order 121, article 24."),
    ),
    "granted": (N_("Does the mediator step aside?"), ""),
    "laboratory": (N_("Laboratory"), ""),
    "agreed_on": (N_("Agreed date of the report"), N_("For example %(today)s")),
    "payer": (N_("Who pays"), ""),
    "both_agreed": (N_("Both sides agreed on this laboratory."), ""),
    "into": (N_("Number of the other case"), N_("For example C26-ABCD-1234")),
    "rating": (N_("Your mark, from 1 (bad) to 5 (good)"), ""),
    "result": (N_("How did it end?"), ""),
    "flags": (N_("What you see"), N_("Signs for a person to weigh. Nothing follows by itself.")),
    "enterprise_id": (N_("Enterprise"), ""),
    "mediator_id": (N_("Mediator"), ""),
    "party": (N_("Who is asked"), ""),
    "until": (N_("Until"), N_("For example %(today)s")),
    "day": (N_("Day"), N_("For example %(today)s")),
    "time": (N_("Time"), N_("For example 14:30")),
    "place": (N_("Place"), ""),
    "admit.text": (N_("Letter to the consumer"), N_("Sent as it stands here. Left empty, only the usual notice goes.")),
    "ask_information.text": (N_("Letter to the consumer"), N_("Sent as it stands here, beside the list above.")),
    "refuse.text": (N_("Letter to the consumer"), N_("Sent as it stands here, beside ground and other ways.")),
    "merge.reason": (N_("Letter to the consumer"), N_("Sent as it stands here.")),
    "return_to_sender.reason": (N_("Letter to the consumer"), N_("Sent as it stands here.")),
    "decide_recusal.reason": (N_("Letter to both sides"), N_("Sent as it stands here.")),
    "order_appraisal.text": (N_("Letter to both sides"), N_("Sent as it stands here.")),
    "terminate.text": (N_("Letter to both sides"), N_("Sent as it stands here, beside ground and other ways.")),
    "hearing.text": (N_("Invitation to both sides"), N_("Sent as it stands here.")),
    "surge.reason": (N_("Why it is switched on"), N_("For example: 15 March, three times as many as usual.")),
    "surge.until": (N_("Last day"), N_("It ends by itself after this day. For example %(today)s")),
    "rate.text": (N_("What you would like to add"), ""),
    "report_performance.text": (
        N_("What was done, and how it is proven"),
        N_("For example: refunded on 22 November, reference 20261122-17."),
    ),
    "counter.text": (N_("What you would accept instead"), ""),
    "note.text": (N_("Note"), N_("Only the centre sees it.")),
    "split.reason": (
        N_("The report that is taken out"),
        N_("The consumer reads this; the enterprise never hears of it."),
    ),
    "request_evidence.text": (N_("What is to be shown"), N_("Sent as it stands here; both sides can read it.")),
    "receive_appraisal.text": (N_("What the report says"), N_("Sent as it stands here; both sides can read it.")),
    "join.reason": (N_("Note"), N_("Only the centre sees it.")),
    "decline.reason": (N_("Reason"), N_("The consumer reads this.")),
    "extend.reason": (N_("Reason"), N_("The consumer is told.")),
    "template.name": (N_("Name of the template"), N_("The same name changes the template that has it.")),
    "template.text": (N_("Its text"), N_("Filled in by themselves: {number}, {product}, {date}.")),
    "firm.name": (N_("Name"), N_("A new name leaves the old one behind as a former name.")),
    "firm.credit_code": (N_("Unified social credit code"), N_("18 characters; the last one is a check digit.")),
    "firm.email": (N_("Complaints mailbox"), N_("Without one it can be reached by phone and post only.")),
    "firm.address": (N_("Postal address"), ""),
    "firm.locale": (N_("Language of its letters"), ""),
    "firm.participant": (N_("It takes part in the scheme."), ""),
    "firm.pledge_from": (N_("Pledge in force from"), N_("For example %(today)s")),
    "firm.pledge_until": (N_("Last day of the pledge"), N_("Left empty: until further notice.")),
    "firm.promised_answer_days": (N_("Working days it promises to answer in"), N_("Open cases keep theirs.")),
    "campaign.opens_on": (N_("Enterprises apply from"), ""),
    "campaign.closes_on": (N_("Last day to apply"), N_("Drafts lapse after it.")),
    "campaign.publish_on": (N_("Day of announcement"), N_("At 0:00 of this day what is approved is announced.")),
    "campaign.valid_until": (N_("Last day of the pledges"), ""),
    "for_members": (N_("I say this for everybody in the joint complaint."), ""),
    "joins": (N_("Do you join the joint complaint?"), ""),
    "stands": (N_("I am ready to represent the others."), ""),
    "votes": (N_("Who should represent you: at most two"), ""),
    "evidence.file": (
        N_("Photo, PDF, video or text"),
        N_(
            "JPEG, PNG, WebP, HEIC, PDF, MP4, MOV or plain text; one file or several. The other side and the centre "
            "see them, so cover what is not theirs to know."
        ),
    ),
}

# box -> label, where something typed elsewhere contradicts it
OTHER_BOXES: dict[str, str] = {
    "made_on": N_("Made on"),
    "nothing_to_perform": N_("Everything has been done already; nothing is left to perform."),
    "roles": N_("Roles"),
    "since": N_("From"),
}

# choice -> text, where complaints/words has none
CHOICES: dict[str, str] = {
    "shop": N_("In a shop or on the spot"),
    "online": N_("Online, by phone or by post"),
    "zh": N_("Chinese"),
    "en": N_("English"),
    "name": N_("Name"),
    "phone": N_("Telephone number"),
    "address": N_("Postal address"),
    "enterprise": N_("The enterprise"),
    "consumer": N_("The consumer"),
    "centre": N_("The centre"),
    "association": N_("The association's own"),
    "delegated": N_("Delegated by a market supervision authority"),
    "reached": N_("Reached"),
    "not_reached": N_("Not reached"),
    "granted": N_("Yes, the mediator steps aside"),
    "denied": N_("No, the mediator stays"),
    "given": N_("Given"),
    "lapsed": N_("Not done in time"),
    "void": N_("No longer needed"),
    "new_evidence": N_("New evidence"),
    "breach": N_("The promise was not kept"),
}
WORDED = {
    "ground": "ground",
    "missing": "missing",
    "flags": "flag",
    "kind": "category",
    "trouble": "trouble",
}  # box -> section of complaints/words


def box(trigger: str, name: str, numbers: Mapping[str, int] | None = None) -> tuple[str, str]:
    """Label and hint of a box in the form of a trigger; `numbers` are those that texts name of a case's rules."""
    label, hint = BOXES.get(f"{trigger}.{name}") or BOXES.get(name) or (name.replace("_", " "), "")
    facts = {"today": local_date(clock.now()).isoformat()} if "%(today)" in hint else (numbers or {})
    return _(label, **(numbers or {})), _(hint, **facts) if hint else ""


def choice(box_name: str, word: str) -> str:
    """The text of one choice of a box."""
    section = WORDED.get(box_name)
    if section and words.has(locale(), f"{section}.{word}"):
        return say(f"{section}.{word}")
    return _(CHOICES[word]) if word in CHOICES else word


def fault(key: str) -> str:
    """What is wrong, in words; nothing in it is a name that only programs know."""
    name, colon, detail = key.partition(":")
    if name == "not_one_of":
        return message(locale(), "not_a_choice")
    return message(locale(), f"{name}{colon}{_detail(name, detail)}")


def _detail(name: str, detail: str) -> str:
    """What a message puts in: a box by its label, a role by its name, a day as pages write it."""
    if name == "contradicts":
        return f"“{_(OTHER_BOXES[detail])}”"
    if name in ("stands_alone", "stands_beside"):
        return f"“{say(f'role.{detail}')}”"
    return day(date.fromisoformat(detail)) if _DAY.fullmatch(detail) else detail


def yes() -> str:
    """The word."""
    return _("Yes")


def no() -> str:
    """The word."""
    return _("No")
