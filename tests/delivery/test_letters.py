"""Letters say what happened, what the reader can do, by when, and what follows; in both languages."""

from html.parser import HTMLParser
from typing import Any

import pytest

from complaints.delivery import letter
from complaints.delivery.letter import Letter
from complaints.models import Notice
from complaints.words import LOCALES, say
from complaints.workflow import lifecycle
from tests.delivery.planted import FACTS, notice

LINK = "https://complaints.example/c/abc_-123"
READERS = ("consumer", "enterprise", "intake", "mediator", "supervisor")
PARTS = ("what_happened", "what_you_can_do", "by_when", "if_nothing", "case", "check")

CLOSED: dict[str, Any] = {
    "trigger": "terminate",
    "state": "closed",
    "outcome": "terminated",
    "ground": "end_5",
    "actor": "mediator",
    "actions": ["reopen", "rate"],
    "due_at": None,
    "silence": None,
    "owner": "nobody",
    "routes": ["negotiate", "court"],
    "reopen_until": "2026-12-22T16:00:00+00:00",
    "rating_until": "2026-12-12T16:00:00+00:00",
}


def rendered(locale: str, name: str = "offer", step: str = "news", **facts: Any) -> Letter:
    return letter.render(notice(letter=name, step=step, locale=locale, facts=facts), LINK)


