"""People and programs at several web processes, which break their connections: they try again with the same key.

Each remembers what it was told has happened, what it was refused, and with which words it asked for it.
"""

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.calling import BROKEN, Answer, Client
from tests.web.browser import _HIDDEN

AGAIN = (500, 502, 503)
PATIENCE = (*[10.0] * 9, 0.05)  # seconds; some hang up before they can have an answer
STORY = {
    "enterprise": "Hongyun Kettles",
    "narrative": "It burst.",
    "request": "My money back.",
    "name": "王梅",
    "address": "上海市杨浦区大学路 1 号",
}
NUMBER = re.compile(r"C\d\d-[0-9A-Z]{4}-[0-9A-Z]{4}")


@dataclass
class Case:
    """A case as the one who filed it knows it."""

    number: str
    link: str


@dataclass
class Person:
    """One thread: files, acts for the consumer of the cases it filed, and for the enterprise."""

    name: str
    rng: Random
    ports: list[int]
    agent: str  # the enterprise's token
    over: threading.Event
    everybody: list["Person"]  # who act in each other's cases, so that they meet there
    filed: dict[str, Case] = field(default_factory=dict)  # by the product's name, which no other filing has
    done: dict[str, tuple[str, str, int]] = field(default_factory=dict)  # words -> number, trigger, version after
    refused: set[str] = field(default_factory=set)  # words of what was never done
    tried_again: int = 0
    replayed: int = 0
    unforeseen: list[str] = field(default_factory=list)
    _count: int = 0

    def live(self) -> None:
        """File and act until it is over; what was begun is brought to an end."""
        while not self.over.is_set():
            what = self.rng.choice((self.file_by_program, self.file_by_page, self.act, self.act, self.act))
            try:
                what()
            except Exception as error:  # a thread's error would be lost
                self.unforeseen.append(f"{what.__name__}: {error!r}")
                return

    def file_by_program(self) -> None:
        """File through the API, with one key until there is an answer."""
        product, key = self._words("kettle"), self._words("key-of-mine")
        story = STORY | self._contact() | {"product": product, "consumer_consents": True, "share_consent": True}
        answer = self._until_answered(lambda at: at.call("POST", "/complaints", story, Idempotency_Key=key))
        assert answer.status == 201, answer.text
        self.filed[product] = Case(answer.json["number"], answer.json["link"]["token"])

    def file_by_page(self) -> None:
        """File with one form until there is an answer; the browser keeps the form and its cookies."""
        product, browser = self._words("kettle"), Client(0)
        page = self._until_answered(lambda at: at.get("/file/all"), browser)
        story = STORY | self._contact() | {"product": product, "consumer_consents": "yes", "share_consent": "yes"}
        form = dict(_HIDDEN.findall(page.text)) | story
        answer = self._until_answered(lambda at: at.send("/file/all", form), browser)
        assert answer.status == 303, answer.text
        link = answer.headers["location"].removesuffix("/receipt").rpartition("/")[2]
        receipt = self._until_answered(lambda at: at.get(f"/c/{link}"), browser)
        found = NUMBER.search(receipt.text)
        assert found, receipt.text
        self.filed[product] = Case(found[0], link)

    def act(self) -> None:
        """One thing that may be done now, on the version that was seen."""
        known = [case for each in self.everybody for case in list(each.filed.values())[-3:]]
        if not known:
            return
        case = self.rng.choice(known)
        token = self.rng.choice((case.link, self.agent))
        seen = self._until_answered(lambda at: at.call("GET", f"/complaints/{case.number}"), token=token)
        assert seen.status == 200, seen.text
        words, key = self._words("these-words"), self._words("key-of-mine")
        possible = self._possible(words)
        triggers = [trigger for trigger in seen.json["actions"] if trigger in possible]
        if triggers:
            self._pull(case, token, self.rng.choice(triggers), words, key, seen.json["version"])

    def _pull(self, case: Case, token: str, trigger: str, words: str, key: str, version: int) -> None:
        facts, path = self._possible(words)[trigger], f"/complaints/{case.number}/actions/{trigger}"
        headers = {"If_Match": f'"{version}"', "Idempotency_Key": key}
        answer = self._until_answered(lambda at: at.call("POST", path, facts, **headers), token=token)
        if answer.status == 200:
            self.done[words] = case.number, trigger, answer.json["version"]
            self.replayed += answer.headers.get("idempotency-replayed") == "true"
        else:
            assert answer.status in (409, 412), f"{trigger}: {answer.status} {answer.text}"
            self.refused.add(words)

    @staticmethod
    def _possible(words: str) -> Mapping[str, dict[str, Any]]:
        """What people do here, each saying words by which it is found again."""
        return {
            "statement": {"text": words},
            "decline": {"reason": words},
            "extend": {"reason": words},
            "counter": {"text": words},
            "redirect": {"reason": words},
        }

    def _until_answered(self, ask: Any, known: Client | None = None, token: str | None = None) -> Answer:
        """Ask one web process after another until one answers for good."""
        client = known or Client(0)
        client.token = token
        while True:
            client.port, client.patience = self.rng.choice(self.ports), self.rng.choice(PATIENCE)
            try:
                answer: Answer = ask(client)
            except BROKEN:
                pass
            else:
                if answer.status not in AGAIN:
                    return answer
            self.tried_again += 1
            time.sleep(0.02)

    def _contact(self) -> dict[str, str]:
        number = self.rng.randrange(10**8)
        return {"phone": f"138{number:08}", "email": f"p{number}@example.org"}

    def _words(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self.name}-{self._count:05}"
