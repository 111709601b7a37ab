"""Who is asking, and whether they may.

Member      a signed-in person, in one organisation
Key         a program, in one organisation
Candidate   a browser with an opened invitation, for one assessment
Nobody      everybody else

What belongs to another company is not found rather than forbidden: nothing tells that it exists.
"""

from dataclasses import dataclass

from assay.domain.errors import Forbidden, NotFound
from assay.domain.permissions import Action, Role, may


@dataclass(frozen=True, slots=True)
class Member:
    """A signed-in person."""

    user_id: str
    organisation_id: str
    role: Role

    @property
    def actor(self) -> str:
        """As the ledger names it."""
        return f"user:{self.user_id}"


@dataclass(frozen=True, slots=True)
class Key:
    """A program."""

    key_id: str
    organisation_id: str
    role: Role

    @property
    def actor(self) -> str:
        """As the ledger names it."""
        return f"key:{self.key_id}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Whoever has opened an invitation."""

    assessment_id: str

    @property
    def actor(self) -> str:
        """As the ledger names it: by the assessment, which is no personal data."""
        return f"candidate:{self.assessment_id}"


@dataclass(frozen=True, slots=True)
class Nobody:
    """Who has shown nothing, or nothing that is valid any more."""

    @property
    def actor(self) -> str:
        """As the ledger names it."""
        return "nobody"


Staff = Member | Key
Principal = Member | Key | Candidate | Nobody


def require(principal: Principal, action: Action) -> Staff:
    """Whoever asks, if they may do this in their own organisation.

    Raises:
        Forbidden: they may not.
    """
    match principal:
        case Nobody():
            raise Forbidden("sign in first")
        case Candidate():
            raise Forbidden("this is for the hiring team; a candidate's pages are at /candidate")
        case Member() | Key() if not may(principal.role, action):
            deed = action.value.replace("_", " ")
            raise Forbidden(f"a {principal.role} may not {deed}; ask an owner of the organisation")
        case Member() | Key():
            return principal


def require_in(principal: Principal, action: Action, organisation_id: str) -> Staff:
    """The same for something that belongs to an organisation.

    Raises:
        NotFound: to another one.
        Forbidden: to their own, and they may not.
    """
    if isinstance(principal, Member | Key) and principal.organisation_id != organisation_id:
        raise NotFound("there is no such thing in your organisation")
    return require(principal, action)
