"""Dockerfiles are built without a container engine, and what they build answers."""

import contextlib
import http.client
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.local_engines import (
    MODES,
    Mode,
    build,
    build_spec,
    local_engine,
    needs_bubblewrap,
    write_tree,
)

from assay_sandbox.engine import (
    Attachment,
    BuildFailed,
    BuildFailure,
    Built,
    ContainerSpec,
    Running,
)
from assay_sandbox.errors import EngineFault
from assay_sandbox.limits import BuildLimits
from assay_sandbox.local_wheels import ensure_wheelhouse_dir

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).resolve().parents[2]
READY_S = 20.0

SERVICE = {
    "Dockerfile": """\
ARG TAG=3.11-slim
FROM python:${TAG} AS build
ENV VIRTUAL_ENV=/opt/venv
RUN python -m venv $VIRTUAL_ENV
COPY requirements.txt .
RUN /opt/venv/bin/pip install --no-cache-dir -r requirements.txt

FROM build AS test
COPY . /srv/service
WORKDIR /srv/service
RUN /opt/venv/bin/python -c "import main; assert main.GREETING"

FROM python:3.11-slim
RUN useradd --system --uid 10001 service
ENV PATH="/opt/venv/bin:$PATH" GREETING="good day"
WORKDIR /app
COPY --from=build --chown=service /opt/venv /opt/venv
COPY *.py ./
USER service
EXPOSE 8080/tcp
ENTRYPOINT ["uvicorn"]
CMD ["start:app", "--host", "0.0.0.0", "--factory"]
""",
    "requirements.txt": "fastapi\nuvicorn\n",
    "main.py": """\
import os
from fastapi import FastAPI
GREETING = os.environ.get("GREETING", "hello")
app = FastAPI()
@app.get("/")
def greet() -> dict:
    return {"greeting": GREETING, "uid": os.getuid()}
""",
    "start.py": "from main import app\n",
}


@pytest.fixture(scope="module")
def wheels() -> Path:
    wheelhouse = REPOSITORY / "challenges/credit-scoring/wheelhouse.txt"
    return Path(ensure_wheelhouse_dir(wheelhouse, lambda _line: None))


