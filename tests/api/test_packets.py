"""Programs fetch the packet of a case: what the reader may see, whole for the offline check, and recorded."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from sqlalchemy import select

from complaints import db
from complaints.documents import checking
from complaints.models import AccessLog
from tests.api.program import Program, problem


def test_it_is_what_the_pages_give_and_can_be_checked(mei: Program, number: str, tmp_path: Path) -> None:
    answer = mei.get(f"/complaints/{number}/packet")
    assert answer.status_code == 200
    assert f'filename="{number}.zip"' in answer.headers["Content-Disposition"]
    (tmp_path / "packet.zip").write_bytes(answer.data)
    found = checking.check(tmp_path / "packet.zip")
    assert (found.number, found.wrong, found.whole) == (number, [], 1)
    pages = mei.get(f"/complaints/{number}/packet", kind="pdf", language="en")
    assert pages.data.startswith(b"%PDF-")
    assert pages.data != mei.get(f"/complaints/{number}/packet", kind="pdf", language="zh").data


def test_anothers_taking_it_is_recorded_and_contact_stays_hidden(agent: Program, mei: Program, number: str) -> None:
    mei.get(f"/complaints/{number}/packet")
    with zipfile.ZipFile(BytesIO(agent.get(f"/complaints/{number}/packet").data)) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist()).decode("utf-8", "replace")
    assert "13812345678" not in whole
    with db.reading() as session:
        rows = session.scalars(select(AccessLog.role).where(AccessLog.what == "packet")).all()
    assert list(rows) == ["enterprise"]


def test_strangers_partners_and_other_kinds_are_refused(
    mei: Program, anybody: Program, program: Callable[..., Program], number: str
) -> None:
    problem(anybody.get(f"/complaints/{number}/packet"), 401, "not_authenticated")
    problem(program("hotline").get(f"/complaints/{number}/packet"), 403, "not_for_role")
    problem(program("baiyu").get(f"/complaints/{number}/packet"), 404, "not_found")
    problem(mei.get(f"/complaints/{number}/packet", kind="exe"), 422, "bad_input")
