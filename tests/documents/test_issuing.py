"""Documents: which event makes which, what stands in them for whom, one for all who ask, checked by their codes."""

import threading
from typing import Any

import pytest
from sqlalchemy import Engine, select

from complaints import db
from complaints.documents import issuing, kinds, matter
from complaints.documents.kinds import Kind
from complaints.documents.matter import Matter
from complaints.errors import NotFound
from complaints.models import AccessLog, Document
from complaints.registry import files
from complaints.workflow.case import Role
from tests.people import MONDAY, World, moment, on, world
from tests.playing import Playing, file_complaint
from tests.workflow.expected import walk


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()


def concluded(there: World, **more: Any) -> Playing:
    mei = walk(file_complaint(there), "decline reject assign")
    mei.mediator("conclude", agreement="Hongyun pays 129 yuan.", perform_by=on("2026-07-10"), **more)
    return mei


def about(playing: Playing, role: Role, seq: int, language: str = "zh") -> Matter:
    case, reader = playing.case, playing.actor(role)
    with db.transaction() as session:
        return matter.gather(session, case, reader, seq, language, MONDAY)


def lines(playing: Playing, role: Role) -> list[Kind]:
    case, reader = playing.case, playing.actor(role)
    with db.reading() as session:
        return [line.kind for line in issuing.listed(session, case, reader)]


def test_events_make_documents_for_those_whom_they_concern(there: World) -> None:
    mei = concluded(there)
    assert lines(mei, Role.CONSUMER) == [Kind.AGREEMENT, Kind.ACCEPTANCE]
    assert lines(mei, Role.ENTERPRISE) == [Kind.AGREEMENT, Kind.ACCEPTANCE]
    refused = file_complaint(there, against="outside")
    refused.intake("refuse", ground="refuse_3", text="For resale.")
    assert lines(refused, Role.CONSUMER) == [Kind.REFUSAL]
    assert lines(refused, Role.ENTERPRISE) == []
    waived = concluded(there, waived=True)
    assert lines(waived, Role.CONSUMER)[0] is Kind.RECORD
    silent = walk(file_complaint(there, against="outside", consumer_consents=False), "admit decline reject assign")
    silent.run_out()
    assert lines(silent, Role.CONSUMER)[0] is Kind.TERMINATION


def test_every_document_quotes_the_chain_at_its_event(there: World) -> None:
    mei = concluded(there)
    seq = len(mei.events())
    assert about(mei, Role.CONSUMER, seq).head == mei.events()[-1].hash


def test_an_enterprise_reads_of_the_consumer_only_what_it_may_see(there: World) -> None:
    mei = concluded(there)
    seq = len(mei.events())
    theirs, mine = about(mei, Role.ENTERPRISE, seq), about(mei, Role.CONSUMER, seq)
    assert (theirs.contact, theirs.edition) == ({}, "enterprise")
    assert mine.contact["name"] == "王梅"
    assert mine.edition == matter.FULL
    mei.consumer("contact_consent", contact_consent=True)
    later = about(mei, Role.ENTERPRISE, seq)
    assert later.contact["phone"] == "13812345678"
    assert later.edition == "enterprise+address+email+name+phone"  # another edition, so the first is not handed out
    first, second = (issuing.issue(each, MONDAY)[0] for each in (theirs, later))
    assert first.code != second.code


def test_an_officers_reading_is_logged(there: World) -> None:
    mei = concluded(there)
    about(mei, Role.MEDIATOR, len(mei.events()))
    with db.reading() as session:
        assert "document agreement" in session.scalars(select(AccessLog.what)).all()


def test_it_is_made_once_whoever_asks_at_the_same_time(there: World) -> None:
    mei = concluded(there)
    wanted = about(mei, Role.CONSUMER, len(mei.events()))
    got: list[tuple[str, bytes]] = []

    def ask() -> None:
        document, content = issuing.issue(wanted, MONDAY)
        got.append((document.code, content))

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for each in asking:
        each.start()
    for each in asking:
        each.join(120)
    ask()
    assert len(set(got)) == 1
    with db.reading() as session:
        (row,) = session.scalars(select(Document)).all()
    assert len(row.code) == 24
    assert row.size == len(got[0][1])


