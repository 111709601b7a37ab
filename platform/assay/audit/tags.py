"""What can be done that somebody may ask about later: "subject:deed"."""

from enum import StrEnum


class Tag(StrEnum):
    """One kind of deed. Words stay for ever: entries that use them are never changed."""

    RENAMED = "organisation:renamed"
    MEMBER_ADDED = "organisation:member_added"
    MEMBER_REMOVED = "organisation:member_removed"
    ROLE_CHANGED = "organisation:role_changed"

    SIGNED_IN = "user:signed_in"
    SIGN_IN_FAILED = "user:sign_in_failed"
    SIGNED_OUT = "user:signed_out"
    LINK_SENT = "user:link_sent"

    KEY_CREATED = "key:created"
    KEY_REVOKED = "key:revoked"

    INVITED = "assessment:invited"
    STARTED = "assessment:started"
    GIT_TOKEN_MADE = "assessment:git_token_made"  # noqa: S105 - the name of a deed
    EXTENDED = "assessment:extended"
    FINISHED = "assessment:finished"
    EXPIRED = "assessment:expired"
    REVOKED = "assessment:revoked"
    RELEASED = "assessment:released"
    DELETION_ASKED = "assessment:deletion_asked"
    DELETED = "assessment:deleted"

    REMINDED = "assessment:reminded"
    EXPORTED = "assessment:exported"
    SHARED = "assessment:shared"
    SHARE_REVOKED = "assessment:share_revoked"
    LETTER_SENT = "assessment:letter_sent"

    POSITION_OPENED = "position:opened"
    POSITION_CHANGED = "position:changed"
    POSITION_CLOSED = "position:closed"
    GROUPS_UPLOADED = "position:groups_uploaded"

    REVIEW_HANDED_IN = "review:handed_in"
    REVIEW_REOPENED = "review:reopened"
    NAMES_SEEN = "review:names_seen"
    OVERRIDDEN = "review:overridden"
    DECIDED = "review:decided"

    ENDPOINT_ADDED = "endpoint:added"
    ENDPOINT_CHANGED = "endpoint:changed"
    ENDPOINT_DISABLED = "endpoint:disabled"
    ENDPOINT_REMOVED = "endpoint:removed"
    DELIVERY_REPLAYED = "endpoint:replayed"
    ATS_ORDERED = "endpoint:ats_ordered"

    PUSHED = "submission:pushed"

    JUDGED = "evaluation:judged"
    CANCELLED = "evaluation:cancelled"
    RETRIED = "evaluation:retried"
    PLATFORM_FAULT = "evaluation:platform_fault"
    REGRADE_QUEUED = "evaluation:regrade_queued"
    ADOPTED = "evaluation:adopted"

    DEMO_LOADED = "platform:demo_loaded"
    RESTORED = "platform:restored"
