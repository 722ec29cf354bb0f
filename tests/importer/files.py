"""Files to import, and the command that imports them."""

from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import func, select

from complaints import db
from complaints.commands.import_file import command

HEADER = "id,brand,car_model,type,desc,problem,datetime,status\n"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False)


def done(*words: str | Path) -> str:
    """The line of the summary."""
    result = run(*words)
    assert result.exit_code == 0, result.output
    return next(line for line in result.output.splitlines() if " read, " in line)


def count(table: type[db.Base]) -> int:
    with db.transaction() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def written(tmp_path: Path, text: str, name: str = "cars.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path
