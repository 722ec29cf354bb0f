"""Joint complaints (Order 121 art 12): same dispute, same trader, each member's consent, up to two representatives.

Each complaint keeps its own life: an officer proposes, every consumer answers for themselves, and the members elect
by vote. A representative speaks for all; what gives something up, an accepted offer or a settlement, each member
decides on their own page. Whom they want instead, members say by voting again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.errors import BadInput, NotAllowed, NotNow
from complaints.models import Complaint, JointGroup, JointMember, PrivateItem
from complaints.workflow import rows
from complaints.workflow.case import CLOCK, Actor, Case, State
from complaints.workflow.engine import fire

REPRESENTATIVES = 2  # at most (art 12)
MOST_MEMBERS = 100


@dataclass(frozen=True, slots=True)
class Member:
    """One complaint of a group."""

    complaint_id: int
    number: str
    state: str
    joined: bool
    declined: bool
    stands: bool
    votes: tuple[str, ...]
    representative: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A group as one of its complaints sees it."""

    id: int
    me: Member
    members: list[Member]

    @property
    def joined(self) -> list[Member]:
        """Those who said yes."""
        return [member for member in self.members if member.joined]

    @property
    def candidates(self) -> list[Member]:
        """Those who would speak for the others."""
        return [member for member in self.joined if member.stands]

    @property
    def representatives(self) -> list[Member]:
        """Those elected by more than half of the members."""
        return [member for member in self.members if member.representative]


def group_of(session: Session, complaint_id: int) -> Group | None:
    """The group that a complaint belongs to or is asked into; None where there is none."""
    row = session.scalars(select(JointMember).where(JointMember.complaint_id == complaint_id)).one_or_none()
    if row is None:
        return None
    query = select(JointMember, Complaint.number, Complaint.state).join(
        Complaint, Complaint.id == JointMember.complaint_id
    )
    mine = query.where(JointMember.joint_group_id == row.joint_group_id).order_by(JointMember.id)
    members = [_member(each, number, state) for each, number, state in session.execute(mine)]
    me = next(member for member in members if member.complaint_id == complaint_id)
    return Group(row.joint_group_id, me, members)


def _member(row: JointMember, number: str, state: str) -> Member:
    return Member(
        row.complaint_id, number, state, row.consent_at is not None, row.declined_at is not None, row.stands,
        tuple(row.votes), row.representative,
    )  # fmt: skip


def name_of(session: Session, complaint_id: int) -> str:
    """The name that a candidate has let the members see; "" where it was erased."""
    given = (PrivateItem.complaint_id == complaint_id, PrivateItem.kind == "name", PrivateItem.value.is_not(None))
    return session.scalar(select(PrivateItem.value).where(*given).order_by(PrivateItem.id.desc()).limit(1)) or ""


def propose(session: Session, case: Case, other: Case, actor: Actor, at: datetime) -> bool:
    """Put both into one group; whoever has not answered is asked. Returns whether `other` is new in it, too.

    Raises BadInput where they concern two enterprises, or this one is in a group already, or the group is full.
    """
    if case.enterprise_id != other.enterprise_id:
        raise BadInput(f"{other.number} is about another enterprise", {"into": ["another_enterprise"]})
    if group_of(session, case.id) is not None:
        raise BadInput(f"{case.number} is in a group already", {"into": ["in_a_group"]})
    there = group_of(session, other.id)
    if there is not None and len(there.members) >= MOST_MEMBERS:
        raise BadInput("the group is full", {"into": [f"group_full:{MOST_MEMBERS}"]})
    group_id = there.id if there else _found(session, case, actor, at)
    for each in (case,) if there else (other, case):
        session.add(JointMember(joint_group_id=group_id, complaint_id=each.id, asked_at=at, votes=[]))
    session.flush()
    return there is None


def _found(session: Session, case: Case, actor: Actor, at: datetime) -> int:
    group = JointGroup(enterprise_id=case.enterprise_id, proposed_by=actor.account_id, made_at=at)
    session.add(group)
    session.flush()
    return group.id


def answer_joint(
    session: Session,
    case: Case,
    actor: Actor,
    at: datetime,
    *,
    joins: bool,
    stands: bool = False,
    votes: Sequence[str] = (),
) -> Case:
    """A consumer joins or declines, says whether they would speak for the others, and votes; the last answer counts.

    Raises NotNow where nobody asked, BadInput for a vote for somebody who does not stand.
    """
    row = _locked(session, case)
    group = group_of(session, case.id)
    standing = {each.number for each in group.candidates if each.complaint_id != case.id} if group else set()
    standing |= {case.number} if stands else set()
    chosen = list(dict.fromkeys(votes)) if joins else []
    if not set(chosen) <= standing:
        raise BadInput("a vote is for somebody who stands", {"votes": ["does_not_stand"]})
    if len(chosen) > REPRESENTATIVES:
        raise BadInput("at most two represent the others", {"votes": [f"more_than:{REPRESENTATIVES}"]})
    fire(session, case, "answer_joint", actor, at, joins=joins, stands=joins and stands, votes=chosen)
    row.consent_at, row.declined_at = (at, None) if joins else (None, at)
    row.stands, row.votes = joins and stands, chosen
    session.flush()
    _elect(session, row.joint_group_id)
    return case


def _locked(session: Session, case: Case) -> JointMember:
    """This complaint's place in its group, the group held: two votes at once are counted one after the other."""
    row = session.scalars(select(JointMember).where(JointMember.complaint_id == case.id)).one_or_none()
    if row is None:
        raise NotNow(f"nobody asked {case.number} to join others")
    session.execute(select(JointGroup.id).where(JointGroup.id == row.joint_group_id).with_for_update())
    return row


def _elect(session: Session, group_id: int) -> None:
    """Representatives are the two with the most votes, each of more than half of those who joined (art 12)."""
    query = select(JointMember, Complaint.number).join(Complaint, Complaint.id == JointMember.complaint_id)
    members = session.execute(query.where(JointMember.joint_group_id == group_id).order_by(JointMember.id)).all()
    voting = [member for member, _number in members if member.consent_at is not None]
    counted = {number: sum(number in voter.votes for voter in voting) for _member, number in members}
    fit = [(member, number) for member, number in members if member.stands and counted[number] * 2 > len(voting) > 1]
    fit.sort(key=lambda each: counted[each[1]], reverse=True)  # of equals, whoever was asked first
    elected = {member.id for member, _number in fit[:REPRESENTATIVES]}
    for member, _number in members:
        member.representative = member.id in elected
    session.flush()


def speak(session: Session, case: Case, text: str, at: datetime) -> None:
    """What a representative said, said in the complaints of the other members, too; each hears by letter.

    Raises NotAllowed for whoever does not represent them.
    """
    group = group_of(session, case.id)
    if group is None or not group.me.representative:
        raise NotAllowed("only an elected representative speaks for the others")
    private = {"statement": (text, "parties")}
    for member in sorted(group.joined, key=lambda each: each.complaint_id):
        if member.complaint_id == case.id or member.state == State.CLOSED.value:
            continue
        other = rows.load(session, complaint_id=member.complaint_id, wait=False)
        if other is not None and other.state is not State.CLOSED:
            fire(session, other, "statement", CLOCK, at, private=private, spoken_by=case.number)


VERBS: dict[str, Callable[..., Case]] = {"answer_joint": answer_joint}
