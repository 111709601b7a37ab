"""Grading again with what is installed: by which edition, and judging stored evidence anew."""

from datetime import datetime
from importlib.metadata import version

from assay.bootstrap.judging import judge_evidence
from assay.db.session import Database
from assay.db.tables import Evaluation
from assay.features.challenges.anew import Present
from assay.features.challenges.judged import drafted, store_judged
from assay.features.challenges.regrade import Edition, Manner, Wish
from assay.toolkit.package import ChallengePackage
from assay.toolkit.proving.digests import material_digest


def edition_of(package: ChallengePackage) -> Edition:
    """The installed one of a challenge."""
    challenge = package.challenge
    present = Present(challenge, package.digest, material_digest(package))
    return Edition(challenge.id, challenge.version, package.digest, version("assay"), present)


def wish_of(package: ChallengePackage, manner: Manner, *, again: bool = False) -> Wish:
    """To grade by the installed edition."""
    return Wish(edition_of(package), again=again, manner=manner)


def judge_anew(database: Database, assessment_id: str, wish: Wish, now: datetime) -> Evaluation:
    """Judge the evidence of what counts by the present rubric, beside it.

    Judging draws the report, so it is done before the transaction that stores what came of it.

    Raises:
        NotFound: there is no such assessment.
        Conflict: there is no reason to, or it would have to be measured; in words.
    """
    with database.read() as session:
        draft = drafted(session, assessment_id, wish)
    judgement = judge_evidence(draft.content)
    with database.write() as session:
        return store_judged(session, draft, judgement, wish, now)
