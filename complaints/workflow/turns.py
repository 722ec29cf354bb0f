"""The next case for an officer: the most urgent one that waits for them and that nobody else is looking at."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from complaints.workflow import callers, lifecycle, lists, presence, rows
from complaints.workflow.case import Actor, Case

MOST_PAGES = 4  # of a queue, before somebody is told that there is nothing for them


def my_turn(case: Case, actors: Sequence[Actor], at: datetime) -> bool:
    """Whether one of these actors has the move and can make one that moves the case."""
    owners = lifecycle.owners(case)
    mine = [actor for actor in actors if actor.role in owners]
    return any(_moves(case, trigger) for trigger in callers.actions(case, mine, at))


def following(
    session: Session, queues: Sequence[str], account_id: int, actors: Sequence[Actor], at: datetime, wall: datetime,
    behind: Case | None = None,
) -> str | None:  # fmt: skip
    """The number of the next case in these queues, in their order; None where nothing waits.

    `behind`: the case just looked at. Where it still waits, the search goes on behind it and then begins anew.
    """
    taken = presence.looked_at(session, account_id, wall)
    left = behind.number if behind is not None else None
    here = lists.cursor_of(behind) if behind is not None and my_turn(behind, actors, at) else None
    for queue in queues:
        for begins in dict.fromkeys((here, None)):
            for number in _numbers(session, queue, account_id, at, begins):
                if number not in taken and number != left and _waits(session, number, actors, at):
                    return number
    return None


def _numbers(session: Session, queue: str, account_id: int, at: datetime, cursor: str | None) -> Iterator[str]:
    for _ in range(MOST_PAGES):
        page = lists.of_desk(session, queue, account_id, at, cursor=cursor)
        yield from (line.number for line in page.lines)
        if page.next is None:
            return
        cursor = page.next


def _waits(session: Session, number: str, actors: Sequence[Actor], at: datetime) -> bool:
    case = rows.load(session, number=number, lock=False)
    return case is not None and my_turn(case, actors, at)


def _moves(case: Case, trigger: str) -> bool:
    return any(row.dest is not None for row in lifecycle.rows_for(trigger, case.state))
