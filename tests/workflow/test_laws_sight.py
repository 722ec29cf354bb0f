"""The law of sight (10): nobody sees what is not theirs, and reading personal data leaves a row."""

import pytest
from sqlalchemy import Engine, select

from complaints import db
from complaints.errors import NotFound
from complaints.models import AccessLog
from complaints.workflow import actions, sight
from complaints.workflow.case import Actor, Role, State
from tests.people import MEI, MONDAY, World, moment, on, world
from tests.playing import Playing, file_complaint
from tests.workflow.expected import walk

CONTACT = {"name", "phone", "email", "address"}


@pytest.fixture
def there(sqlite: Engine) -> World:
    """The usual people, on SQLite."""
    return world()


def reads(playing: Playing, role: Role) -> dict[str, sight.Text]:
    """What this role reads on the page of the case, by kind."""
    actor, case = playing.actor(role), playing.case
    with db.transaction() as session:
        return {text.kind: text for text in sight.texts(session, case, actor, playing.at, "page")}


def access_rows() -> list[tuple[str, int | None, str]]:
    with db.transaction() as session:
        return [(row.role, row.account_id, row.what) for row in session.scalars(select(AccessLog)).all()]


def sees(playing: Playing, actor: Actor) -> bool:
    try:
        with db.transaction() as session:
            actions.take(session, playing.number, actor, playing.at)
    except NotFound:
        return False
    return True


def test_a_case_exists_only_for_its_own_parties(there: World) -> None:
    playing = file_complaint(there)
    assert sees(playing, playing.actor(Role.CONSUMER))
    assert sees(playing, playing.actor(Role.ENTERPRISE))
    assert not sees(playing, Actor(Role.CONSUMER, complaint_id=playing.id + 1))
    assert not sees(playing, Actor(Role.CONSUMER))
    assert not sees(playing, Actor(Role.ENTERPRISE, enterprise_id=there.baiyu))
    assert not sees(playing, Actor(Role.ENTERPRISE))


def test_an_enterprise_knows_nothing_before_the_content_reaches_it(there: World) -> None:
    playing = file_complaint(there, against="outside")
    outside = playing.actor(Role.ENTERPRISE)
    assert (playing.state, sees(playing, outside)) == (State.RECEIVED, False)
    playing.intake("ask_information", missing=["evidence"])
    assert not sees(playing, outside)
    playing.consumer("supply_information", text="Here.")
    playing.intake("refuse", ground="refuse_1")
    assert not sees(playing, outside)
    assert {notice.recipient for notice in playing.notices()} <= {f"consumer:{playing.id}", "desk:intake"}


def test_without_the_consent_to_share_nothing_reaches_the_enterprise(there: World) -> None:
    playing = file_complaint(there, share_consent=False)
    walk(playing, "admit assign")
    assert (playing.state, sees(playing, playing.actor(Role.ENTERPRISE))) == (State.AWAITING_CONSENT, False)
    playing.fall_silent()
    assert not [notice for notice in playing.notices() if notice.recipient.startswith("enterprise")]


def test_contact_only_with_the_consumers_consent(there: World) -> None:
    playing = file_complaint(there)
    assert CONTACT.isdisjoint(reads(playing, Role.ENTERPRISE))
    assert reads(playing, Role.ENTERPRISE)["narrative"].value == MEI.narrative
    playing.consumer("contact_consent", contact_consent=True)
    assert reads(playing, Role.ENTERPRISE)["phone"].value == MEI.phone
    playing.consumer("contact_consent", contact_consent=False)
    assert CONTACT.isdisjoint(reads(playing, Role.ENTERPRISE))


def test_accepting_an_offer_releases_what_performing_needs(there: World) -> None:
    playing = walk(file_complaint(there), "offer")
    playing.consumer("accept_offer", release=["address"])
    assert CONTACT & set(reads(playing, Role.ENTERPRISE)) == {"address"}


def test_what_was_released_to_one_enterprise_is_not_shown_to_another(there: World) -> None:
    playing = file_complaint(there)
    playing.enterprise("offer", remedy="A new one.", perform_by=on("2026-07-16"))
    playing.consumer("accept_offer", release=["phone"])
    playing.consumer("contact_consent", contact_consent=True)
    playing.run_out()
    playing.supervisor("route", enterprise_id=there.outside)
    assert (playing.case.offer, playing.case.late_offer, playing.case.contact_consent) == (None, None, False)
    playing.supervisor("assign")
    playing.consumer("consent")
    assert sees(playing, playing.actor(Role.ENTERPRISE))
    assert CONTACT.isdisjoint(reads(playing, Role.ENTERPRISE))
    assert not sees(playing, Actor(Role.ENTERPRISE, enterprise_id=there.hongyun))


