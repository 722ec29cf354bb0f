"""Nobody decides on a request to step aside that is made against themselves (Order 121 art 21)."""

import pytest
from sqlalchemy import Engine, select

from complaints import db
from complaints.errors import ComplaintsError
from complaints.models import Account
from complaints.workflow import actions
from complaints.workflow.case import Actor, Role, State
from tests.people import FOUNDED, World, world
from tests.playing import Playing, file_complaint
from tests.workflow.expected import walk

NO = {"granted": False, "reason": "I am fair."}


@pytest.fixture
def there(sqlite: Engine) -> World:
    """The usual people, on SQLite."""
    return world()
