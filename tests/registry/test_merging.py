"""Two enterprises become one: every table that names one has a rule, and the rule is kept."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert, select, update

from complaints import db
from complaints.errors import BadInput, Misconfigured
from complaints.models import (
    Account,
    ActionDraft,
    AlikeReply,
    Complaint,
    Conflict,
    Enterprise,
    EnterpriseFigures,
    EnterpriseMerge,
    FactorPolicy,
    Invitation,
    JointGroup,
    Measure,
    Notice,
    Objection,
    RecordMonth,
    ReplyTemplate,
    Webhook,
)
from complaints.registry import benchmarks, course, merging, pledges
from complaints.workflow import indexing, search, telling
from complaints.workflow.case import Actor, Role
from tests import pledging
from tests.people import FOUNDED, MONDAY, World, declare_conflict, moment, world
from tests.playing import file_complaint
from tests.pledging import SPRING


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


def merge(there: World) -> dict[str, int]:
    """Outside Traders become names of Baiyu."""
    with db.transaction() as session:
        return dict(merging.merge(session, there.outside, there.baiyu, None, MONDAY))


def left(there: World) -> set[str]:
    """The tables in which the old id still stands."""
    with db.reading() as session:
        return {
            table.name
            for table, column in merging.references()
            if session.execute(select(column).where(column == there.outside)).first()
        }


def test_every_table_that_names_an_enterprise_has_a_rule() -> None:
    assert {table.name for table, _column in merging.references()} == set(merging.RULES)


def test_a_table_without_a_rule_is_refused(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "RULES", {"complaint": merging.MOVED})
    with pytest.raises(Misconfigured, match="nothing says"):
        merge(there)
    with db.reading() as session:
        assert session.get(Enterprise, there.outside) is not None


def test_what_both_have_is_settled_by_the_rule(there: World) -> None:
    case = file_complaint(there, against="outside")
    declare_conflict(there.gao, there.outside)
    declare_conflict(there.gao, there.baiyu)
    declare_conflict(there.chen, there.outside)
    firms = (there.outside, there.baiyu)
    with db.transaction() as session:
        session.add_all(FactorPolicy(enterprise_id=firm, needed_from=FOUNDED + timedelta(days=n))
                        for n, firm in enumerate(firms))  # fmt: skip
        for firm in firms:
            figures = {"enterprise_id": firm, "days": 30, "figures": {}, "counted_at": MONDAY}
            session.execute(insert(EnterpriseFigures).values(figures))
            session.add(ReplyTemplate(enterprise_id=firm, name="Sorry", text="We are sorry.", changed_at=MONDAY,
                                      changed_by=there.li))  # fmt: skip
            session.add(JointGroup(enterprise_id=firm, made_at=MONDAY))
        session.add(EnterpriseMerge(old_id=9_999, old_name="Older", into_id=there.outside, merged_at=FOUNDED))
    moved = merge(there)
    assert left(there) == set()
    assert moved["complaint"] == 1
    with db.reading() as session:
        conflicts = session.execute(select(Conflict.account_id, Conflict.enterprise_id)).all()
        assert sorted(map(tuple, conflicts)) == sorted([(there.gao, there.baiyu), (there.chen, there.baiyu)])
        (rule,) = session.scalars(select(FactorPolicy)).all()
        assert (rule.enterprise_id, rule.needed_from) == (
            there.baiyu,
            FOUNDED,
        )  # the earlier day, which was the old one's
        assert session.execute(select(EnterpriseFigures.days)).all() == []  # counted anew
        assert session.scalars(select(ReplyTemplate.enterprise_id)).all() == [there.baiyu] * 2
        assert session.scalars(select(JointGroup.enterprise_id)).all() == [there.baiyu] * 2
        into = dict(session.execute(select(EnterpriseMerge.old_id, EnterpriseMerge.into_id)).all())
    assert into == {9_999: there.baiyu, there.outside: there.baiyu}
    assert case.first_break() is None


def test_a_rule_of_the_old_one_alone_goes_along(there: World) -> None:
    with db.transaction() as session:
        session.add(FactorPolicy(enterprise_id=there.outside, needed_from=FOUNDED))
    merge(there)
    with db.reading() as session:
        assert session.scalars(select(FactorPolicy.enterprise_id)).all() == [there.baiyu]


def test_everything_else_moves(there: World) -> None:
    case = file_complaint(there, against="outside")
    with db.transaction() as session:
        person = Account(login="agent", name="agent", password_hash="-", session_key="-", roles=["enterprise"],
                         enterprise_id=there.outside, made_at=FOUNDED)  # fmt: skip
        session.add(person)
        session.flush()
        session.add(AlikeReply(complaint_id=case.id, enterprise_id=there.outside, account_id=person.id, likeness=90,
                               sent_at=MONDAY, trigger="decline"))  # fmt: skip
        session.add(Invitation(email="a@example.com", roles=["enterprise"], enterprise_id=there.outside,
                               token_hash="x" * 64, invited_by=there.li, made_at=MONDAY,
                               expires_at=MONDAY + timedelta(days=7), locale="zh"))  # fmt: skip
        session.add(Webhook(enterprise_id=there.outside, url="https://crm.example/", triggers=["offer"],
                            made_by=person.id, nonce="s" * 32, from_event_id=0, made_at=MONDAY))  # fmt: skip
        for firm in (there.outside, there.baiyu):  # the case was with both, one after the other
            for trigger in ("decline", "offer") if firm == there.outside else ("decline",):
                session.add(ActionDraft(complaint_id=case.id, side=f"enterprise:{firm}", trigger=trigger,
                                        account_id=person.id, typed={}, saved_at=MONDAY))  # fmt: skip
    merge(there)
    assert left(there) == set()
    with db.reading() as session:
        drafts = sorted(session.execute(select(ActionDraft.side, ActionDraft.trigger)).all())
    assert drafts == [(f"enterprise:{there.baiyu}", "decline"), (f"enterprise:{there.baiyu}", "offer")]


def test_whoever_was_told_stays_told(there: World) -> None:
    case = file_complaint(there, against="outside", mail=False)
    case.intake("admit")
    case.post(MONDAY, f"enterprise:{there.outside}")  # it arrived, and no worker has come by yet
    merge(there)
    now = case.case
    assert now.enterprise_id == there.baiyu
    with db.transaction() as session:
        assert telling.settle(session, now, MONDAY)
    assert case.tasks() == []


def test_a_dead_letter_goes_to_the_survivor_when_tried_again(there: World) -> None:
    case = file_complaint(there, against="outside", mail=False)
    case.intake("admit")
    case.bounce(f"enterprise:{there.outside}", MONDAY)
    with db.transaction() as session:
        session.execute(update(Complaint).where(Complaint.id == case.id).values(state="closed"))
    merge(there)
    with db.reading() as session:
        dead = session.scalars(select(Notice.recipient).where(Notice.status == "dead")).all()
    assert set(dead) == {f"enterprise:{there.baiyu}"}


def test_its_cases_are_found_by_the_survivors_people(there: World) -> None:
    case = file_complaint(there, against="outside", narrative="Der Zeppelin leaks.")
    case.intake("admit")
    indexing.run_due()
    merge(there)
    indexing.run_due()
    agent = [Actor(Role.ENTERPRISE, enterprise_id=there.baiyu)]
    with db.reading() as session:
        page = search.find(session, "zeppelin", agent, MONDAY)
    assert [line.number for line in page.lines] == [case.number]


def test_a_pledge_goes_over_with_what_it_gives(there: World) -> None:
    campaign = pledging.campaign()
    pledging.published(there, campaign, enterprise=there.outside)
    with db.transaction() as session:
        benchmarks.designate(session, there.outside, 2027, None, SPRING)
        session.get_one(Enterprise, there.baiyu).participant = False
    with db.reading() as session:
        effect = merging.preview(session, there.outside, there.baiyu, SPRING)
        assert effect.gives_up == []
    with db.transaction() as session:
        merging.merge(session, there.outside, there.baiyu, None, SPRING)
    with db.reading() as session:
        survivor = session.get_one(Enterprise, there.baiyu)
        assert (survivor.participant, survivor.benchmark) == (True, True)
        assert pledges.current(session, there.baiyu, SPRING) is not None


def test_two_open_pledges_of_one_campaign_are_not_merged(there: World) -> None:
    campaign = pledging.campaign()
    for each in (there.outside, there.baiyu):
        pledging.published(there, campaign, enterprise=each)
    with db.transaction() as session, pytest.raises(BadInput) as refused:
        merging.merge(session, there.outside, there.baiyu, None, SPRING)
    assert refused.value.fields == {"into": ["two_pledges"]}


@pytest.mark.parametrize("of", ["outside", "baiyu"])
@pytest.mark.parametrize("state", ["raised", "held_back"])
def test_an_open_objection_of_either_is_decided_first(there: World, of: str, state: str) -> None:
    with db.transaction() as session:
        month = RecordMonth(month="2026-06", taken_at=FOUNDED, object_until=MONDAY, explanation={}, overall={})
        session.add(month)
        session.flush()
        session.add(Objection(month="2026-06", figure="ended", enterprise_id=getattr(there, of), made_at=FOUNDED,
                              state=state, since=FOUNDED, deadline={}, counters={}, policy="-"))  # fmt: skip
    with db.transaction() as session, pytest.raises(BadInput) as refused:
        merging.preview(session, there.outside, there.baiyu, MONDAY)
    assert refused.value.fields == {"into": ["open_objection:1"]}
    with pytest.raises(BadInput):
        merge(there)
    with db.transaction() as session:
        session.execute(update(Objection).values(state="rejected"))
    merge(there)
    assert left(there) == set()


@pytest.mark.parametrize("bound", ["old", "survivor"])
def test_a_measure_of_either_binds_what_both_have_pledged(there: World, bound: str) -> None:
    """The pledge's page and the measure's page say the same: what was in force rests, and stands again together."""
    first, second = pledging.campaign(), pledging.campaign(2028, moment("2027-12-20"))
    spring = moment("2028-03-10")
    mine = pledging.published(there, first, enterprise=there.hongyun)
    theirs = pledging.submitted(there, second, moment("2028-01-11"), enterprise=there.baiyu)
    with db.transaction() as session:
        pledges.approve(session, theirs, pledging.intake(there), moment("2028-01-12"))
        pledges.publish(session, theirs, pledging.supervisor(there), spring)
    measure = pledging.imposed(there, "suspension", spring)  # against Hongyun
    old, into = (there.hongyun, there.baiyu) if bound == "old" else (there.baiyu, there.hongyun)
    with db.transaction() as session:
        merging.merge(session, old, into, None, spring)
    assert [pledging.of(each).state for each in (mine, theirs)] == ["suspended", "suspended"]
    with db.reading() as session:
        assert session.get_one(Measure, measure).pledge_id == theirs
        firm = session.get_one(Enterprise, into)
        assert (firm.participant, firm.pledge_until) == (True, spring)
        log = course.log(session, pledging.of(theirs))
        assert (log[-1].trigger, log[-1].facts["why"]) == ("suspend", [{"say": "measure_binds"}])
    pledging.lifted(there, measure, spring)
    assert [pledging.of(each).state for each in (mine, theirs)] == ["published", "published"]