def answer_of(address: tuple[str, int]) -> Any:
    """What the service says once it says something."""
    end_s = time.monotonic() + READY_S
    while time.monotonic() < end_s:
        connection = http.client.HTTPConnection(*address, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", "/")
            return json.loads(connection.getresponse().read())
        time.sleep(0.05)
    raise TimeoutError(f"nothing answers at {address}")


@pytest.mark.parametrize("mode", MODES)
def test_a_service_with_a_virtual_environment_and_stages_builds_and_answers(
    mode: Mode, tmp_path: Path, wheels: Path
) -> None:
    engine = local_engine(mode)
    spec = build_spec(write_tree(tmp_path, SERVICE), packages=str(wheels))
    outcome = build(engine, spec)
    assert isinstance(outcome, Built), outcome
    network = engine.network("test-local-service", "app")
    command = ("sh", "-c", "exec uvicorn main:app --host 0.0.0.0 --port $PORT")

    container = engine.start(
        ContainerSpec(
            run_id="test-local-service",
            role="sut",
            image=outcome.image.reference,
            attachments=(Attachment(network, 2),),
            command=command,
            environment={"PORT": "8080"},
            port=8080,
        ),
        deadline_s=10.0,
    )
    try:
        answer = answer_of(container.address())
    finally:
        engine.reap("test-local-service")

    assert answer["greeting"] == "good day"


def test_an_image_is_described_as_its_dockerfile_configures_it(tmp_path: Path) -> None:
    dockerfile = """\
FROM python:3.11-slim
ARG PORT=9000
LABEL maker="two words"
VOLUME /cache
USER 10001
EXPOSE $PORT
ENTRYPOINT ["python"]
CMD ["-m", "http.server"]
"""
    outcome = build(
        local_engine("plain"), build_spec(write_tree(tmp_path, {"Dockerfile": dockerfile}))
    )

    assert isinstance(outcome, Built)
    image = outcome.image
    assert image.command == ("python", "-m", "http.server")
    assert (image.user, image.exposed_ports, image.volumes) == ("10001", (9000,), ("/cache",))
    assert image.labels == {"maker": "two words"}
    assert image.size_mib is None


@pytest.mark.parametrize("mode", MODES)
def test_a_tag_that_exists_is_not_built_again(mode: Mode, tmp_path: Path) -> None:
    spec = build_spec(write_tree(tmp_path, {"Dockerfile": "FROM python:3.11-slim\nRUN echo once"}))
    first, second = build(local_engine(mode), spec), build(local_engine(mode), spec)

    assert isinstance(first, Built)
    assert isinstance(second, Built)
    assert (first.reused, second.reused) == (False, True)
    assert (second.build_s, second.log) == (first.build_s, first.log)
    assert "once" in second.log


@pytest.mark.parametrize("mode", MODES)
def test_a_stage_nobody_needs_is_not_built(mode: Mode, tmp_path: Path) -> None:
    dockerfile = "FROM python:3.11-slim AS test\nRUN exit 1\nFROM python:3.11-slim\nRUN true\n"
    spec = build_spec(write_tree(tmp_path, {"Dockerfile": dockerfile}))

    assert isinstance(build(local_engine(mode), spec), Built)
    assert isinstance(build(local_engine(mode), replace(spec, tag="x", target="test")), BuildFailed)


@pytest.mark.parametrize(
    ("dockerfile", "kind", "said"),
    [
        ("FROM python:3.11-slim\nRUN echo before && exit 3\n", BuildFailure.COMMAND, "line 2"),
        ("FROM python:3.11-slim\nCOPY missing /x\n", BuildFailure.COMMAND, "line 2"),
        ("FROM ubuntu:24.04\n", BuildFailure.POLICY, "python:3.11-slim"),
        ("FROM python:3.11-slim\nRUN yes\n", BuildFailure.LOG_FLOOD, "print less"),
        ("FROM python:3.11-slim\nRUN sleep 60\n", BuildFailure.DEADLINE, "in time"),
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_a_build_that_fails_says_how(
    mode: Mode, tmp_path: Path, dockerfile: str, kind: BuildFailure, said: str
) -> None:
    spec = build_spec(
        write_tree(tmp_path, {"Dockerfile": dockerfile}), limits=BuildLimits(log_bytes=100_000)
    )
    deadline_s = 3.0 if kind is BuildFailure.DEADLINE else 60.0

    outcome = build(local_engine(mode), spec, deadline_s=deadline_s)

    assert isinstance(outcome, BuildFailed)
    assert outcome.kind is kind
    assert said in outcome.message
    assert local_engine(mode).image(spec.tag) is None


def test_a_tree_without_a_dockerfile_is_told_so(tmp_path: Path) -> None:
    outcome = build(local_engine("plain"), build_spec(tmp_path))

    assert isinstance(outcome, BuildFailed)
    assert outcome.kind is BuildFailure.NO_DOCKERFILE


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y gcc\n",
        "FROM python:3.9-slim\n",
    ],
)
def test_what_only_a_container_engine_can_do_is_no_fault_of_the_candidate(
    tmp_path: Path, dockerfile: str
) -> None:
    spec = build_spec(
        write_tree(tmp_path, {"Dockerfile": dockerfile}),
        base_images={"python:3.11-slim": "", "python:3.9-slim": ""},
    )

    with pytest.raises(EngineFault) as refused:
        build(local_engine("plain"), spec)

    assert "container engine" in refused.value.remedy


def test_the_dockerignore_keeps_files_out(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM python:3.11-slim\nCOPY . /app\nRUN ls /app\n",
        ".dockerignore": "*.secret\n",
        "main.py": "",
        "a.secret": "",
    }
    outcome = build(local_engine("plain"), build_spec(write_tree(tmp_path, files)))

    assert isinstance(outcome, Built)
    assert "main.py" in outcome.log
    assert "a.secret" not in outcome.log


@needs_bubblewrap
def test_a_planted_link_leads_no_copy_out_of_the_image(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o777)
    files = {
        "Dockerfile": f"FROM python:3.11-slim\nRUN ln -s {victim} /way\nCOPY note /way/\n",
        "note": "from the candidate",
    }

    build(local_engine("bubblewrap"), build_spec(write_tree(tmp_path / "tree", files)))

    assert list(victim.iterdir()) == []


@needs_bubblewrap
def test_a_build_step_sees_neither_our_files_nor_a_network(tmp_path: Path) -> None:
    program = f"""\
import os, socket
print("file", os.path.exists({str(tmp_path)!r}))
print("interfaces", [name for _, name in socket.if_nameindex()])
print("usr", os.access("/usr/bin", os.W_OK))
"""
    files = {"Dockerfile": "FROM python:3.11-slim\nCOPY look.py /\nRUN python /look.py\n"}
    spec = build_spec(write_tree(tmp_path, files | {"look.py": program}))

    outcome = build(local_engine("bubblewrap"), spec)

    assert isinstance(outcome, Built)
    assert "file False" in outcome.log
    assert "interfaces ['lo']" in outcome.log
    assert "usr False" in outcome.log


def test_without_a_sandbox_a_service_is_told_a_port_of_its_own(tmp_path: Path) -> None:
    engine = local_engine("plain")
    outcome = build(
        engine, build_spec(write_tree(tmp_path, {"Dockerfile": "FROM python:3.11-slim\n"}))
    )
    assert isinstance(outcome, Built)
    program = "import os, time; print(os.environ['PORT'], flush=True); time.sleep(30)"
    spec = ContainerSpec(
        run_id="test-local-port",
        role="sut",
        image=outcome.image.reference,
        command=("python", "-c", program),
        environment={"PORT": "8080"},
        port=8080,
    )

    first, second = engine.start(spec, deadline_s=10.0), engine.start(spec, deadline_s=10.0)
    try:
        assert first.address() != second.address()
        while not first.logs().text and isinstance(first.state(), Running):
            time.sleep(0.02)
        assert first.logs().text.strip() == str(first.address()[1])
    finally:
        engine.reap("test-local-port")
