"""The git server as a process of its own, to be killed: python -m tests.fakes.git_process."""

import sys
from pathlib import Path

import uvicorn
from tests.fakes.git_gate import FileGate
from tests.fakes.git_site import make_app

from assay.web.git.limits import GitLimits

if __name__ == "__main__":
    home, port = Path(sys.argv[1]), int(sys.argv[2])
    gate = FileGate(home / "received.jsonl", home / "trap")
    uvicorn.run(
        make_app(home, gate, GitLimits(settle_s=0.5)),
        port=port,
        lifespan="on",
        log_level="warning",
        timeout_graceful_shutdown=5,
    )
