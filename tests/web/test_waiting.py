"""Pages that only read wait for nobody who writes."""

import time

from flask import Flask
from sqlalchemy import Engine

from tests.web.browser import Browser

SOON = 2.0


def test_pages_answer_while_somebody_writes(
    database: Engine, app: Flask, consumer: Browser, agent: Browser, case: str
) -> None:
    desk, root = Browser(app).log_in("desk"), Browser(app).log_in("root")
    with database.connect() as writer, writer.begin():  # on SQLite BEGIN IMMEDIATE: the one lock there is
        writer.exec_driver_sql("UPDATE complaint SET flagged = flagged")
        took = {
            address: _seconds(person, address)
            for person, addresses in {
                "consumer": (consumer, ["/", "/file/all", "/login", case, f"{case}/receipt", f"{case}/do/evidence"]),
                "agent": (agent, ["/", "/portal", "/portal?state=closed"]),
                "desk": (desk, ["/desk", "/desk?queue=open", "/desk/tasks", "/desk/letters", "/?lang=zh", "/readyz"]),
                "root": (root, ["/admin/users", "/admin/calendars"]),
            }.values()
            for address in addresses
        }
    assert max(took.values()) < SOON, took


def test_the_demos_own_pages_too(demo: object, database: Engine, consumer: Browser, case: str) -> None:
    with database.connect() as writer, writer.begin():
        writer.exec_driver_sql("UPDATE complaint SET flagged = flagged")
        took = {address: _seconds(consumer, address) for address in ("/", "/demo/outbox", "/demo/outbox?planned=yes")}
    assert max(took.values()) < SOON, took


def _seconds(person: Browser, address: str) -> float:
    began = time.monotonic()
    page = person.get(address)
    assert page.status == 200, f"{address}: {page.status}"
    return time.monotonic() - began
