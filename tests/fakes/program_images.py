"""Images that run one Python program, for engines that start services by their image alone."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.fakes.engines import Stand
from tests.fakes.local_engines import write_tree

from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.engine import BuildSpec, Built

DOCKERFILE = """\
FROM python:3.11-slim
COPY program.py /program.py
CMD ["python3", "-u", "/program.py"]
"""
BUILD_S = 120.0


@contextlib.contextmanager
def program_image(stand: Stand, program: str, name: str) -> Iterator[str]:
    """The image of a program, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="assay-test-program-") as folder:
        tree = write_tree(Path(folder), {"Dockerfile": DOCKERFILE, "program.py": program})
        tag = f"assay-test/program-{name}:1"
        spec = BuildSpec("test-programs", tree, tag, {"python:3.11-slim": stand.image})
        outcome = stand.engine.build(spec, deadline_s=BUILD_S, on_log=lambda _line: None)
    assert isinstance(outcome, Built), outcome
    try:
        yield outcome.image.reference
    finally:
        if isinstance(stand.engine, DockerEngine):
            stand.engine.client.images.remove(outcome.image.reference, force=True)
