"""A notice made into a letter: subject, plain text and HTML, in the reader's language."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from complaints.delivery import course_words
from complaints.delivery.content import Facts, content, last_day, names
from complaints.models import Notice
from complaints.words import say
from complaints.words.days import day_text

WIDTH = 76  # columns of the plain text, where words have spaces between them
NO_CASE = (
    "webhook_paused",
    "mark_copied",
    "record_draft",
    "record_corrected",
)  # letters that are about no case: a subject and a paragraph of their own
COURSE = "course"  # about a pledge, a measure, a signal or an objection: registry/course_letters.py


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes into one mail."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One complaint in a digest."""

    text: str
    link: str


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One complaint in a letter that brings private links."""

    number: str
    product: str
    link: str


def render(notice: Notice, link: str) -> Letter:
    """The letter of one notice, with `link` to the case. Raises Misconfigured where a word or a fact is missing."""
    if notice.letter in NO_CASE:
        return _plain(notice, link)
    if notice.letter == COURSE:
        return _course(notice, link)
    parts = content(notice.locale, notice.letter, notice.step, notice.facts)
    private_link = notice.facts["reader"] == "consumer"
    return _letter("letter", notice.locale, parts.subject, parts=parts, link=link, private_link=private_link)


def _plain(notice: Notice, link: str) -> Letter:
    facts = {name: value for name, value in notice.facts.items() if isinstance(value, str)}
    said = {name: say(notice.locale, f"letter.{notice.letter}_{name}", **facts) for name in ("subject", "intro")}
    return _letter("plain", notice.locale, said["subject"], intro=said["intro"], link=link, private_link=False)


def _course(notice: Notice, link: str) -> Letter:
    """What happened, why, what is to be done by when, and what silence leads to."""
    said = course_words.paragraphs(notice.locale, notice.step, notice.facts)
    subject = course_words.subject(notice.locale, notice.step, notice.facts)
    return _letter("course", notice.locale, subject, paragraphs=said, link=link, private_link=False)


def render_digest(notice: Notice, children: Sequence[tuple[Notice, str]], link: str) -> Letter:
    """One mail for many reminders: `children` with their links, ordered by due date here; `link` leads to them all."""
    locale = notice.locale
    ordered = sorted(children, key=lambda child: (child[0].facts["due_at"] or "9999", child[0].id))
    lines = [DigestLine(_digest_line(locale, child.facts), child_link) for child, child_link in ordered]
    subject = _digest_subject(locale, [child.facts for child, _ in ordered])
    intro = say(locale, "letter.digest_intro", count=len(lines))
    private_link = notice.recipient.startswith("consumer:")
    return _letter("digest", locale, subject, lines=lines, intro=intro, link=link, private_link=private_link)


def render_links(locale: str, step: str, cases: Sequence[LinkLine]) -> Letter:
    """The letter with private links: asked for ("lost_link"), or made anew ("new_link")."""
    lines = [DigestLine(_link_line(locale, each), each.link) for each in cases]
    said = {name: say(locale, f"letter.{step}_{name}") for name in ("intro", "closing")}
    return _letter("links", locale, say(locale, f"letter.subject_{step}"), private_link=True, lines=lines, **said)


def render_account(locale: str, step: str, lines: Sequence[DigestLine], **facts: object) -> Letter:
    """A letter about an account, with the links that belong to it. No case stands in it."""
    said = {name: say(locale, f"account_letter.{step}.{name}", **facts) for name in ("intro", "closing")}
    subject = say(locale, f"account_letter.{step}.subject", **facts)
    return _letter("account", locale, subject, private_link=False, lines=lines, **said)


def _link_line(locale: str, case: LinkLine) -> str:
    product = names(locale, {"product": case.product})["product"]
    return say(locale, "letter.link_line", number=case.number, product=product)


def _digest_subject(locale: str, facts: Sequence[Facts]) -> str:
    first = facts[0]["due_at"]
    if not first:
        return say(locale, "letter.subject_digest_open", count=len(facts))
    return say(locale, "letter.subject_digest", count=len(facts), first=day_text(locale, last_day(first)))


def _digest_line(locale: str, facts: Facts) -> str:
    if "course" in facts:
        return course_words.line(locale, facts)
    due = say(locale, "letter.no_due")
    if facts["due_at"]:
        due = say(locale, "letter.digest_due", day=day_text(locale, last_day(facts["due_at"])))
    product = names(locale, facts)["product"]
    state = say(locale, f"state.{facts['state']}")
    line = say(locale, "letter.digest_line", number=facts["number"], product=product, state=state, due=due)
    news = facts.get("trigger", "reminder")
    if news == "reminder":
        return line
    return say(locale, "letter.digest_news", line=line, news=say(locale, f"headline.{news}"))


def _letter(template: str, locale: str, subject: str, **values: Any) -> Letter:
    shared = {"locale": locale, "subject": subject, "say": _sayer(locale), "wrap": _wrapper(locale), **values}
    text = _templates().get_template(f"{template}.txt.j2").render(shared)
    html = _templates().get_template(f"{template}.html.j2").render(shared)
    return Letter(" ".join(subject.split()), text, html)


def _sayer(locale: str) -> Any:
    return lambda key: say(locale, f"letter.{key}")


def _wrapper(locale: str) -> Any:
    """Folds a paragraph for plain text. Chinese is left whole: it has no spaces to fold at, mail readers fold it."""

    def wrap(text: str, bullet: str = "") -> str:
        if locale == "zh":
            return bullet + text
        return textwrap.fill(
            text,
            WIDTH,
            initial_indent=bullet,
            subsequent_indent=" " * len(bullet),
            break_long_words=False,
            break_on_hyphens=False,
        )

    return wrap


def warm() -> None:
    """Compile every template now."""
    for name in _templates().list_templates():
        _templates().get_template(name)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).with_name("letters")),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
