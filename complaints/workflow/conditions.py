"""The conditions and effects that rows of the lifecycle table name. Pure: they look at the case and the move only.

A condition answers "may this row run?"; an effect writes onto the case what the row means. `verify.py` runs the
same functions, so what it proves is what runs.
"""

from datetime import date

from complaints.workflow.case import Case, Move, Outcome, Role

REOPEN_FREELY = (Outcome.UNCONFIRMED, Outcome.SETTLED_UNCONFIRMED, Outcome.DECLINED_NOT_PURSUED)
REOPEN_WITH_GROUND = (Outcome.SETTLED, Outcome.SETTLEMENT_BROKEN, Outcome.TERMINATED)
REOPEN_AT_INTAKE = (Outcome.LAPSED, Outcome.REFUSED)
REOPENABLE = (*REOPEN_FREELY, *REOPEN_WITH_GROUND, *REOPEN_AT_INTAKE)


# -- conditions ---------------------------------------------------------------------------------------------------


def can_reach_enterprise(case: Case, move: Move) -> bool:
    """Known, reachable, allowed to hear the content, and under a mandate that negotiates before mediation."""
    reachable = move.facts.get("enterprise_reachable", True)
    return case.mandate == "association" and case.enterprise_id is not None and case.share_consent and bool(reachable)


def may_send(case: Case, move: Move) -> bool:
    """An officer free to judge it sends it to the enterprise."""
    return another_officer(case, move) and can_reach_enterprise(case, move)


def green_channel(case: Case, move: Move) -> bool:
    """A complete, unflagged filing about a participant goes straight to it."""
    return case.complete and not case.flagged and case.participant and can_reach_enterprise(case, move)


def nothing_missing(case: Case, move: Move) -> bool:
    """What the clock may admit by itself: complete, unflagged, the enterprise known and reachable."""
    return case.complete and not case.flagged and can_reach_enterprise(case, move)


def another_officer(case: Case, move: Move) -> bool:
    """A reopened refusal is reviewed by somebody other than the officer who refused."""
    return case.barred_officer_id is None or move.actor.account_id != case.barred_officer_id


def offer_stands(case: Case, move: Move) -> bool:
    """The enterprise's last answer was an offer with something to perform."""
    return case.answer == "offer" and bool(case.offer) and case.offer is not None and "perform_by" in case.offer


def nothing_to_do(case: Case, move: Move) -> bool:
    """The enterprise's last answer was an offer that is complete with being accepted."""
    return case.answer == "offer" and case.offer is not None and "perform_by" not in case.offer


def offer_unanswered(case: Case, move: Move) -> bool:
    """The answer on the table is an offer (of either kind)."""
    return case.answer == "offer"


def late_offer_stands(case: Case, move: Move) -> bool:
    """An offer was made beside the state, after the time to answer."""
    return case.late_offer is not None


def mediator_found(case: Case, move: Move) -> bool:
    """Somebody without a conflict is there to mediate."""
    return move.fact("mediator_id") is not None


def can_begin(case: Case, move: Move) -> bool:
    """A mediator is there and both sides agree: mediation begins at once."""
    return mediator_found(case, move) and case.consents_stand


def has_not_consented(case: Case, move: Move) -> bool:
    """The party that speaks is one whose consent is missing."""
    if move.actor.role is Role.CONSUMER:
        return not (case.consumer_consents and case.share_consent)
    return not case.enterprise_consents


def completes_consents(case: Case, move: Move) -> bool:
    """With this party's yes, both consents stand."""
    if move.actor.role is Role.CONSUMER:
        return has_not_consented(case, move) and case.enterprise_consents
    return has_not_consented(case, move) and case.consumer_consents and case.share_consent


def recusal_counter(move: Move) -> str:
    """Each party has a suspending request of its own."""
    return f"recusal_{move.actor.role.value}"


def later_recusal(case: Case, move: Move) -> bool:
    """A further request is recorded and decided, but suspends nothing."""
    return case.spent(recusal_counter(move)) >= move.limits["recusal"]


def granted(case: Case, move: Move) -> bool:
    """The recusal was granted (the clock always grants) and somebody else is there."""
    return not_concerned(case, move) and bool(move.fact("granted")) and mediator_found(case, move)


def nobody_left(case: Case, move: Move) -> bool:
    """The recusal was granted and nobody without a conflict is left."""
    return not_concerned(case, move) and bool(move.fact("granted")) and not mediator_found(case, move)


def not_concerned(case: Case, move: Move) -> bool:
    """Nobody decides on a request against themselves (art 21)."""
    return move.actor.account_id is None or move.actor.account_id != case.mediator_id


def denied(case: Case, move: Move) -> bool:
    """The recusal was denied with reasons."""
    return not_concerned(case, move) and not move.fact("granted")


def return_spent(case: Case, move: Move) -> bool:
    """The first broken or disputed performance went to the mediator; the second ends the case."""
    return case.spent("performance") >= move.limits["performance"]


def in_reopen_window(case: Case, move: Move) -> bool:
    """The consumer may still reopen (30 days from the recording of the end)."""
    return case.reopen_until is not None and move.at < case.reopen_until


def reopen_to_mediator(case: Case, move: Move) -> bool:
    """An end that may be taken back to the appeals centre, with a ground where one is needed."""
    free = case.outcome in REOPEN_FREELY
    grounded = case.outcome in REOPEN_WITH_GROUND and move.fact("reopen_ground") in ("new_evidence", "breach")
    return in_reopen_window(case, move) and (free or grounded)


