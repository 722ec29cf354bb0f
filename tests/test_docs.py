"""The documents tell the truth about the code: links, commands, settings, states and triggers, numbering."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from complaints.cli import cli
from complaints.demo import world
from complaints.words import say
from complaints.workflow import policy
from complaints.workflow.case import Outcome, State
from complaints.workflow.lifecycle import STATES, TRIGGERS

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
CALL = re.compile(r"(?:^|[\s`]|bin/)complaints ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", re.MULTILINE)
VARIABLE = re.compile(r"COMPLAINTS_[A-Z_]+[A-Z]")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(document: Path) -> set[str]:
    """The headings of a document as GitHub makes them into anchors."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def calls(document: Path) -> Iterator[tuple[str, str]]:
    """Command and next word of every `complaints ...` in the code of a document; what programs print is no call."""
    for code in CODE.findall(document.read_text(encoding="utf-8")):
        if not code.startswith(("```text", "```ini", "```toml", "```python", "```sql")):
            yield from CALL.findall(code)


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        place, _, anchor = link.partition("#")
        target = document.parent / place if place else document
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link}: there is no such heading"


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_command_named_exists(document: Path) -> None:
    context = click.Context(cli)
    known = set(cli.list_commands(context))
    for name, following in calls(document):
        assert name in known, f"there is no command complaints {name}"
        command = cli.get_command(context, name)
        if isinstance(command, click.Group) and following:
            assert following in command.list_commands(context), f"there is no complaints {name} {following}"


@pytest.mark.parametrize("readme", READMES, ids=named)
def test_the_table_of_commands_lists_all_of_them(readme: Path) -> None:
    listed = re.findall(r"^\| `complaints ([a-z-]+)` \|", readme.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == cli.list_commands(click.Context(cli))


@pytest.mark.parametrize("readme", READMES, ids=named)
def test_the_log_ins_are_those_of_the_demo_world(readme: Path) -> None:
    listed = re.findall(r"^\| `(\w+)` \| `([\w-]+)` \|", readme.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [(login, password) for login, password, _role in world.logins()]


def test_start_is_the_two_commands() -> None:
    for readme, heading in zip(READMES, ("## Start", "## 开始"), strict=True):
        section = readme.read_text(encoding="utf-8").split(heading, 1)[1].split("\n## ", 1)[0]
        assert re.findall(r"```sh\n(.*?)```", section, re.DOTALL) == ["make run\nmake test\n"]


def test_every_setting_is_described_and_none_other() -> None:
    read = set(VARIABLE.findall((ROOT / "complaints" / "config.py").read_text(encoding="utf-8")))
    guide = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(COMPLAINTS_[A-Z_]+)` \|", guide, re.MULTILINE)) == read
    for document in DOCUMENTS:
        assert set(VARIABLE.findall(document.read_text(encoding="utf-8"))) <= read, document.name


def test_the_states_are_those_of_the_table_with_their_names_and_clocks() -> None:
    text = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    rows = {cells[0]: cells for cells in _table(text, "| state |")}
    assert set(rows) == {f"`{state.value}`" for state in State if state is not State.NEW}
    for each in STATES:
        _, english, chinese, _, clock, _ = rows[f"`{each.state.value}`"]
        assert (english, chinese) == tuple(say(locale, f"state.{each.state.value}") for locale in ("en", "zh"))
        for version in policy.versions():
            rule = version.clocks.get(each.clock or "")
            days = (rule.working_days or rule.days) if rule else None
            assert days is None or str(days) in clock, f"{each.state.value}: {version.version} has {days} days"


def test_the_triggers_outcomes_and_counters_are_all_described() -> None:
    text = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    words = {*TRIGGERS, *(outcome.value for outcome in Outcome), *policy.versions()[0].counters}
    assert {word for word in words if f"`{word}`" not in text} == set()
    for version in policy.versions():
        limits = list(version.counters.values())
        assert [int(cell) for cell in next(_table(text, "| counter |"))[1:]] == limits, version.version
        assert f"policy {version.version}" in text


def test_decisions_are_numbered_and_listed() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    index = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    for page in pages:
        title = page.read_text(encoding="utf-8").splitlines()[0].removeprefix(f"# {page.name[:4]}: ")
        assert f"| [{page.name[:4]}]({page.name}) | {title} |" in index
        for part in ("## Context", "## Decision", "## Consequences"):
            assert part in page.read_text(encoding="utf-8"), f"{page.name} has no {part}"


def test_no_document_names_a_place_of_one_machine() -> None:
    for document in DOCUMENTS:
        assert not re.search(r"/(?:work|home|root|Users)/", document.read_text(encoding="utf-8")), document.name


def _table(text: str, head: str) -> Iterator[list[str]]:
    """The rows of the table that begins with `head`, as cells."""
    lines = iter(text[text.index(f"\n{head}") + 1 :].splitlines()[2:])
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]