def checked(code: str) -> issuing.Checked | None:
    with db.reading() as session:
        return issuing.check(session, code)


def test_a_code_says_what_it_is_and_no_more(there: World) -> None:
    mei = concluded(there)
    document, content = issuing.issue(about(mei, Role.CONSUMER, len(mei.events())), MONDAY)
    found = checked(document.code.lower().replace("-", " ").replace("0", "o").replace("1", "l"))
    assert found is not None
    assert (found.kind, found.state) == ("agreement", "valid")
    assert mei.number not in str(found)
    assert "王梅" not in str(found)
    assert issuing.unaltered(found, content)
    assert not issuing.unaltered(found, content.replace(b"%PDF-1", b"%PDF-2"))
    assert checked("0000-0000-0000-0000-0000") is None
    assert checked("王" * 500) is None


def test_what_came_later_is_said(there: World) -> None:
    mei = walk(file_complaint(there), "decline reject assign")
    mei.mediator("hearing", day=on("2026-07-20"), time="10:00", place="Room 1")
    first, _ = issuing.issue(about(mei, Role.CONSUMER, len(mei.events())), MONDAY)
    assert getattr(checked(first.code), "state", "") == "valid"
    mei.mediator("hearing", day=on("2026-07-21"), time="10:00", place="Room 1")
    assert getattr(checked(first.code), "state", "") == "replaced"
    assert about(mei, Role.CONSUMER, len(mei.events())).again
    mei.mediator("terminate", ground="end_3")
    ended, _ = issuing.issue(about(mei, Role.CONSUMER, len(mei.events())), MONDAY)
    mei.consumer("reopen", moment("2026-07-08"), reason="I found the receipt.", ground="new_evidence")
    assert getattr(checked(ended.code), "state", "") == "reopened"


def test_erased_the_file_is_gone_and_a_copy_can_still_be_checked(there: World) -> None:
    mei = concluded(there)
    wanted = about(mei, Role.CONSUMER, len(mei.events()))
    document, content = issuing.issue(wanted, MONDAY)
    with db.transaction() as session:
        gone = issuing.erase(session, mei.id, MONDAY)
    for digest in gone:
        files.remove(digest)
    with pytest.raises(FileNotFoundError):
        files.read(document.sha256)
    with pytest.raises(NotFound):
        issuing.issue(wanted, MONDAY)
    found = checked(document.code)
    assert found is not None
    assert found.state == "erased"
    assert issuing.unaltered(found, content)


def test_what_is_no_document_of_theirs_is_not_there(there: World) -> None:
    mei = concluded(there)
    refused = file_complaint(there, against="outside")
    refused.intake("refuse", ground="refuse_3")
    for playing, role, seq in ((mei, Role.CONSUMER, 2), (mei, Role.CONSUMER, 99), (mei, Role.PARTNER, 1)):
        with pytest.raises(NotFound):
            about(playing, role, seq)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_kind_can_be_written_in_both_languages(there: World, language: str) -> None:
    mei = walk(file_complaint(there), "decline reject assign")
    mei.mediator("hearing", day=on("2026-07-20"), time="10:00", place="Room 1", text="Bring the kettle.")
    mei.consumer("request_recusal", reason="A cousin.")
    mei.supervisor("decide_recusal", granted=True, reason="Yes.")
    mei.mediator("terminate", ground="end_3", text="No agreement.")
    refused = file_complaint(there, against="outside")
    refused.intake("refuse", ground="refuse_3", text="For resale.")
    made: dict[Kind, bytes] = {}
    for playing in (mei, refused, concluded(there, amount=None), concluded(there, waived=True)):
        for event in playing.events():
            kind = kinds.made_by(event)
            if kind is not None and kind not in made:
                made[kind] = issuing.issue(about(playing, Role.CONSUMER, event.seq, language), MONDAY)[1]
    assert set(made) == set(Kind)
    assert all(content.startswith(b"%PDF-") for content in made.values())