def reopen_to_intake(case: Case, move: Move) -> bool:
    """A lapse or refusal at intake that may be looked at again."""
    return in_reopen_window(case, move) and case.outcome in REOPEN_AT_INTAKE


def in_rating_window(case: Case, move: Move) -> bool:
    """The consumer may still rate (20 days), once."""
    return case.rate_until is not None and move.at < case.rate_until and case.rating is None


# -- effects ------------------------------------------------------------------------------------------------------


def keep_offer(case: Case, move: Move) -> None:
    case.answer, case.offer = "offer", dict(move.fact("terms") or {})


def drop_offer(case: Case, move: Move) -> None:
    """What was not accepted is off the table."""
    case.answer = case.offer = None


def drop_promise(case: Case, move: Move) -> None:
    """What was promised and not done is no longer what is on the table."""
    drop_offer(case, move)
    case.perform_by = None


def keep_decline(case: Case, move: Move) -> None:
    case.answer, case.offer = "decline", None


def keep_late_offer(case: Case, move: Move) -> None:
    case.late_offer = dict(move.fact("terms") or {})


def promise(case: Case, move: Move) -> None:
    """The date by which it will be done; the verb has checked it against the limits."""
    case.perform_by = _day(move.fact("perform_by"))


def take_late_offer(case: Case, move: Move) -> None:
    """A late offer is accepted: its terms are those in force now."""
    promise(case, move)
    case.offer, case.late_offer = case.late_offer, None


def agree(case: Case, move: Move) -> None:
    """The mediation agreement takes effect: it replaces older offers, and the 30 days for confirmation start here."""
    promise(case, move)
    case.offer = {"amount": move.fact("amount"), "perform_by": move.fact("perform_by")}
    case.late_offer = None
    case.agreement_at = move.at


def take_intake(case: Case, move: Move) -> None:
    case.intake_officer_id = move.actor.account_id or case.intake_officer_id


def supplied(case: Case, move: Move) -> None:
    """What the consumer added has made the filing complete, or has not."""
    case.complete = bool(move.facts.get("complete", case.complete))
    for consent in ("consumer_consents", "share_consent", "contact_consent"):
        setattr(case, consent, bool(move.facts.get(consent, getattr(case, consent))))


def bar_officer(case: Case, move: Move) -> None:
    take_intake(case, move)
    case.ground = move.fact("ground")


def keep_ground(case: Case, move: Move) -> None:
    case.ground = move.fact("ground")


def take_mediator(case: Case, move: Move) -> None:
    case.mediator_id = move.fact("mediator_id")


def change_mediator(case: Case, move: Move) -> None:
    take_mediator(case, move)
    case.recusal_by = None


def keep_mediator(case: Case, move: Move) -> None:
    case.recusal_by = None


def ask_recusal(case: Case, move: Move) -> None:
    case.recusal_by = move.actor.role.value


def give_consent(case: Case, move: Move) -> None:
    if move.actor.role is Role.CONSUMER:
        case.consumer_consents = case.share_consent = True
    else:
        case.enterprise_consents = True


def take_consent_back(case: Case, move: Move) -> None:
    """Whoever ends the mediation no longer consents to it (art 23(2)); a reopened case must ask again."""
    if move.actor.role is Role.CONSUMER:
        case.consumer_consents = False
    elif move.actor.role is Role.ENTERPRISE:
        case.enterprise_consents = False
    case.ground = "end_2"


def time_is_up(case: Case, move: Move) -> None:
    """Sixty days without agreement: art 23(5)."""
    case.ground = "end_5"


def give_up(case: Case, move: Move) -> None:
    """Nobody without a conflict is left to mediate; the consumer is told the other routes."""
    case.ground, case.mediator_id, case.recusal_by = "end_8", None, None


def order_appraisal(case: Case, move: Move) -> None:
    case.appraise_by = _day(move.fact("agreed_on"))


def begin_again(case: Case, move: Move) -> None:
    """Reopening is a new acceptance; counters stay spent, and a refusing officer does not judge again."""
    if case.outcome is Outcome.REFUSED:
        case.barred_officer_id = case.intake_officer_id
    case.outcome = case.ground = case.closed_at = case.reopen_until = case.rate_until = None
    case.recusal_by = case.appraise_by = case.rating = None
    case.accepted_at = case.answer = case.offer = case.late_offer = case.perform_by = case.mediator_id = None


def route(case: Case, move: Move) -> None:
    """Name the enterprise, and pin what it is at this moment.

    What was agreed, offered or released was so towards the enterprise named before; the consumer allows passing the
    content on to one enterprise at a time (PIPL 23).
    """
    another = case.enterprise_id not in (None, move.fact("enterprise_id"))
    if another:
        case.share_consent = case.contact_consent = False
        case.answer = case.offer = case.late_offer = None
        case.enterprise_from_seq = case.chain_seq + 1
    case.enterprise_id = move.fact("enterprise_id")
    case.participant, case.benchmark = bool(move.fact("participant")), bool(move.fact("benchmark"))
    case.promised_answer_days = move.fact("promised_answer_days")
    case.enterprise_consents = bool(move.fact("enterprise_consents")) or (not another and case.enterprise_consents)
    case.enterprise_told = not another and case.enterprise_told


def keep_rating(case: Case, move: Move) -> None:
    case.rating = move.fact("rating")


def keep_contact_consent(case: Case, move: Move) -> None:
    case.contact_consent = bool(move.fact("contact_consent"))


def keep_flags(case: Case, move: Move) -> None:
    case.flags = list(move.fact("flags") or [])
    case.flagged = bool(case.flags)


def _day(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None
