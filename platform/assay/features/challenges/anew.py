"""Whether stored evidence can be judged by the challenge as it is now, and what is kept of that.

It can as long as all that was measured would be measured with the same today: then rubric and words
may be others. How the program measures is not asked: the evidence is what it is, and a
maintainer who wants the newer harness says so.
"""

from dataclasses import dataclass

from assay.domain.challenge import Challenge
from assay.domain.errors import BadInput
from assay.domain.evidence import Evidence, JudgedAnew, StageOutcome
from assay.domain.judge import judge, rubric_of
from assay.evaluation.plan import stages_of
from assay.toolkit.proving.digests import measured_settings

NOT_TRIED = ("platform_fault", "not_run")
"""How stages ended of which nothing is known of the submission."""


@dataclass(frozen=True, slots=True)
class Present:
    """A challenge as it is installed.

    Attributes:
        sha256: Digest of the package.
        material_sha256: Digest of its files that are measured with (`digests.material_digest`).
    """

    challenge: Challenge
    sha256: str
    material_sha256: str


def why_measured(evidence: Evidence, present: Present) -> str:
    """Why this evidence is not enough, in words; "" if it can be judged anew."""
    changed = _changed_settings(evidence.challenge, present.challenge)
    if changed:
        return f"challenge.toml has other {', '.join(changed)} than it was measured with"
    if evidence.versions.challenge_sha256 != present.sha256:
        then = evidence.versions.material_sha256
        if not then:
            return "its evidence does not tell which files it was measured with"
        if then != present.material_sha256:
            return "harness, reference or packages are not those it was measured with"
    stages = stages_of(present.challenge)
    lacking = [name for name in stages if not _was_tried(evidence.stage(name))]
    if lacking:
        return f"its evidence lacks {', '.join(lacking)}"
    return _why_unjudged(evidence, present.challenge)


def as_judged_now(
    evidence: Evidence, present: Present, *, evaluation_id: str, of: str, assay: str
) -> Evidence:
    """The same facts as evidence of another evaluation, with the challenge that judges them.

    Args:
        evidence: As it was measured, or judged anew before.
        present: What judges it.
        evaluation_id: Of the new evaluation.
        of: The evaluation it was measured for.
        assay: Version of this program.
    """
    versions, before = evidence.versions, evidence.judged_anew
    anew = JudgedAnew(
        evaluation_id=of,
        challenge=before.challenge if before else versions.challenge,
        challenge_sha256=before.challenge_sha256 if before else versions.challenge_sha256,
        assay=assay,
    )
    now = {
        "challenge": present.challenge.version,
        "challenge_sha256": present.sha256,
        "material_sha256": present.material_sha256,
    }
    changes = {
        "evaluation_id": evaluation_id,
        "challenge": present.challenge,
        "versions": versions.model_copy(update=now),
        "judged_anew": anew,
    }
    return evidence.model_copy(update=changes)


def _changed_settings(then: Challenge, now: Challenge) -> list[str]:
    old, new = measured_settings(then), measured_settings(now)
    return [name for name in new if old.get(name) != new[name]]


def _was_tried(outcome: StageOutcome | None) -> bool:
    return outcome is not None and outcome.status not in NOT_TRIED


def _why_unjudged(evidence: Evidence, challenge: Challenge) -> str:
    """A rubric may ask for what nobody looked at then."""
    try:
        card = judge(rubric_of(challenge), evidence)
    except (BadInput, LookupError, TypeError, ValueError):
        return "the rubric cannot judge its evidence"
    if card.status == "complete":
        return ""
    return f"its evidence does not tell {', '.join(line.id for line in card.unmeasured)}"
