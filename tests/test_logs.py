"""The log: one line of JSON for one event, which says what it is about and nothing of people."""

import json
import logging
import re
from collections.abc import Callable, Iterator

import psycopg
import pytest
import redis
from flask import Flask, abort
from sqlalchemy.exc import IntegrityError, OperationalError

from complaints import logs
from complaints.config import settings
from complaints.errors import BadInput, Misconfigured
from web import create_app, requests


@pytest.fixture
def heard() -> Iterator[Callable[..., list[str]]]:
    """What is said through our format: `heard("text")` begins to listen; `lines()` of it."""
    listening = _Listening()
    yield listening.begin
    logging.getLogger().removeHandler(listening)
    logs.begin()


class _Listening(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def begin(self, form: str = "json") -> list[str]:
        self.setFormatter(logs.formatter("tests", form))
        logging.getLogger().addHandler(self)
        return self.lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def test_both_kinds_of_loggers_make_the_same_lines(heard: Callable[..., list[str]]) -> None:
    lines = heard()
    logs.begin(request_id="r-1")
    logs.bind(case="C26-1234-5678")
    logs.get("complaints.x").warning("told", count=3, nothing=None, who="李")
    logging.getLogger("complaints.y").warning("told %d of %s", 3, "four")
    with logs.about(case=None, job="j"):
        logs.bind(case="C26-0000-0000")
        logs.get("complaints.x").error("inside")
    logs.get("complaints.x").error("outside")
    logs.begin()
    logs.get("complaints.x").error("after")
    found = [json.loads(line) for line in lines]
    assert list(found[0])[:8] == ["ts", "level", "process", "pid", "logger", "event", "request_id", "case"]
    assert (found[0]["level"], found[0]["count"], found[0]["who"], found[0]["logger"]) == (
        "WARNING",
        3,
        "李",
        "complaints.x",
    )
    assert "nothing" not in found[0]
    assert (found[1]["event"], found[1]["request_id"]) == ("told 3 of four", "r-1")
    assert [line.get("case") for line in found[1:]] == ["C26-1234-5678", "C26-0000-0000", "C26-1234-5678", None]
    assert [line.get("job") for line in found[2:4]] == ["j", None]


def test_a_person_reads_one_line_and_the_trace_below(heard: Callable[..., list[str]]) -> None:
    lines = heard("text")
    logs.get("complaints.x").warning("told", count=3)
    try:
        raise ValueError("王梅梅")
    except ValueError:
        logging.getLogger("web.y").exception("broken")
    assert re.fullmatch(r"\S+ WARNING tests\[\d+\] complaints\.x: told count=3", lines[0])
    head, *places = lines[1].splitlines()
    assert head.endswith("web.y: broken error=ValueError")
    assert places[-1] == "ValueError"
    assert "test_logs.py" in places[0]


def test_what_an_error_says_of_people_is_left_out(heard: Callable[..., list[str]]) -> None:
    said = (
        (KeyError("王梅梅"), "KeyError"),
        (BadInput("no enterprise is called 王梅梅"), "BadInput"),
        (IntegrityError("INSERT", {}, psycopg.errors.CheckViolation("王梅梅")), "IntegrityError: CheckViolation"),
        (Misconfigured("COMPLAINTS_WORKERS must be a number"), "Misconfigured: COMPLAINTS_WORKERS must be a number"),
        (redis.ConnectionError("Error 111\nmore"), "ConnectionError: Error 111"),
        (FileNotFoundError(2, "No such file"), "FileNotFoundError: [Errno 2] No such file"),
    )  # fmt: skip
    assert [logs.brief(error) for error, _ in said] == [text for _, text in said]
    away = OperationalError("SELECT", {}, psycopg.OperationalError("connection refused\nDETAIL: 王梅梅"))
    assert logs.brief(away).endswith("connection refused")
    lines = heard()
    try:
        try:
            raise KeyError("王梅梅")
        except KeyError as error:
            raise ValueError("138-wang") from error
    except ValueError:
        logs.get("complaints.x").exception("broken")
    [line] = [json.loads(line) for line in lines]
    assert [part.splitlines()[-1] for part in line["trace"].split("\nthen\n")] == ["KeyError", "ValueError"]


def test_the_last_guard_hides_what_looks_like_a_secret(heard: Callable[..., list[str]]) -> None:
    lines = heard()
    other = logging.getLogger("some.library")
    other.warning("GET /c/%s/do/accept_offer", "A1b2-_" * 7)
    other.warning("Bearer cpl_%s", "A1b2-_" * 7)
    other.warning("to <mei.wang@example.org>, phone +86 138-1234-5678 or 13812345678.")
    other.warning("redis://:secret@host:6379/0")
    logs.get("complaints.x").warning("told", request_id="a13812345678b", number="C26-1381-2345", n=1381234567)
    assert [json.loads(line)["event"] for line in lines] == [
        "GET /c/***/do/accept_offer", "Bearer ***", "to <***>, phone *** or ***.", "redis://:***:6379/0", "told",
    ]  # fmt: skip
    assert "a13812345678b" in lines[-1]
    assert "1381234567" in lines[-1]


def test_the_request_id_is_a_proxys_or_ours(settings_env: Callable[..., None]) -> None:
    for proxies, given, kept in (
        (0, "from-anybody", False),
        (1, "proxy-4711", True),
        (1, "a" * 64, True),
        (1, "a" * 65, False),
        (1, "short", False),
        (1, "wang mei", False),
        (1, "{}[]<>\"'ab", False),
        (1, "", False),
    ):
        settings_env(TRUSTED_PROXIES=proxies)
        answer = create_app().test_client().get("/healthz", headers={"X-Request-ID": given})
        assert (answer.headers["X-Request-ID"] == given) is kept
        assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", answer.headers["X-Request-ID"])
    ids = {create_app().test_client().get("/healthz").headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3


def test_one_request_knows_nothing_of_the_last(
    settings_env: Callable[..., None], heard: Callable[..., list[str]]
) -> None:
    app = Flask("web")
    requests.init_app(app)

    @app.get("/cases/<number>")
    def case(number: str) -> str:
        return number

    @app.get("/break")
    def broken() -> str:
        logs.bind(case="C26-1234-5678")
        raise KeyError("王梅梅")

    @app.get("/refuse")
    def refuse() -> str:
        abort(418)

    lines = heard()
    logging.getLogger("web").setLevel(logging.INFO)
    client = app.test_client()
    paths = ("/cases/C26-1111-2222", "/break", "/refuse", "/cases/mei.wang", "/nowhere")
    assert [client.get(path).status_code for path in paths] == [200, 500, 418, 200, 404]
    told = [json.loads(line) for line in lines if '"request"' in line]
    assert [line.get("case") for line in told] == ["C26-1111-2222", "C26-1234-5678", None, None, None]
    assert [line["route"] for line in told] == ["/cases/<number>", "/break", "/refuse", "/cases/<number>", "none"]
    assert "王" not in "".join(lines)
    assert "mei.wang" not in "".join(lines)


def test_settings(settings_env: Callable[..., None]) -> None:
    assert (settings().log_format, settings().log_level) == ("json", "INFO")  # no terminal here
    settings_env(LOG_FORMAT="TEXT", LOG_LEVEL="debug")
    assert (settings().log_format, settings().log_level) == ("text", "DEBUG")
    for name, value in (("LOG_FORMAT", "xml"), ("LOG_LEVEL", "LOUD"), ("METRICS_TOKEN", "王")):
        settings_env(**{"LOG_FORMAT": "json", "LOG_LEVEL": "INFO", "METRICS_TOKEN": "", name: value})
        with pytest.raises(Misconfigured, match=f"COMPLAINTS_{name}"):
            settings()
