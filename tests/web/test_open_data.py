"""Pages of open data, and a consumer's choice about their story."""

from collections.abc import Callable

import pytest

from complaints import db
from complaints.models import PublishedNarrative
from tests import months
from tests.insight.test_record import AUGUST, settled
from tests.people import World, moment
from tests.web.browser import Browser


def test_months_files_and_dictionary(
    world: World, browser: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    public = browser()
    assert "Nothing was published yet" in public.get("/open-data").words
    for _ in range(5):
        settled(world)
    months.work(AUGUST)
    assert public.get("/open-data/2026-07/complaints.csv").status == 404
    months.work(moment("2026-08-18 08:00"))
    assert "complaints-2026-07.csv" in public.get("/open-data").words
    for kind in ("csv", "jsonl"):
        answer = public.get(f"/open-data/2026-07/complaints.{kind}")
        assert answer.status == 200
        assert answer.text.count("Hongyun Kettles") == 5
        assert answer.answer.headers["Cache-Control"] == "no-store"
    assert public.get("/open-data/2026-07/complaints.xml").status == 404
    told = public.get("/open-data/dictionary.json").answer.json
    assert told is not None
    assert told["months"] == ["2026-07"]


def test_the_choice_is_made_by_post_only_and_looked_at(
    browser: Callable[..., Browser], consumer: Browser, case: str, number: str, agent: Browser
) -> None:
    assert f"{case}/story" in consumer.get(case).links()
    assert consumer.get(f"{case}/story?then=publish").status == 200
    with db.reading() as session:
        assert session.query(PublishedNarrative).count() == 0
    page = consumer.submit(f"{case}/story", then="publish")
    assert "Nobody has looked at it yet" in page.words
    assert "55556666" not in page.words
    assert "burst" in page.words
    desk = browser().log_in("desk")
    assert number in desk.get("/desk/stories").words
    assert "burst" not in desk.get("/desk/stories").words
    assert "55556666" in desk.get(f"/desk/stories/{number}").words  # as it was written
    assert agent.get("/desk/stories").status == 403
    assert browser().log_in("medi").get(f"/desk/stories/{number}").status == 403
    desk.submit(f"/desk/stories/{number}", then="publish")
    assert "It is published" in consumer.get(f"{case}/story").words
    assert "your story, before it was published" in consumer.get(case).words
    gone = consumer.submit(f"{case}/story", then="withdraw")
    assert "burst" not in gone.words
    assert desk.get(f"/desk/stories/{number}").status == 404
