"""What the pages stand on. Built by bootstrap, handed to `create_app`, never looked up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from assay.adapters.outgoing import HttpCourier
from assay.auth.limits import RateLimits
from assay.auth.oidc import OidcClient
from assay.db.session import Database
from assay.features.assessments.orders import RepositoryMaker
from assay.features.integrations.greenhouse import HOSTS
from assay.features.integrations.ports import Courier
from assay.jobs.engine import JobQueue
from assay.toolkit.package import ChallengePackage

Check = Callable[[], str]
"""Says why the process cannot serve; "" if it can."""


@dataclass(frozen=True, slots=True)
class Outward:
    """How other systems are asked, and which may be.

    Attributes:
        greenhouse_hosts: Where Greenhouse may await results.
        plain: Whether networks of our own may be named, and http.
        mail: Whether mail leaves this machine; else it stays here, as files.
    """

    courier: Courier = field(default_factory=HttpCourier)
    greenhouse_hosts: tuple[str, ...] = HOSTS
    plain: bool = False
    mail: bool = True


@dataclass(frozen=True, slots=True)
class Platform:
    """Everything a request may need that is not in the request.

    Attributes:
        challenges: Slug -> package: what can be invited to. One that is gone may still be named
            by an assessment.
        repositories: Where Start makes a candidate's repository.
        public_url: Under which browsers and git reach this installation; https makes cookies
            secure.
        secret_key: Signs what travels through a browser.
        now: The clock.
        oidc: Sign-in by the company's own accounts; None if it is not configured.
        checks: Name -> check of `/readyz`.
        limits: How often somebody may try.
        allow_unproven: Whether challenges that are not published can be invited to.
        outward: How other systems are asked.
    """

    database: Database
    challenges: Mapping[str, ChallengePackage]
    repositories: RepositoryMaker
    jobs: JobQueue
    public_url: str
    secret_key: str
    now: Callable[[], datetime]
    oidc: OidcClient | None = None
    checks: Mapping[str, Check] = field(default_factory=dict)
    limits: RateLimits = field(default_factory=RateLimits)
    allow_unproven: bool = False
    outward: Outward = field(default_factory=Outward)

    @property
    def secure(self) -> bool:
        """Whether browsers come by https."""
        return self.public_url.startswith("https://")
