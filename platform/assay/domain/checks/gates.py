"""Whether there is a service at all: it builds, it starts."""

from assay.domain.checks.absent import fact_of
from assay.domain.evidence import Evidence
from assay.domain.measurements import BootMeasurement, BuildMeasurement
from assay.domain.rubric import Criterion
from assay.domain.verdict import NotShown, Observation, Observed


def builds(evidence: Evidence, criterion: Criterion) -> Observation:
    """1 if the image was built."""
    build = fact_of(evidence, "build", evidence.build)
    if not isinstance(build, BuildMeasurement):
        return build
    if not build.built:
        return NotShown(build.message or "the image did not build", "build")
    how = "taken from an identical earlier build" if build.reused else f"in {build.build_s:.0f} s"
    return Observed(1.0, f"The image was built, {how}.", source="build.built")


def boots(evidence: Evidence, criterion: Criterion) -> Observation:
    """1 if the service said that it was ready."""
    boot = fact_of(evidence, "boot", evidence.boot)
    if not isinstance(boot, BootMeasurement):
        return boot
    if boot.ready_s is None:
        return NotShown(f"the service never became ready; last: {boot.last_status}", "boot")
    return Observed(1.0, f"Ready {boot.ready_s:.1f} s after the start.", source="boot.ready_s")
