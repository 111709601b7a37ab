"""A site for each test, and its owner. A plugin of pytest, named in tests/conftest.py.

What makes a site is imported by who asks for one: it takes two seconds, and most tests need none.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from tests.fakes.web import Site


@pytest.fixture
def site(tmp_path: Path) -> "Iterator[Site]":
    from tests.fakes.web import a_site

    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def alice(site: "Site") -> "TestClient":
    return site.of(site.house.cast.alice)
