"""What the service of assessments takes and gives. Plain values and one port, no database."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from assay.audit.ledger import SYSTEM, Actor
from assay.toolkit.package import ChallengePackage
from assay.toolkit.proving.publication import why_unpublished
from assay.toolkit.variants import variants

VALID_DAYS, VALID_DAYS_MAX = 14, 90
"""How long an invitation can be accepted, unless the order says otherwise, and at most."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What an organisation can invite somebody to: one version of a challenge.

    Attributes:
        sha256: Digest of the package.
        time_box_s: From Start to the deadline.
        expected_hours: Honest estimate of focused work.
        variants: How many different starters there are.
        unpublished: Why nobody should be invited to it yet, "" if somebody may be.
    """

    slug: str
    version: str
    sha256: str
    title: str
    time_box_s: int
    expected_hours: float
    practice_runs: int
    variants: int
    unpublished: str = ""


def offer_of(package: ChallengePackage) -> Offer:
    """What a loaded challenge offers."""
    challenge = package.challenge
    return Offer(
        slug=challenge.id,
        version=challenge.version,
        sha256=package.digest,
        title=challenge.title,
        time_box_s=round(challenge.time_box.limit_hours * 3600),
        expected_hours=challenge.time_box.expected_hours,
        practice_runs=challenge.time_box.practice_runs,
        variants=variants(challenge),
        unpublished=why_unpublished(package),
    )


@dataclass(frozen=True, slots=True)
class InvitationOrder:
    """One candidate to invite.

    Attributes:
        public_url: Of this installation, for the link in the mail: "https://assay.example.org".
        variant: Which starter; None draws one.
        actor: Who invites.
        invited_by: Id of the user, if one does.
        valid_for: How long the invitation can be accepted.
        unproven: Whether the operator said to invite even if the challenge is not published.
        position_id: For which position; its time box then takes the place of the offer's.
    """

    organisation_id: str
    offer: Offer
    candidate_email: str
    public_url: str
    actor: Actor = SYSTEM
    candidate_name: str = ""
    variant: int | None = None
    invited_by: str | None = None
    valid_for: timedelta = timedelta(days=VALID_DAYS)
    unproven: bool = False
    position_id: str | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """An assessment that was made, and the secret that opens it: shown once, kept as a digest."""

    assessment_id: str
    token: str

    @property
    def path(self) -> str:
        """Where the candidate goes, below the public address."""
        return f"/a/{self.token}"


@dataclass(frozen=True, slots=True)
class GitAccess:
    """What a candidate clones with. The token is shown once and kept as a digest."""

    token: str
    clone_url_path: str


class RepositoryMaker(Protocol):
    """Makes and removes the repositories of assessments, where the git server finds them."""

    def make(self, assessment_id: str, challenge: str, variant: int) -> None:
        """Make it with the starter of that variant as its only commit, on branch main.

        One that is there already stays as it is: a start that was cut off is tried again.

        Raises:
            PlatformFault: it could not be made.
        """

    def delete(self, assessment_id: str) -> None:
        """Remove it, and mails about the assessment that lie beside it as files.

        No error if there is none.
        """
