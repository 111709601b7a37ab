"""Who may do what in an organisation. Pure."""

from enum import StrEnum


class Role(StrEnum):
    """What a member of an organisation is there."""

    OWNER = "owner"
    REVIEWER = "reviewer"
    VIEWER = "viewer"


class Action(StrEnum):
    """What a member may want to do."""

    SEE_ASSESSMENTS = "see_assessments"
    SEE_RESULTS = "see_results"
    INVITE = "invite"
    RELEASE = "release"
    REVOKE = "revoke"
    EXTEND = "extend"
    CANCEL = "cancel"
    RETRY = "retry"
    ADOPT = "adopt"
    DELETE = "delete"
    MANAGE_KEYS = "manage_keys"
    MANAGE_MEMBERS = "manage_members"
    SEE_AUDIT = "see_audit"
    MANAGE_POSITIONS = "manage_positions"
    REVIEW = "review"
    OVERRIDE = "override"
    DECIDE = "decide"
    SHARE = "share"
    EXPORT = "export"
    EXPORT_ALL = "export_all"
    SEE_FAIRNESS = "see_fairness"
    MANAGE_INTEGRATIONS = "manage_integrations"


_VIEWER = frozenset({Action.SEE_ASSESSMENTS, Action.SEE_RESULTS})
_REVIEWER = _VIEWER | {
    Action.INVITE,
    Action.EXTEND,
    Action.CANCEL,
    Action.RETRY,
    Action.REVIEW,
    Action.SHARE,
    Action.EXPORT,
}

ALLOWED: dict[Role, frozenset[Action]] = {
    Role.VIEWER: _VIEWER,
    Role.REVIEWER: _REVIEWER,
    Role.OWNER: frozenset(Action),
}
"""Role -> what it may do."""


def may(role: Role, action: Action) -> bool:
    """Whether a member of that role may do it."""
    return action in ALLOWED[role]
