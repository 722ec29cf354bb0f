"""The diagram shows the whole table, in both languages, and the docs show the diagram."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner

from complaints.commands import diagram as command
from complaints.words import LOCALES, say
from complaints.workflow import diagram
from complaints.workflow.case import State
from complaints.workflow.lifecycle import STATES, TABLE

DOCS = Path(__file__).parents[2] / "docs"
MOVING = {row.trigger for row in TABLE if row.dest is not None and row.dest not in row.source}
TEXT = "{http://www.w3.org/2000/svg}text"


def texts(locale: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(diagram.svg(locale)).iter(TEXT)]


@pytest.mark.parametrize("locale", LOCALES)
def test_mermaid_has_every_state_and_every_moving_trigger(locale: str) -> None:
    drawn = diagram.mermaid(locale)
    for state in STATES:
        assert f"    {state.state} : {say(locale, f'state.{state.state}')}\n" in drawn
    labels = {
        word for line in drawn.splitlines() if "-->" in line for word in re.findall(r"\w+", line.split(" : ")[-1])
    }
    assert labels >= MOVING


@pytest.mark.parametrize("locale", LOCALES)
def test_mermaid_has_every_move_of_the_table_and_no_other(locale: str) -> None:
    lines = re.findall(r"^    (\S+) --> (\S+) : (.+)$", diagram.mermaid(locale), re.MULTILINE)
    drawn = {(source, dest, each.strip("⏰ ")) for source, dest, labels in lines for each in labels.split(", ")}
    ways = (
        (source, row) for row in TABLE for source in row.source if row.dest is not None and row.dest not in row.source
    )
    assert drawn == {("[*]" if source is State.NEW else source, row.dest, row.trigger) for source, row in ways}


def test_what_silence_leads_to_is_marked_for_every_state() -> None:
    marked = {(source, trigger) for source, _, trigger, silent in diagram.edges() if silent}
    assert {(each.state, each.on_silence) for each in STATES if each.on_silence} == marked


@pytest.mark.parametrize("locale", LOCALES)
def test_the_picture_has_every_state_owner_and_moving_trigger(locale: str) -> None:
    said = texts(locale)
    whole = "\n".join(said)
    for state in State:
        assert say(locale, f"state.{state}") in said
    for row in STATES:
        assert row.owner is None or say(locale, f"role.{row.owner}") in said
    for trigger in MOVING:
        assert (trigger.replace("_", " ") if locale == "en" else say(locale, f"trigger.{trigger}")) in whole


@pytest.mark.parametrize("locale", LOCALES)
def test_no_words_of_the_picture_leave_it(locale: str) -> None:
    width, height = diagram.SIZE
    root = ET.fromstring(diagram.svg(locale))
    assert all(0 < float(each.get("x", 0)) < width and 0 < float(each.get("y", 0)) < height for each in root.iter(TEXT))


def test_every_state_has_a_place_of_its_own() -> None:
    assert set(diagram.PLACES) == set(State)
    assert len(set(diagram.PLACES.values())) == len(State)


@pytest.mark.parametrize("name", [name for name, _, _ in command.OF_THE_DOCS])
def test_the_docs_show_the_table_as_it_is(name: str) -> None:
    written = DOCS / name
    drawn = command.files(["mermaid", "svg"])[name]
    shown = written.read_text(encoding="utf-8") if written.exists() else ""
    assert shown == drawn, f"docs/{name} is not what the table gives: run `complaints diagram --format both --out docs`"


def test_one_call_writes_all_files_of_the_docs(tmp_path: Path) -> None:
    result = CliRunner().invoke(command.command, ["--format", "both", "--out", str(tmp_path / "docs")])
    assert result.exit_code == 0, result.output
    written = {each.name: each.read_text(encoding="utf-8") for each in (tmp_path / "docs").iterdir()}
    assert written == command.files(["mermaid", "svg"])


@pytest.mark.parametrize(("form", "begins"), [("mermaid", "stateDiagram-v2"), ("svg", "<svg")])
def test_without_a_folder_it_prints(form: str, begins: str) -> None:
    result = CliRunner().invoke(command.command, ["--format", form, "--lang", "zh"])
    assert result.output.startswith(begins)
    assert "待受理" in result.output
