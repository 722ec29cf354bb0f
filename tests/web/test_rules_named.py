"""A version of the rules is told in words, with its day; its name in the files is the administrator's only."""

from collections.abc import Callable

import pytest

from complaints.words import LOCALES, has
from complaints.workflow import policy
from tests.web.browser import Browser

NAMED = {
    "en": "Rules of the association, in force from Wednesday 15 April 2026",
    "zh": "协会规则，自 2026年4月15日 星期三 起施行",
}


@pytest.mark.parametrize("language", LOCALES)
def test_a_case_names_its_rules_in_words(
    case: str, number: str, browser: Callable[..., Browser], language: str
) -> None:
    pages = [browser(language).get(case)]
    pages += [browser(language).log_in("hongyun").get(f"/portal/cases/{number}")]
    pages += [browser(language).log_in("desk").get(f"/desk/cases/{number}")]
    for page in pages:
        assert NAMED[language] in page.words
        assert "association-2026" not in page.text


@pytest.mark.parametrize("language", LOCALES)
def test_versions_are_compared_under_their_words(world: object, browser: Callable[..., Browser], language: str) -> None:
    page = browser(language).log_in("root").get("/admin/policies")
    assert f'<th scope="col">{NAMED[language]}</th>' in page.text
    assert '<option value="association-2026-04"' in page.text
    assert "association-2026-04" in page.words


@pytest.mark.parametrize("language", LOCALES)
def test_every_mandate_has_its_words(language: str) -> None:
    assert [each.mandate for each in policy.versions() if not has(language, f"policy.{each.mandate}")] == []
