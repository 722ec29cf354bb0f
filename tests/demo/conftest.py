"""A demo world with one enterprise, one complaint and a full centre; the clock goes back after each test."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from complaints import calendars, clock, db
from complaints.demo import company, samples
from complaints.registry import world
from complaints.workflow import actions
from complaints.workflow.case import Actor, Case, Role


@pytest.fixture(autouse=True)
def real_time_afterwards() -> Iterator[None]:
    """A moved clock is this process's, so it must not outlive the test."""
    yield
    clock.set_offset(timedelta(0))


def open_doors(kind: world.Kind = world.DEMO) -> Case:
    """Make the database a world of that kind; one complaint has just reached an enterprise that never answers."""
    firm = samples.SampleEnterprise(
        "示例清禾电器有限公司",
        "清禾",
        "家用电器",
        True,
        False,
        None,
        "service@example.com",
        "11100001234",
        "示例市样板路1号",
    )
    with db.transaction() as session:
        at = clock.now()
        calendars.seed(session, clock.local_date(at).year + 2)
        world.create(session, kind, at)
        company.found(session, at, 1, [], [firm])
        [(_, filing)] = samples.filings(1, 1, [firm], clock.local_date(at), 1)
        whole = replace(filing, enterprise=firm.name, email="mei@example.com", address=firm.address, request="退货。")
        agreed = replace(whole, consumer_consents=True, share_consent=True)
        return actions.file(session, agreed, Actor(Role.CONSUMER), at)


@pytest.fixture
def demo(database: Engine) -> Case:
    """A demo world on each database."""
    return open_doors()
