"""The profile stops attacks, not work: what an honest service does runs unchanged in it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from assay_sandbox.conformance_lab import SMALL, Lab, laboratory
from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.images import ensure_base

pytestmark = [pytest.mark.docker, pytest.mark.slow]

ROOMY = replace(SMALL, memory_mib=1024, pids=256, tmp_mib=64, tmp_inodes=4096)

LEARN = """
import numpy as np
from sklearn.ensemble import RandomForestClassifier
rng = np.random.default_rng(0)
x = rng.normal(size=(500, 8))
y = (x[:, 0] > 0).astype(int)
model = RandomForestClassifier(20, n_jobs=2, random_state=0).fit(x, y)
print(model.score(x, y) > 0.9)
"""

PROCESSES = """
import concurrent.futures as f, json, math, os, threading
with f.ProcessPoolExecutor(2) as pool:
    print(json.dumps(list(pool.map(math.factorial, range(4)))))
lines = []
thread = threading.Thread(target=lambda: lines.append(1)); thread.start(); thread.join()
assert lines and not os.system('echo from a shell > /tmp/x')
"""

SERVE = """
import json, threading, time, urllib.request, uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get('/healthz')
def healthz(): return {'ok': True}
server = uvicorn.Server(uvicorn.Config(app, host='0.0.0.0', port=8000, log_level='warning'))
threading.Thread(target=server.run, daemon=True).start()
while not server.started: time.sleep(0.02)
print(urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=5).read().decode())
server.should_exit = True
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    engine = DockerEngine().connect()
    image = ensure_base(engine.client, "ml", lambda line: None)
    with laboratory(engine, image) as made:
        yield made
    engine.close()


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        pytest.param(LEARN, "True", id="training with threads"),
        pytest.param(PROCESSES, "[1, 1, 2, 6]", id="processes, threads and a shell"),
        pytest.param(SERVE, '{"ok":true}', id="a web server"),
    ],
)
def test_honest_work_runs_under_the_profile(lab: Lab, program: str, printed: str) -> None:
    lines, end = lab.run(program, limits=ROOMY)

    assert (lines[-1], end.code) == (printed, 0), lines
