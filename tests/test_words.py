"""Both languages say the same things, and everything that the lifecycle can say has words."""

import inspect
import re
from pathlib import Path
from string import Formatter

import pytest

from complaints import doctor
from complaints.errors import Misconfigured
from complaints.registry import campaigns, merging
from complaints.words import LOCALES, happened, has, listed, say, texts
from complaints.workflow import lifecycle
from complaints.workflow.case import Outcome, Role, State
from complaints.workflow.filing import REQUIRED
from complaints.workflow.notices import ROUTES

READERS = ("consumer", "enterprise", "intake", "mediator", "supervisor")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys() -> None:
    assert texts("zh").keys() == texts("en").keys()


def test_both_languages_take_the_same_facts() -> None:
    unlike = [key for key, text in texts("zh").items() if placeholders(text) != placeholders(texts("en")[key])]
    assert unlike == []


def test_chinese_sentences_have_chinese_punctuation() -> None:
    assert [key for key, text in texts("zh").items() if re.search(r"[\u4e00-\u9fff][,;:!?()]", text)] == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("trigger", lifecycle.TRIGGERS)
def test_every_trigger_has_words_for_every_reader(trigger: str, locale: str) -> None:
    assert say(locale, f"trigger.{trigger}")
    assert say(locale, f"headline.{trigger}")
    for reader in READERS:
        told = happened(locale, trigger, reader, product="<product>", enterprise="<enterprise>")
        assert "<product>" in told
        assert "{" not in told


@pytest.mark.parametrize("locale", LOCALES)
def test_every_state_outcome_role_and_field_has_words(locale: str) -> None:
    wanted = [f"state.{state.value}" for state in State]
    wanted += [f"silence.{state.value}" for state in State if state is not State.NEW]
    wanted += [f"{section}.{outcome.value}" for outcome in Outcome for section in ("outcome", "outcome_means")]
    wanted += [f"role.{role.value}" for role in Role]
    wanted += [f"role.{row.owner or 'nobody'}" for row in lifecycle.STATES]
    wanted += [f"missing.{field}" for field in REQUIRED]
    wanted += [f"route.{route}" for route in ROUTES]
    wanted += [f"ground.refuse_{n}" for n in range(1, 8)] + [f"ground.end_{n}" for n in range(1, 9)]
    assert [key for key in wanted if not has(locale, key)] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_what_administrators_and_checks_report_has_words(locale: str) -> None:
    """Its keys stand in the code: of the trail, of merges, of `complaints doctor`."""
    sources = [path.read_text(encoding="utf-8") for top in ("complaints", "web") for path in Path(top).rglob("*.py")]
    done = {key for text in sources for key in re.findall(r"""trail\.record\(\s*[^"]*"([a-z_.]+)\"""", text)}
    seen = set(re.findall(r"""seen\([^)]*?"([a-z_]+)\"""", inspect.getsource(doctor)))
    assert len(done) > 14
    assert len(seen) > 10
    wanted = [f"admin_did.{key}" for key in done] + [f"seen.{key}" for key in seen]
    wanted += [f"moves.{table}" for table in merging.RULES]
    wanted += [f"admin_fact.{name}" for name in ("year", "template", *campaigns.DAYS)]
    assert [key for key in wanted if not has(locale, key)] == []


def test_silence_never_sounds_like_success() -> None:
    unsolved = [outcome.value for outcome in Outcome if outcome is not Outcome.SETTLED]
    for outcome in unsolved:
        words = f"{say('en', f'outcome.{outcome}')} {say('en', f'outcome_means.{outcome}')}".lower()
        assert not any(word in words for word in ("success", "is resolved", "was resolved", "settled and"))
        assert "已解决" not in say("zh", f"outcome_means.{outcome}").replace("不计为已解决", "")


def test_missing_words_facts_and_languages_are_said_aloud() -> None:
    with pytest.raises(Misconfigured, match=r"zh\.toml has no 'state\.nowhere'"):
        say("zh", "state.nowhere")
    with pytest.raises(Misconfigured, match="needs the fact 'headline'"):
        say("en", "letter.subject", number="K1")
    with pytest.raises(Misconfigured, match="no language 'fr'"):
        say("fr", "state.received")


def test_braces_in_a_fact_stay_text() -> None:
    assert "{0} {x}" in happened("en", "file", "consumer", product="{0} {x}", enterprise="E")


def test_what_was_chosen_from_a_list_is_told_in_the_readers_language() -> None:
    stored = say("zh", "category.appliance")
    assert listed("en", stored) == say("en", "category.appliance") != stored
    assert listed("zh", stored) == stored
    assert listed("en", "a word of one's own") == "a word of one's own"
