"""build: the submission's image, from its own Dockerfile, within limits."""

from assay.domain.errors import CandidateFault
from assay.evaluation.run import Run


def build(run: Run) -> None:
    """Build the image and remember its handle.

    Raises:
        CandidateFault: the Dockerfile did not produce an acceptable image.
    """
    result = run.build(None, seconds=run.material.challenge.limits.build_s)
    run.facts["build"] = result.measurement
    if result.image is None:
        raise CandidateFault(result.measurement.message, evidence=result.measurement.log)
    run.images["submission"] = result.image