def test_a_late_offer_does_not_bind_another_enterprise(there: World) -> None:
    playing = walk(file_complaint(there), "decline reject late")
    playing.supervisor("route", enterprise_id=there.outside)
    with pytest.raises(Exception, match="settle"):
        playing.consumer("settle")
    assert all("129" not in str(notice.facts) for notice in playing.notices() if "outside" in notice.recipient)


def test_what_one_enterprise_wrote_is_not_shown_to_the_next(there: World) -> None:
    playing = file_complaint(there)
    playing.enterprise("redirect", reason="Our supplier Outside bought this batch, confidentially.")
    playing.intake("route", enterprise_id=there.outside)
    playing.intake("ask_information", missing=["other"])
    playing.consumer("supply_information", share_consent=True)
    playing.intake("admit")
    assert "narrative" in reads(playing, Role.ENTERPRISE)
    assert "reason" not in reads(playing, Role.ENTERPRISE)


def test_notes_and_flags_are_for_the_centre(there: World) -> None:
    playing = file_complaint(there)
    playing.intake("note", text="She calls every day.")
    playing.intake("flag", flags=["frequency"], text="Look closer.")
    for party in (Role.CONSUMER, Role.ENTERPRISE):
        assert {"note", "flag"}.isdisjoint(reads(playing, party))
    assert reads(playing, Role.SUPERVISOR)["note"].value == "She calls every day."


@pytest.mark.parametrize(
    "text",
    [
        "Call 13812345678.",
        "Tel.13812345678",
        "电话13812345678，谢谢",
        "138 1234 5678",
        "138-1234-5678",
        "+86 138 1234 5678",
        "021-55667788",
        "(021) 55667788",
        "4008123456",
        "mei@example.org",
        "mei.wang+kettle@mail.example.org",
        "mei＠example.org",
    ],
)
def test_phones_and_mails_are_masked(text: str) -> None:
    masked = sight.mask(f"Please: {text}")
    assert "5678" not in masked
    assert "7788" not in masked
    assert "3456" not in masked
    assert "example" not in masked


@pytest.mark.parametrize(
    "text",
    [
        "Bought on 2026-07-06 for 129.00 yuan, order 88.",
        "20260706",
        "It cost 1299 yuan; 3 kettles, 12 cups.",
        "The model is HK-2200.",
        "From 9:00 to 18:30.",
        "1,234,567.00 yuan",
    ],
)
def test_dates_and_amounts_are_not_masked(text: str) -> None:
    assert sight.mask(text) == text


def test_free_text_is_masked_with_a_warning_until_contact_is_allowed(there: World) -> None:
    playing = file_complaint(there, narrative="It burst. Call 13812345678.")
    playing.consumer("statement", text="Write to mei@example.org, please.")
    shown = reads(playing, Role.ENTERPRISE)
    assert (shown["narrative"].value, shown["narrative"].masked) == ("It burst. Call 138****.", True)
    assert "example" not in shown["statement"].value
    assert not shown["request"].masked
    assert "13812345678" in reads(playing, Role.INTAKE)["narrative"].value
    playing.consumer("contact_consent", contact_consent=True)
    assert "13812345678" in reads(playing, Role.ENTERPRISE)["narrative"].value


def test_reading_personal_data_leaves_one_row(there: World) -> None:
    playing = file_complaint(there)
    reads(playing, Role.CONSUMER)
    reads(playing, Role.ENTERPRISE)
    assert access_rows() == []
    reads(playing, Role.INTAKE)
    assert access_rows() == [("intake", there.li, "page")]
    playing.consumer("contact_consent", moment("2026-07-07"), contact_consent=True)
    reads(playing, Role.ENTERPRISE)
    assert [role for role, _, _ in access_rows()] == ["intake", "enterprise"]


def test_an_erased_item_is_read_by_nobody(there: World) -> None:
    playing = file_complaint(there)
    with db.transaction() as session:
        session.execute(
            db.Base.metadata.tables["private_item"].update().values(value=None, salt=None, erased_at=MONDAY)
        )
    assert reads(playing, Role.SUPERVISOR) == {}
