"""`complaints search` says how far the index is behind, and has it made anew."""

from click.testing import CliRunner
from sqlalchemy import Engine

from complaints.commands.search import command
from complaints.workflow import indexing
from tests import people
from tests.playing import file_complaint


def said(*words: str) -> str:
    result = CliRunner().invoke(command, words)
    assert result.exit_code == 0, result.output
    return result.output.strip()


def test_waiting_and_rebuild(sqlite: Engine) -> None:
    file_complaint(people.world())
    assert said("waiting") == "Changes to be indexed: 1."
    indexing.run_due()
    assert said("waiting") == "Changes to be indexed: 0."
    assert said("rebuild") == "Cases that the workers will index anew: 1."
    assert said("waiting") == "Changes to be indexed: 1."
