"""Whatever is sent to any operation, the API answers as its specification says, and never with a 500.

Another seed or more of it: SCHEMATHESIS_SEED=7 SCHEMATHESIS_EXAMPLES=20 make test ARGS="-k schemathesis".
"""

import os
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from sqlalchemy import Engine

from complaints.config import LIMITS
from tests.api.conftest import Installation, install
from tests.api.program import STORY, Program
from web import create_app

SEED = int(os.environ.get("SCHEMATHESIS_SEED", "1"))
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "2"))
CALLERS = ("anonymous", "consumer", "hongyun", "intake", "medi", "supervisor", "hotline")
SYSTEMATIC = ("hotline",)  # for whom every rule of every field is broken once, beside the random ones
CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
)
# Which are not asked for: that valid data are taken (a date may be past, a version stale), and what this tool cannot
# do without a server (`ignored_auth`, see test_auth.py). A missing `If-Match` is 428, which it does not expect.
NOT_CHECKED = (
    "positive_data_acceptance", "ignored_auth", "missing_required_header", "use_after_free",
    "ensure_resource_availability",
)  # fmt: skip


@pytest.fixture
def unlimited(settings_env: Callable[..., None], sqlite: Engine, monday: None) -> Installation:
    """An installation that never says "too many"."""
    settings_env(LIMITS="; ".join(f"{name}=off" for name in LIMITS))
    return install()


@pytest.mark.parametrize("caller", CALLERS)
def test_every_operation_keeps_its_word(unlimited: Installation, caller: str) -> None:
    app = create_app()
    token, number = _way_in(app, unlimited, caller)
    seen, broken = 0, []
    for event in from_schema(_schema(app, token, number, systematic=caller in SYSTEMATIC)).execute():
        assert not isinstance(event, events.FatalError), event
        if isinstance(event, events.NonFatalError):
            broken.append(f"{event.label}: {event.value!r}")
        if isinstance(event, events.ScenarioFinished):
            seen += len(event.recorder.interactions)
            broken += list(_failures(event))
    assert broken == []
    assert seen > 56 * EXAMPLES, "hardly anything was tried"


def _way_in(app: Flask, installation: Installation, caller: str) -> tuple[str | None, str]:
    """A token, and the number of a case that this caller may know."""
    program = Program(app, installation.tokens.get("hotline" if caller == "hotline" else ""))
    story = STORY | ({"consumer_authorised": True} if caller == "hotline" else {})
    filed = program.post("/complaints", story)
    assert filed.status_code == 201, filed.text
    token = filed.json["link"]["token"] if caller == "consumer" else installation.tokens.get(caller)
    return token, filed.json["number"]


def _schema(app: Flask, token: str | None, number: str, *, systematic: bool) -> Any:
    checks = {name: {"enabled": name in CHECKED} for name in (*CHECKED, *NOT_CHECKED)}
    config: dict[str, Any] = {
        "seed": SEED,
        "continue-on-failure": True,
        "headers": {"Authorization": f"Bearer {token}"} if token else {},
        "parameters": {"number": number},
        "generation": {"max-examples": EXAMPLES, "mode": "all", "database": "none", "no-shrink": True},
        "checks": checks,
        "phases": {
            "examples": {"enabled": True, "checks": checks},
            "coverage": {"enabled": systematic, "unexpected-methods": ["put"], "checks": checks},
            "fuzzing": {"enabled": True, "checks": checks},
            "stateful": {"enabled": False},
        },
    }
    chosen = SchemathesisConfig.from_dict(config)
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=chosen)


def _failures(event: events.ScenarioFinished) -> list[str]:
    return [
        f"{event.recorder.label}: {check.name}: {check.failure_info.failure.message} {check.failure_info.code_sample}"
        for checks in event.recorder.checks.values()
        for check in checks
        if check.failure_info is not None
    ]