class Page(HTMLParser):
    """Collects the tags and the visible text; every tag that needs it must be closed."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("trigger", lifecycle.TRIGGERS)
def test_every_letter_has_every_part_for_every_reader(trigger: str, locale: str) -> None:
    for reader in READERS:
        _has_every_part(rendered(locale, trigger, trigger=trigger, reader=reader), locale)


def _has_every_part(made: Letter, locale: str) -> None:
    page = Page(made.html)
    assert page.open == []
    assert f'<html lang="{"zh-CN" if locale == "zh" else "en"}">' in made.html
    for part in PARTS:
        assert f"== {say(locale, f'letter.{part}')}" in made.text
        assert f">{say(locale, f'letter.{part}')}</h2>" in made.html
    for text in (made.text, page.text):
        assert "{" not in text
        assert "None" not in text
        assert LINK in text
        assert FACTS["chain_head"] in text
        assert "24:00" in text
    assert made.subject
    assert "\n" not in made.subject


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("state", [row.state.value for row in lifecycle.STATES])
def test_every_state_can_be_told_to_every_reader(state: str, locale: str) -> None:
    owner = next(row.owner for row in lifecycle.STATES if row.state.value == state) or "nobody"
    for reader in READERS:
        made = rendered(locale, state=state, owner=owner, silence=state, reader=reader)
        assert say(locale, f"silence.{state}")[:10] in made.text
        assert say(locale, f"state.{state}") in made.text


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("step", ["half_time", "before_3", "before_1", "before_7", "last_day"])
def test_reminders_say_how_much_time_is_left(step: str, locale: str) -> None:
    made = rendered(locale, "reminder", step, trigger="reminder")
    assert FACTS["number"] in made.subject
    assert say(locale, "trigger.accept_offer") in made.text
    if step == "before_7":
        assert "7" in made.subject
    assert f"- {say(locale, 'label.actor')}{say(locale, 'letter.colon')}" not in made.text


def test_an_english_letter_as_its_reader_sees_it() -> None:
    made = rendered("en")
    assert made.subject == "Complaint K7Q29FXM: the enterprise made an offer"
    flat = " ".join(made.text.split())
    assert "清波电器 & Söhne has made you an offer for your complaint about “电热水壶 <K1>”." in flat
    assert "It is your turn. - Accept the offer - Propose something else" in flat
    assert "Friday 4 December 2026, until 24:00 (Asia/Shanghai)." in flat
    assert "that does not count as solved" in flat
    assert "- Amount: ¥1,299.50 - To be done by: Thursday 10 December 2026" in flat
    assert "- When: Friday 20 November 2026, 14:31 (Asia/Shanghai)" in flat
    assert "The link is yours alone" in flat
    assert max(len(line) for line in made.text.splitlines() if LINK not in line) <= 80


def test_a_chinese_letter_as_its_reader_sees_it() -> None:
    made = rendered("zh")
    assert made.subject == "投诉 K7Q29FXM：企业提出了解决方案"
    assert "2026年12月4日 星期五 24:00 前（北京时间）。" in made.text
    assert "- 金额：¥1,299.50" in made.text
    assert "- 现在的状态：待消费者确认" in made.text
    assert "不计为已解决" in made.text


@pytest.mark.parametrize("locale", LOCALES)
def test_a_closing_letter_names_outcome_ground_windows_and_routes(locale: str) -> None:
    made = rendered(locale, "terminate", **CLOSED)
    for key in ("outcome.terminated", "ground.end_5", "route.court", "letter.stays_closed", "trigger.reopen"):
        assert say(locale, key) in made.text
    december = {"zh": ("12月22日", "12月12日"), "en": ("22 December", "12 December")}[locale]
    assert all(day in made.text for day in december)


def test_an_expiry_at_midnight_is_told_as_the_end_of_the_day_before() -> None:
    made = rendered("en", "escalate", trigger="escalate", actor="clock", occurred_at="2026-11-20T16:00:00+00:00")
    assert "When: Friday 20 November 2026, 24:00 (Asia/Shanghai)" in made.text


def test_another_ones_move_is_said_to_be_another_ones() -> None:
    made = rendered("en", reader="enterprise", actions=[])
    flat = " ".join(made.text.split())
    assert "It is now up to the consumer. - You need not do anything now." in flat
    assert "Up to the consumer, on Friday 4 December 2026, until 24:00" in flat
    assert "The link is yours alone" not in flat


def test_a_provisional_date_says_so() -> None:
    assert say("zh", "letter.provisional") in rendered("zh", provisional=True).text
    assert say("zh", "letter.provisional") not in rendered("zh").text


def test_a_lapse_of_the_centre_names_itself() -> None:
    made = rendered("zh", "lapse_notice", "lapse_4", trigger="escalate", lapsed="intake", reader="supervisor")
    assert say("zh", "reminder.lapse_intake") in made.text


def test_days_are_shown_only_where_they_are_working_days() -> None:
    assert "- Working days: 5" in rendered("en", "extend", trigger="extend", days=5).text
    assert "Working days" not in rendered("en", days=8).text


def test_what_is_missing_is_one_list() -> None:
    made = rendered("zh", "ask_information", trigger="ask_information", missing=["phone", "request"])
    assert "需要补正：联系电话、具体的诉求" in made.text


def test_html_from_outside_is_shown_not_run() -> None:
    made = rendered("en", product="<script>alert(1)</script>", enterprise='"><img src=x onerror=alert(1)>')
    assert "<script>" not in made.html
    assert "<img" not in made.html


def test_nobody_and_nothing_named_still_reads_well() -> None:
    made = rendered("en", "file", trigger="file", product="", enterprise="", due_at=None, silence=None, actions=[])
    assert "“a product or service not named”, against an enterprise not yet identified." in " ".join(made.text.split())
    assert say("en", "letter.no_due") in made.text


@pytest.mark.parametrize("locale", LOCALES)
def test_a_digest_lists_the_most_urgent_first(locale: str) -> None:
    days = ["2026-12-09", "2026-12-01", "2026-12-04"]
    children: list[tuple[Notice, str]] = []
    for n, day in enumerate(days):
        facts = {"number": f"N{n}", "due_at": f"{day}T16:00:00+00:00", "state": "with_enterprise"}
        child = notice(facts=facts)
        child.id = n
        children.append((child, f"{LINK}/{n}"))
    made = letter.render_digest(notice(locale=locale, recipient="enterprise:1"), children, "https://x.example/portal")
    assert [made.text.index(f"N{n} ·") for n in (1, 2, 0)] == sorted(made.text.index(f"N{n} ·") for n in range(3))
    assert all(f'<a href="{LINK}/{n}">' in made.html for n in range(3))
    assert "3" in made.subject
    assert {"zh": "12月1日", "en": "1 December"}[locale] in made.subject
    assert Page(made.html).open == []
