"""The file of rows that could not be imported: where they stood, why, and as they were, ready to be mended."""

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from complaints.errors import BadInput
from complaints.importer.reader import Row


class Rejects:
    """Writes the reject file; there is none until the first reject. UTF-8 with a mark, so that Excel shows Chinese."""

    def __init__(self, path: Path, columns: Sequence[str], imported: Path) -> None:
        if path.exists() and path.samefile(imported):
            raise BadInput(f"the reject file would overwrite {imported.name}; give another with --reject")
        self.path, self.columns = path, columns
        self._file: IO[str] | None = None
        self._rows: Any = None  # csv gives its writer no public type

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, row: Row, reason: str) -> None:
        """One more row, at once on its way to the disk."""
        if self._file is None:
            self._open()
        self._rows.writerow([row.number, reason, *row.cells])

    def _open(self) -> None:
        try:
            self._file = self.path.open("w", encoding="utf-8-sig", errors="replace", newline="")
        except OSError as error:
            raise BadInput(f"the reject file {self.path} cannot be written: {error.strerror}") from None
        self._rows = csv.writer(self._file, lineterminator="\n")
        self._rows.writerow([*_apart_from(self.columns), *self.columns])


def _apart_from(columns: Sequence[str]) -> list[str]:
    """Names for our two columns; a reject file that is imported and rejected again has them already."""
    names = []
    for name in ("reject_row", "reject_reason"):
        unused = name
        while unused in columns:
            unused += "_"
        names.append(unused)
    return names
