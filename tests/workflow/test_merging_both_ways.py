"""Two cases of one dispute end in one open case, whoever merges which into which."""

import contextlib
import threading

import pytest
from sqlalchemy import Engine

from complaints import db
from complaints.errors import BadInput, ComplaintsError
from complaints.workflow import actions, officers
from complaints.workflow.case import Actor, Role, State
from tests.people import MONDAY, World, world
from tests.playing import Playing, file_complaint


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


def test_two_officers_cannot_close_each_into_the_other(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (file_complaint(there, against="outside", product=name) for name in ("kettle", "lid"))
    both_hold_theirs = threading.Barrier(2)
    first_look = officers._other

    def look(*arguments: object) -> object:
        with contextlib.suppress(threading.BrokenBarrierError):  # on SQLite the second writer waits for the first
            both_hold_theirs.wait(1)
        return first_look(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(officers, "_other", look)
    refused: list[Exception] = []

    def merge(case: Playing, into: Playing, officer_id: int) -> None:
        officer = Actor(Role.INTAKE, account_id=officer_id)
        try:
            with db.transaction() as session:
                taken = actions.take(session, case.number, officer, MONDAY)
                actions.perform(session, taken, "merge", officer, MONDAY, {"into": into.number})
        except ComplaintsError as error:
            refused.append(error)

    both = [
        threading.Thread(target=merge, args=(one, two, there.li)),
        threading.Thread(target=merge, args=(two, one, there.zhao)),
    ]
    for each in both:
        each.start()
    for each in both:
        each.join(30)
    assert not any(each.is_alive() for each in both)
    assert refused
    assert State.RECEIVED in (one.state, two.state)


def test_cases_against_two_enterprises_stay_apart(there: World) -> None:
    one, two = (file_complaint(there, against=firm) for firm in ("outside", "mute"))
    with pytest.raises(BadInput) as caught:
        one.intake("merge", into=two.number)
    assert caught.value.fields == {"into": ["another_enterprise"]}
    assert (one.state, two.state) == (State.RECEIVED, State.RECEIVED)
