"""What the log and the files of a case show to each reader: one rule for pages and programs."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select

from complaints import db
from complaints.errors import BadInput, NotAllowed, NotFound
from complaints.models import AccessLog
from complaints.registry import uploads
from complaints.workflow import evidence, sight
from complaints.workflow.case import Actor, Role
from tests.people import MONDAY, World, world
from tests.playing import Playing, file_complaint
from tests.sending import upload

PDF = b"%PDF-1.7 x"
NAME = "report 13812345678.pdf"


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people."""
    return world()


def triggers(playing: Playing, actor: Actor, **which: int) -> list[str]:
    with db.reading() as session:
        return [each.trigger for each in sight.events(session, playing.case, actor, **which)]


def files(playing: Playing, actor: Actor) -> list[str]:
    with db.reading() as session:
        return [each.name for each in sight.files(session, playing.case, actor)]


def add(playing: Playing, *actors: Actor, content: bytes = PDF, name: str = NAME) -> int | None:
    given = upload(content, name)
    with db.transaction() as session:
        return evidence.add(session, playing.number, actors, given, playing.at)[1]


def test_the_log_by_reader_in_pieces(there: World) -> None:
    playing = file_complaint(there)
    playing.consumer("statement", text="Hello.")
    playing.intake("note", text="Phoned.")
    playing.enterprise("statement", text="Well.")
    consumer, firm, officer = (playing.actor(role) for role in (Role.CONSUMER, Role.ENTERPRISE, Role.INTAKE))
    parties = ["file", "statement", "statement"]
    assert triggers(playing, consumer) == triggers(playing, firm) == parties
    assert triggers(playing, Actor(Role.PARTNER, account_id=1)) == parties
    assert triggers(playing, officer) == ["file", "statement", "note", "statement"]
    assert triggers(playing, officer, limit=2) == ["file", "statement"]
    assert triggers(playing, officer, after=2) == ["note", "statement"]
    assert triggers(playing, consumer, after=2, limit=1) == ["statement"]  # what is hidden takes no place
    assert triggers(playing, consumer, after=4) == []


def test_a_file_by_reader(there: World) -> None:
    playing = file_complaint(there)
    consumer, firm, officer = (playing.actor(role) for role in (Role.CONSUMER, Role.ENTERPRISE, Role.INTAKE))
    new = add(playing, consumer)
    assert new is not None
    assert files(playing, consumer) == files(playing, officer) == ["report 13812345678.pdf"]
    assert files(playing, firm) == ["report 138****.pdf"]
    assert files(playing, Actor(Role.PARTNER, account_id=1)) == []
    case = playing.case
    with db.transaction() as session:
        line, content = evidence.read(session, case, [firm], new, MONDAY)
        assert (line.id, line.media_type, line.size, line.role) == (new, "application/pdf", 10, "consumer")
        assert content.read_bytes() == PDF
        evidence.read(session, case, [consumer], new, MONDAY)
        for stranger, wanted in ((Actor(Role.PARTNER, account_id=1), new), (firm, new + 1)):
            with pytest.raises(NotFound):
                evidence.read(session, case, [stranger], wanted, MONDAY)
        assert [row.role for row in session.scalars(select(AccessLog))] == ["enterprise"]


def test_adding_twice_and_too_often_and_by_strangers(there: World, monkeypatch: pytest.MonkeyPatch) -> None:
    playing = file_complaint(there)
    consumer = playing.actor(Role.CONSUMER)
    assert add(playing, consumer) is not None
    assert add(playing, consumer) is None
    assert playing.triggers() == ["file", "evidence"]
    monkeypatch.setattr(uploads, "MOST_FILES", 1)
    with pytest.raises(BadInput) as caught:
        add(playing, consumer, content=b"%PDF-2.0", name="b.pdf")
    assert caught.value.fields == {"file": ["too_many_files:1"]}
    for actor in (Actor(Role.ENTERPRISE, enterprise_id=there.baiyu), Actor(Role.CONSUMER, complaint_id=playing.id + 1)):
        with pytest.raises(NotFound):
            add(playing, actor)
    playing.consumer("withdraw")
    with pytest.raises(NotAllowed):
        add(playing, consumer, content=b"%PDF-2.0", name="b.pdf")
    assert playing.triggers() == ["file", "evidence", "withdraw"]


@pytest.mark.parametrize(
    ("content", "name", "wrong"),
    [
        (b"", "a.pdf", "empty_file"),
        (b"%PDF-1.7", "", "no_file"),
        (b"<svg onload=x>", "a.jpg", "wrong_kind_of_file"),
        (b"\xff\xd8\xff" + bytes(uploads.MOST_BYTES), "a.jpg", "file_too_big:20"),
    ],
)
def test_what_cannot_be_kept_is_named(settings_env: Callable[..., None], content: bytes, name: str, wrong: str) -> None:
    with pytest.raises(BadInput) as caught:
        upload(content, name)
    assert caught.value.fields == {"file": [wrong]}
