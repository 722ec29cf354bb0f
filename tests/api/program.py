"""A program that talks to the API: one token, JSON both ways, a new idempotency key for each write."""

import uuid
from typing import Any, cast

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from complaints.models import Complaint
from complaints.registry import links
from tests.web.conftest import PERSONAL as PERSONAL
from tests.web.conftest import STORY as PAGE_STORY

BASE = "/api/v1"
STORY: dict[str, Any] = PAGE_STORY | {"consumer_consents": True, "share_consent": True}


class Answer(TestResponse):
    """What came back; its JSON is what a test takes it for."""

    json: Any


class Program:
    """Somebody's program. Without a token it is anybody's."""

    def __init__(self, app: Flask, token: str | None = None, language: str = "en") -> None:
        self.client = app.test_client(use_cookies=False)
        self.token, self.language = token, language

    def get(self, path: str, **query: Any) -> Answer:
        """Read."""
        told = {"headers": self._headers({}), "query_string": query, "buffered": True}  # which closes what is a file
        return cast(Answer, self.client.get(BASE + path, **told))

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Answer:
        """Write, under a new key unless one is given; `if_match="3"` and the like become headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Idempotency-Key"] = key or uuid.uuid4().hex
        sent = {} if body is None else body
        return cast(Answer, self.client.post(BASE + path, json=sent, headers=self._headers(named)))

    def raw(self, method: str, path: str, **options: Any) -> Answer:
        """Anything at all."""
        headers = self._headers(options.pop("headers", {}))
        answer = self.client.open(BASE + path, method=method, headers=headers, buffered=True, **options)
        answer.request.environ["wsgi.input"].close()  # a big one is a file, which nobody else closes
        return cast(Answer, answer)

    def act(self, number: str, trigger: str, *, version: int | None = None, **facts: Any) -> Answer:
        """Pull a trigger on the version that is there now, or on another."""
        seen = version or self.get(f"/complaints/{number}").json["version"]
        return self.post(f"/complaints/{number}/actions/{trigger}", facts, If_Match=f'"{seen}"')

    def did(self, number: str, trigger: str, **facts: Any) -> dict[str, Any]:
        """The same, which must work; answers where the case stands then."""
        answer = self.act(number, trigger, **facts)
        assert answer.status_code == 200, f"{trigger}: {answer.status_code} {answer.text}"
        standing: dict[str, Any] = answer.json
        return standing

    def case(self, number: str) -> dict[str, Any]:
        """A case as this caller reads it."""
        answer = self.get(f"/complaints/{number}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        known = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {"Accept-Language": self.language} | known | more


def problem(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """What is told of a refusal, which must be this one, whole, and of the right type."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    assert answer.content_type == "application/problem+json"
    told: dict[str, Any] = answer.json
    assert (told["status"], told["code"]) == (status, code), told
    assert {"type", "title", "detail", "instance", "request_id", "errors"} <= set(told)
    return told


def fields(told: dict[str, Any]) -> dict[str, str]:
    """The code of what is wrong by field."""
    return {each["field"]: each["code"] for each in told["errors"]}


def token_of(session: Session, number: str) -> str:
    """The token of the private link in force, as the consumer's letter says it."""
    token = links.current(session, session.scalars(select(Complaint.id).where(Complaint.number == number)).one())
    assert token is not None
    return token
