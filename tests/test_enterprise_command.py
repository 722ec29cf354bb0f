"""`complaints enterprise`, as an operator types it."""

from click.testing import CliRunner
from sqlalchemy import select

from complaints import db
from complaints.commands.enterprise import command
from complaints.errors import BadInput
from complaints.models import Enterprise
from tests import pledged


def run(*words: str) -> str:
    result = CliRunner().invoke(command, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_enterprise_is_entered_changed_and_found(database: str) -> None:
    run("add", "示例云溪电器有限公司", "--participant", "--email", "care@example.com", "--answer-days", "6")
    run("name", "示例云溪电器有限公司", "云溪")
    run("set", "云溪", "--pledge-until", "2027-03-14", "--locale", "en")
    with db.reading() as session:
        found = session.scalars(select(Enterprise)).one()
    assert (found.participant, found.benchmark, found.promised_answer_days) == (True, False, 6)
    assert found.pledge_from is not None
    assert found.pledge_until is not None
    assert found.pledge_until.isoformat() == "2027-03-14T16:00:00+00:00"
    assert (found.email, found.locale) == ("care@example.com", "en")
    assert "participant" in run("list")


def test_what_its_pledges_say_is_not_set_by_hand(database: str) -> None:
    run("add", "Brookside Kettles")
    with db.reading() as session:
        pledged_id = session.scalars(select(Enterprise.id)).one()
    pledged.in_force(pledged_id)
    for words in (["--participant"], ["--answer-days", "6"], ["--pledge-until", "2028-01-01"]):
        result = CliRunner().invoke(command, ["set", "Brookside Kettles", *words])
        assert isinstance(result.exception, BadInput)
        assert list(result.exception.fields.values()) == [["said_by_pledges"]]
    run("set", "Brookside Kettles", "--locale", "en")


def test_two_are_merged_once_it_is_said_so(database: str) -> None:
    run("add", "示例云溪电器有限公司", "--participant")
    run("add", "Brookside Kettles")
    said = run("merge", "示例云溪电器有限公司", "Brookside Kettles")
    assert "Nothing was changed" in said
    assert "participant" in said
    with db.reading() as session:
        assert len(session.scalars(select(Enterprise.id)).all()) == 2
    assert "is Brookside Kettles now" in run("merge", "示例云溪电器有限公司", "Brookside Kettles", "--yes")
    with db.reading() as session:
        assert [each.name for each in session.scalars(select(Enterprise))] == ["Brookside Kettles"]
    run("name", "示例云溪电器有限公司", "云溪")  # its old name leads there
