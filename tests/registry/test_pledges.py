"""Pledges: begun, worded, reviewed, announced, changed, suspended, ended; and what follows for the enterprise."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from complaints import db
from complaints.delivery import outbox
from complaints.errors import BadInput, NotAllowed, NotFound, NotNow, StaleVersion
from complaints.models import Enterprise, Notice, Pledge
from complaints.registry import (
    course,
    enterprises,
    pledge_acts,
    pledge_proofs,
    pledge_versions,
    pledges,
    promises,
    sweeping,
)
from complaints.registry.pledges import Wording
from complaints.words import LOCALES, has
from complaints.workflow.case import Actor, Role
from tests import pledging
from tests.people import World, moment, on, world
from tests.pledging import ANNOUNCED, SPRING, TEXTS, WINTER, WORDING, firm, intake, standing, supervisor
from tests.sending import upload

PAPER = b"%PDF-1.7 a test report"
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


@pytest.fixture
def campaign(there: World) -> int:
    """The campaign of 2027."""
    return pledging.campaign()


def test_an_enterprise_begins_words_and_hands_in(there: World, campaign: int) -> None:
    hongyun = firm(there.hongyun)
    agent = there.li  # any account: files are added by people
    with db.transaction() as session:
        pledge = pledges.begin(session, there.hongyun, campaign, hongyun, WINTER)
        assert (pledge.state, course.last_day(pledge)) == ("draft", on("2027-02-20"))
        pledges.edit(
            session, pledge.id, Wording(TEXTS | {"warranty": ""}, None, mediation_consent=False), hongyun, WINTER
        )
    with db.transaction() as session, pytest.raises(BadInput) as refused:
        pledges.submit(session, pledge.id, None, [], hongyun, WINTER)
    assert refused.value.fields == {"promises.warranty": ["required"]}
    with db.transaction() as session, pytest.raises(BadInput) as refused:
        pledges.submit(session, pledge.id, Wording(TEXTS, None, mediation_consent=False), [], hongyun, WINTER)
    assert refused.value.fields == {"mediation_consent": ["consent_in_advance"]}
    with db.transaction() as session:
        acting = Actor(Role.ENTERPRISE, agent, there.hongyun)
        pledges.submit(
            session, pledge.id, WORDING, [upload(PAPER, "report.pdf"), upload(PAPER, "report.pdf")], acting, WINTER
        )
    with db.reading() as session:
        found = session.get_one(Pledge, pledge.id)
        assert found.state == "submitted"
        assert [each.filename for each in pledge_proofs.of(session, found)] == ["report.pdf"]
        assert pledge_proofs.read(session, found, pledge_proofs.of(session, found)[0].id)[1].read_bytes() == PAPER
        kept = pledge_versions.newest(session, found)
        assert {each["kind"]: each["text"] for each in kept.promises} == TEXTS
        told = session.scalars(select(Notice.recipient).where(Notice.key.startswith(f"course:pledge:{found.id}:3:")))
        assert "desk:intake" in set(told)
    assert standing(there.hongyun)[3] is None  # nothing stands before it is announced


def test_there_is_one_open_pledge_a_campaign_and_none_for_others(there: World, campaign: int) -> None:
    pledging.submitted(there, campaign)
    with db.transaction() as session, pytest.raises(BadInput) as refused:
        pledges.begin(session, there.hongyun, campaign, firm(there.hongyun), WINTER)
    assert refused.value.fields == {"campaign": ["pledged_already"]}
    with db.transaction() as session, pytest.raises(NotFound):
        pledges.begin(session, there.hongyun, campaign, firm(there.baiyu), WINTER)
    for day in ("2026-11-30", "2027-02-21"):
        with db.transaction() as session, pytest.raises(NotNow):
            pledges.begin(session, there.baiyu, campaign, firm(there.baiyu), moment(day))


@pytest.mark.parametrize(
    ("wording", "fields"),
    [
        (Wording({"flying": "We fly."}, None, True), {"promises.flying": ["unknown_field"]}),
        (Wording({"safety": "x" * 1001}, None, True), {"promises.safety": ["too_long:1000"]}),
        (Wording(TEXTS, 10, True), {"answer_days": ["out_of_range:1-9"]}),
        (Wording(TEXTS, 0, True), {"answer_days": ["out_of_range:1-9"]}),
    ],
)
def test_what_cannot_be_promised_is_named(
    there: World, campaign: int, wording: Wording, fields: dict[str, list[str]]
) -> None:
    with db.transaction() as session:
        pledge = pledges.begin(session, there.hongyun, campaign, firm(there.hongyun), WINTER)
    with db.transaction() as session, pytest.raises(BadInput) as refused:
        pledges.edit(session, pledge.id, wording, firm(there.hongyun), WINTER)
    assert refused.value.fields == fields


def test_what_is_approved_is_announced_on_the_day_by_itself(there: World, campaign: int) -> None:
    pledge_id = pledging.submitted(there, campaign)
    with db.transaction() as session:
        pledges.approve(session, pledge_id, intake(there), WINTER)
    found = pledging.of(pledge_id)
    assert (found.state, found.due_at, found.number) == ("approved", ANNOUNCED, None)
    assert pledges.standing_word(found, WINTER) == "pending"
    outbox.deliver_due(now=lambda: WINTER + A_MINUTE)
    late = ANNOUNCED + timedelta(hours=2)
    assert sweeping.run_due(lambda: late) == 1
    found = pledging.of(pledge_id)
    assert (found.state, found.number, found.valid_from) == ("published", "315-2027-00001", ANNOUNCED)
    assert found.certificate_due == ANNOUNCED
    assert found.valid_until == moment("2028-03-15 00:00")
    assert standing(there.hongyun) == (True, ANNOUNCED, found.valid_until, 5)
    assert pledges.standing_word(found, late) == "in_force"
    with db.reading() as session:
        firm_now = session.get_one(Enterprise, there.hongyun)
        assert enterprises.standing(firm_now, late) == (True, False, 5, True)  # what a filing pins


def test_suspended_and_restored(there: World, campaign: int) -> None:
    pledge_id = pledging.published(there, campaign)
    later, again = SPRING + timedelta(days=3), SPRING + timedelta(days=9)
    measure = pledging.imposed(there, "suspension", later)
    assert standing(there.hongyun)[:3] == (True, SPRING, later)
    found = pledging.of(pledge_id)
    assert (pledges.standing_word(found, later), course.last_day(found)) == ("suspended", on("2028-03-14"))
    with db.transaction() as session:
        assert pledges.current(session, there.hongyun, later).id == pledge_id  # type: ignore[union-attr]
    pledging.lifted(there, measure, again)
    assert standing(there.hongyun) == (True, SPRING, moment("2028-03-15 00:00"), 5)
    assert pledging.of(pledge_id).certificate_due == again


@pytest.mark.parametrize("how", ["withdraw", "strike_off"])
def test_what_ends_takes_back_what_it_gave(there: World, campaign: int, how: str) -> None:
    pledge_id = pledging.published(there, campaign)
    later = SPRING + timedelta(days=3)
    if how == "withdraw":
        with db.transaction() as session:
            pledges.withdraw(session, pledge_id, firm(there.hongyun), later, "it must be")
    else:
        pledging.imposed(there, "striking_off", later)
    assert standing(there.hongyun) == (False, SPRING, later, None)
    word = {"withdraw": "withdrawn", "strike_off": "struck_off"}[how]
    assert pledges.standing_word(pledging.of(pledge_id), later) == word
    with db.reading() as session:
        assert pledges.current(session, there.hongyun, later) is None
        assert pledge_versions.promised_on(session, there.hongyun, on("2027-04-14")) is not None
        assert pledge_versions.promised_on(session, there.hongyun, on("2027-04-16")) is None


def test_a_term_ends_by_itself_and_the_next_campaign_takes_over_without_a_gap(there: World, campaign: int) -> None:
    first = pledging.published(there, campaign)
    following = pledging.campaign(2028, moment("2027-12-20"))
    second = pledging.submitted(there, following, moment("2028-01-11"), Wording(TEXTS, 3, True))
    with db.transaction() as session:
        pledges.approve(session, second, intake(there), moment("2028-01-12"))
    outbox.deliver_due(now=lambda: moment("2028-01-13"))
    over = moment("2028-03-15 00:00")
    sweeping.run_due(lambda: over + A_MINUTE)
    assert [pledging.of(each).state for each in (first, second)] == ["expired", "published"]
    assert pledges.standing_word(pledging.of(first), over) == "expired"
    assert standing(there.hongyun) == (True, over, moment("2029-03-15 00:00"), 3)


def test_an_older_pledge_does_not_take_back_what_a_newer_one_gave(there: World, campaign: int) -> None:
    first = pledging.published(there, campaign)
    following = pledging.campaign(2028, moment("2027-12-20"))
    early = moment("2028-03-10")
    second = pledging.submitted(there, following, moment("2028-01-11"), Wording(TEXTS, 3, True))
    with db.transaction() as session:
        pledges.approve(session, second, intake(there), moment("2028-01-12"))
        pledges.publish(session, second, supervisor(there), early)
        pledges.withdraw(session, first, firm(there.hongyun), early + A_MINUTE)
    assert standing(there.hongyun) == (True, early, moment("2029-03-15 00:00"), 3)
    assert pledging.of(second).number == "315-2028-00001"


def test_a_change_stands_only_when_it_is_accepted_and_the_days_are_told_apart(there: World, campaign: int) -> None:
    pledge_id = pledging.published(there, campaign)
    may, june = moment("2027-05-03"), moment("2027-06-01")
    better = Wording(TEXTS | {"warranty": "Three years."}, 3, True)
    with db.transaction() as session:
        found = session.get_one(Pledge, pledge_id)
        assert "accept_change" not in course.actions(found, intake(there), may)
        pledges.propose_change(session, pledge_id, better, firm(there.hongyun), may)
        assert "accept_change" in course.actions(found, intake(there), may)
        pledges.refuse_change(session, pledge_id, intake(there), may, "what is warranted is not said")
        pledges.propose_change(session, pledge_id, better, firm(there.hongyun), may)
    assert standing(there.hongyun)[3] == 5
    with db.transaction() as session:
        pledges.accept_change(session, pledge_id, intake(there), june)
    assert standing(there.hongyun)[3] == 3
    with db.reading() as session:
        days = {"2027-04-11": None, "2027-04-12": 1, "2027-05-31": 1, "2027-06-01": 3, "2027-12-01": 3}
        for day, version in days.items():
            stood = pledge_versions.promised_on(session, there.hongyun, on(day))
            assert (stood.version.version if stood else None) == version, day
        told = session.scalars(select(Notice.recipient).where(Notice.key.startswith("course:change:1:1:")))
        assert set(told) == {f"enterprise:{there.hongyun}", "desk:intake"}
        twice = select(Notice.id).where(Notice.key.startswith(f"course:pledge:{pledge_id}:4:"), Notice.at_once)
        assert session.scalars(twice).all() == []  # the change has letters of its own


def test_a_change_keeps_the_consent(there: World, campaign: int) -> None:
    pledge_id = pledging.published(there, campaign)
    with db.transaction() as session, pytest.raises(BadInput) as refused:
        pledges.propose_change(session, pledge_id, Wording(TEXTS, None, False), firm(there.hongyun), SPRING)
    assert refused.value.fields == {"mediation_consent": ["consent_in_advance"]}


def test_next_year_begins_with_the_words_of_this_one(there: World, campaign: int) -> None:
    pledging.published(there, campaign)
    following = pledging.campaign(2028, moment("2027-12-20"))
    with db.transaction() as session:
        pledge = pledges.begin(session, there.hongyun, following, firm(there.hongyun), moment("2028-01-11"))
        words = pledge_versions.newest(session, pledge)
    assert {each["kind"]: each["text"] for each in words.promises} == TEXTS
    assert not words.mediation_consent


def test_who_may_do_what(there: World, campaign: int) -> None:
    pledge_id = pledging.submitted(there, campaign)
    stranger = firm(there.baiyu)
    with db.transaction() as session, pytest.raises(NotFound):
        pledges.withdraw(session, pledge_id, stranger, WINTER)
    with db.reading() as session:
        with pytest.raises(NotFound):
            pledges.look(session, pledge_id, [stranger])
        assert pledges.look(session, pledge_id, [intake(there)]).id == pledge_id
    with db.transaction() as session, pytest.raises(NotAllowed):
        pledges.approve(session, pledge_id, firm(there.hongyun), WINTER)
    with db.transaction() as session, pytest.raises(NotAllowed):
        pledges.submit(session, pledge_id, Wording({}, None, False), [], firm(there.hongyun), WINTER)
    with db.transaction() as session, pytest.raises(StaleVersion):
        pledges.approve(session, pledge_id, intake(there), WINTER, version=1)
    with db.transaction() as session, pytest.raises(BadInput) as refused:
        pledges.refuse(session, pledge_id, intake(there), WINTER, " ")
    assert refused.value.fields == {"reason": ["required"]}


def test_no_officer_suspends_restores_or_strikes_off_by_hand(there: World, campaign: int) -> None:
    pledge_id = pledging.published(there, campaign)
    sun = supervisor(there)
    for trigger in ("suspend", "strike_off", "restore"):
        if trigger == "restore":
            pledging.imposed(there, "suspension", SPRING)
        with db.transaction() as session:
            found = course.lock(session, Pledge, pledge_id)
            assert trigger not in course.actions(found, sun, SPRING)
            with pytest.raises(NotFound):
                pledge_acts.perform(session, pledge_id, trigger, sun, SPRING, pledge_acts.Given(reason="I say so."))
            with pytest.raises(NotNow):
                course.fire(session, found, trigger, sun, SPRING, reason="I say so.")
    assert pledging.of(pledge_id).state == "suspended"


def test_asked_back_twice_and_no_more(there: World, campaign: int) -> None:
    pledge_id = pledging.submitted(there, campaign)
    for _ in range(2):
        with db.transaction() as session:
            pledges.ask_back(session, pledge_id, intake(there), WINTER, "the report is missing")
            pledges.submit(session, pledge_id, None, [], firm(there.hongyun), WINTER)
    with db.transaction() as session, pytest.raises(NotNow):
        pledges.ask_back(session, pledge_id, intake(there), WINTER, "again")


def test_a_review_that_nobody_makes_ends_without_blame_for_the_enterprise(there: World, campaign: int) -> None:
    pledge_id = pledging.submitted(there, campaign)
    at = WINTER
    for state in ("review_overdue", "unreviewed"):
        outbox.deliver_due(now=lambda at=at: at + A_MINUTE)  # type: ignore[misc]
        at = pledging.of(pledge_id).due_at or at
        sweeping.run_due(lambda at=at: at)  # type: ignore[misc]
        assert pledging.of(pledge_id).state == state


@pytest.mark.parametrize("locale", LOCALES)
def test_every_kind_and_standing_has_words(locale: str) -> None:
    words = ("pending", "in_force", "suspended", "withdrawn", "struck_off", "expired")
    keys = [f"pledge.kind.{kind}" for kind in promises.KINDS] + [f"pledge.standing.{word}" for word in words]
    assert [key for key in keys if not has(locale, key)] == []
