"""Inviting a candidate without a browser: from the command line, for a demo or a script."""

from dataclasses import dataclass

from sqlmodel import select

from assay.bootstrap.first_start import seed
from assay.bootstrap.installation import Installation
from assay.db.tables import Organisation
from assay.domain.errors import BadInput, Conflict
from assay.features.assessments.orders import Invitation, InvitationOrder, offer_of
from assay.features.assessments.service import invite
from assay.kit.clock import utc_now


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom to invite to what. `variant` None draws one; `unproven`: published or not."""

    email: str
    challenge: str
    name: str = ""
    variant: int | None = None
    unproven: bool = False


def invited(installation: Installation, wish: Wish) -> Invitation:
    """Invite into the organisation that was made first.

    Raises:
        BadInput: there is no such challenge, it is not published and neither the wish nor the
            settings allow that, or the address is none.
    """
    try:
        return _invited(installation, wish)
    except Conflict as refused:
        raise BadInput(str(refused)) from refused


def _invited(installation: Installation, wish: Wish) -> Invitation:
    package = installation.challenges.get(wish.challenge)
    if package is None:
        raise BadInput(
            f"there is no challenge {wish.challenge!r}; there are: "
            f"{', '.join(sorted(installation.challenges))}"
        )
    now = utc_now()
    with installation.database.write() as session:
        seed(session, now)
        first = select(Organisation).order_by(Organisation.created_at)  # type: ignore[arg-type]
        return invite(
            session,
            InvitationOrder(
                organisation_id=session.exec(first.limit(1)).one().id,
                offer=offer_of(package),
                candidate_email=wish.email,
                candidate_name=wish.name,
                variant=wish.variant,
                public_url=installation.settings.public_url,
                unproven=wish.unproven or installation.settings.allow_unproven,
            ),
            now,
        )
