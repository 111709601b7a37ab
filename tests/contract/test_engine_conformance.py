"""Every engine shows every behaviour it owes. The contract is `assay_sandbox.conformance`."""

from collections.abc import Iterator

import pytest
from tests.fakes.engines import ENGINES, Stand, engine_parameters

from assay_sandbox.conformance import BEHAVIOURS
from assay_sandbox.docker_engine import DockerEngine

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=engine_parameters())
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    made = ENGINES[request.param]()
    yield made
    if isinstance(made.engine, DockerEngine):
        made.engine.close()


@pytest.mark.parametrize("name", sorted(BEHAVIOURS))
def test_the_engine_shows_what_it_owes(stand: Stand, name: str) -> None:
    behaviour = BEHAVIOURS[name]
    if not behaviour.owed_by(stand.engine):
        lacking = sorted(behaviour.needs - stand.engine.capabilities)
        pytest.skip(f"{stand.engine.name} declares no {', '.join(lacking)}")

    behaviour.check(stand.engine, stand.image)
