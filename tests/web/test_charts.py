"""What charts write: labels beside their values."""

import html
import re
import unicodedata
from typing import Any

import pytest
from flask import Flask, get_template_attribute

from complaints.workflow.case import OPEN
from web import language, wording
from web.pictures import stay_rows

LABEL = re.compile(r'<text class="label"[^>]*><title>([^<]*)</title>([^<]*)</text>')
VALUE = re.compile(r'<text class="value"[^>]*>([^<]*)</text>')


def drawn(macro: str, *given: object, **named: object) -> str:
    """A chart as it stands on a page."""
    return str(get_template_attribute("_charts.html", macro)("x", "A title", "About it", *given, **named))


def units(text: str) -> float:
    """How wide a text of 16 pixels is at most, of 480 units: a Chinese letter is square, another takes about half."""
    return sum(16 if unicodedata.east_asian_width(letter) in "WF" else 9 for letter in text)


def lines(chart: str) -> list[tuple[str, str, str]]:
    """Whole label, label and value of each bar."""
    chart = html.unescape(chart)
    found = zip(LABEL.findall(chart), VALUE.findall(chart), strict=True)
    return [(whole, label, value) for (whole, label), value in found]


@pytest.mark.parametrize("label", ["茶壶" * 17, "Kettle of steel, " * 8, "壶 A" * 20, "Kettle", ""])
@pytest.mark.parametrize("value", ["7", "1,234,567 (100%)", "12,345 个工作日"])
def test_a_label_never_runs_into_its_value(app: Flask, label: str, value: str) -> None:
    with app.test_request_context("/?lang=en"):
        chart = drawn("bar", [{"label": label, "value": 7, "text": value}], "Cases")
    [(whole, shown, beside)] = lines(chart)
    assert (whole, beside) == (label, value)
    assert units(shown) + units(value) < 480
    assert shown == label or (len(shown) > 10 and shown.endswith("…"))
    assert f">{label}</th>" in chart  # the table has all of it


def test_a_label_of_a_bar_with_parts_is_cut_too(app: Flask) -> None:
    with app.test_request_context("/?lang=zh"):
        chart = drawn("stacked", ["甲", "乙"], [{"label": "调解员" * 12, "parts": [400, 12]}])
    [(_whole, shown, value)] = lines(chart)
    assert units(shown) + units(value) < 480


def test_counts_have_their_thousands_apart(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        stacked = drawn("stacked", ["A", "B"], [{"label": "Li", "parts": [1200, 34]}])
        line = drawn("line", ["May", "June"], [{"label": "A", "points": [1500, 12.25]}])
    assert lines(stacked)[0][2] == "1,234"
    assert 'data-label="A">1,200</td>' in stacked
    assert 'data-label="A">1,500</td>' in line
    assert 'data-label="A">12.2</td>' in line
    assert re.findall('class="axis"[^>]*>([^<]*)<', line)[:3] == ["0", "750", "1,500"]


@pytest.mark.parametrize(
    ("points", "top", "axis"),
    [
        ([0, 0], 1, ["0", "1", "2"]),
        ([0, 1], 1, ["0", "1", "2"]),
        ([3, 7], 1, ["0", "4", "8"]),
        ([2, 7.3], 1, ["0", "4", "8"]),
        ([99.5, None], 100, ["0", "50", "100"]),
    ],
)
def test_an_axis_has_whole_numbers(app: Flask, points: list[float | None], top: int, axis: list[str]) -> None:
    with app.test_request_context("/?lang=en"):
        line = drawn("line", ["May", "June"], [{"label": "A", "points": points}], top=top)
    assert re.findall('class="axis"[^>]*>([^<]*)<', line)[:3] == axis


@pytest.mark.parametrize("tongue", ["en", "zh"])
def test_how_long_cases_stay_fits_in_both_languages(app: Flask, tongue: str) -> None:
    content: dict[str, Any] = {"states": {state.value: {"median": 12.5, "nine_tenths": 120.5} for state in OPEN}}
    with app.test_request_context("/"), language.speaking(tongue):
        rows = stay_rows(content, OPEN)
        chart = drawn("bar", rows, "Median", "Nine in ten")
        names = [wording.say(f"state.{state.value}") for state in OPEN]
    assert [whole for whole, _shown, _value in lines(chart)] == names
    assert all(len(shown) >= min(len(whole), 40) for whole, shown, _value in lines(chart))
    assert all(units(shown) + units(value) < 480 for _whole, shown, value in lines(chart))
    assert chart.count("120.5") == len(OPEN)  # in the table
