"""What the tests of figures share."""

import pytest
from sqlalchemy import Engine

from tests.people import World, world


@pytest.fixture
def there(database: Engine) -> World:
    """The usual people, once on each database."""
    return world()
