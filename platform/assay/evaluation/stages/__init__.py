"""The stages: one a file, each straight-line code that adds facts to a run."""

from collections.abc import Callable

from assay.domain.challenge import StageName
from assay.evaluation.run import Run
from assay.evaluation.stages.boot import boot
from assay.evaluation.stages.build import build
from assay.evaluation.stages.capacity import capacity
from assay.evaluation.stages.checkout import checkout
from assay.evaluation.stages.contract import contract
from assay.evaluation.stages.incidents import incidents
from assay.evaluation.stages.load import load
from assay.evaluation.stages.operability import operability
from assay.evaluation.stages.quality import quality
from assay.evaluation.stages.shutdown import shutdown

STAGES: dict[StageName, Callable[[Run], None]] = {
    "checkout": checkout,
    "build": build,
    "boot": boot,
    "contract": contract,
    "quality": quality,
    "load": load,
    "capacity": capacity,
    "incidents": incidents,
    "shutdown": shutdown,
    "operability": operability,
}
"""In the order in which they run."""
