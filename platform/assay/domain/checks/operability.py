"""Rules over the tree and the image: what whoever operates the service has to live with."""

from assay.domain.checks.absent import fact_of
from assay.domain.checks.wording import joined
from assay.domain.evidence import Evidence
from assay.domain.measurements import BuildMeasurement, OperabilityMeasurement
from assay.domain.rubric import Criterion
from assay.domain.verdict import Observation, Observed, Unmeasured

FINDINGS_SHOWN = 3


def operability(evidence: Evidence, criterion: Criterion) -> Observation:
    """How far one rule is kept, 0..1. Setting `rule` names it."""
    measured = fact_of(evidence, "operability", evidence.operability)
    if not isinstance(measured, OperabilityMeasurement):
        return measured
    wanted = str(criterion.settings.get("rule", criterion.id))
    rule = next((r for r in measured.rules if r.rule == wanted), None)
    if rule is None:
        return Unmeasured(f"the rule {wanted!r} was not checked")
    shown = "; ".join(rule.findings[:FINDINGS_SHOWN])
    more = len(rule.findings) - FINDINGS_SHOWN
    findings = f"{shown}{f'; and {more} more' if more > 0 else ''}." if shown else ""
    told = joined(rule.message or rule.title, findings)
    return Observed(rule.share, told, source=f"operability.rules[{wanted}]")


def image_size(evidence: Evidence, criterion: Criterion) -> Observation:
    """MiB the image adds to its base image."""
    build = fact_of(evidence, "build", evidence.build)
    if not isinstance(build, BuildMeasurement):
        return build
    if build.image_mib is None or build.base_image_mib is None:
        return Unmeasured("this engine does not know the size of an image and its base")
    added = build.image_mib - build.base_image_mib
    told = f"{added:.0f} MiB on top of a base image of {build.base_image_mib:.0f} MiB."
    return Observed(added, told, source="build.image_mib")
