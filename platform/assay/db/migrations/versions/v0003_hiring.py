"""Positions, reviews, decisions, share links, and what other systems are told."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True)
WORD = sa.String(length=40)

TABLES = (
    "ats_order", "delivery", "endpoint", "outgoing_event", "share_link", "decision",
    "score_override", "review", "outcome_count", "candidate_group", "saved_view", "position",
)  # fmt: skip
"""In an order in which they can be removed."""
STANDING = (
    "result_id", "result_version", "score", "weighted", "weighted_low", "weighted_high", "flags",
)  # fmt: skip
"""What lists show of the result that counts; `db.standing` fills it for those there are."""


def upgrade() -> None:
    """Make the tables, and let an assessment belong to a position."""
    _positions()
    _reviews()
    _outgoing()
    op.add_column("assessment", sa.Column("position_id", sa.String(40), nullable=True))
    op.add_column(
        "assessment", sa.Column("number", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_index("ix_assessment_pipeline", "assessment", ["position_id", "state", "invited_at"])
    op.add_column("assessment", sa.Column("deletion_warned_at", INSTANT, nullable=True))
    _standing()
    _index("audit_entry", "subject")


def downgrade() -> None:
    """Remove them with all they hold. Assessments stay, without their position."""
    op.drop_index("ix_audit_entry_subject", "audit_entry")
    op.drop_index("ix_assessment_pool", "assessment")
    for column in STANDING:
        op.drop_column("assessment", column)
    op.drop_column("assessment", "deletion_warned_at")
    op.drop_index("ix_assessment_pipeline", "assessment")
    op.drop_column("assessment", "number")
    op.drop_column("assessment", "position_id")
    for table in TABLES:
        op.drop_table(table)


def _standing() -> None:
    for column in (
        sa.Column("result_id", sa.String(40), nullable=True),
        sa.Column("result_version", sa.String(50), nullable=False, server_default=""),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("weighted", sa.Float(), nullable=True),
        sa.Column("weighted_low", sa.Float(), nullable=True),
        sa.Column("weighted_high", sa.Float(), nullable=True),
        sa.Column("flags", sa.Integer(), nullable=True),
    ):
        op.add_column("assessment", column)
    op.create_index(
        "ix_assessment_pool",
        "assessment",
        ["organisation_id", "challenge", "result_version", "score"],
    )


def _positions() -> None:
    op.create_table(
        "position",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("challenge", sa.String(length=200), nullable=False),
        sa.Column("weights", sa.String(), nullable=False),
        sa.Column("time_box_s", sa.Integer(), nullable=True),
        sa.Column("release", WORD, nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_position"),
        _refers("position", "organisation_id", "organisation.id"),
        _refers("position", "created_by", "user_account.id"),
    )
    _index("position", "organisation_id")
    op.create_table(
        "saved_view",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("position_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        _refers("saved_view", "user_id", "user_account.id"),
        _refers("saved_view", "position_id", "position.id"),
        sa.UniqueConstraint(
            "user_id", "position_id", "name", name="uq_saved_view_user_id_position_id_name"
        ),
    )
    _index("saved_view", "position_id")
    op.create_table(
        "candidate_group",
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("dimension", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("assessment_id", "dimension", name="pk_candidate_group"),
        _refers("candidate_group", "assessment_id", "assessment.id"),
    )
    op.create_table(
        "outcome_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.String(length=40), nullable=False),
        sa.Column("position_id", sa.String(length=40), nullable=True),
        sa.Column("challenge", sa.String(length=200), nullable=False),
        sa.Column("challenge_version", sa.String(length=50), nullable=False),
        sa.Column("variant", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("ended_month", sa.String(length=7), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outcome_count"),
    )
    _index("outcome_count", "organisation_id")
    _index("outcome_count", "position_id")


def _reviews() -> None:
    op.create_table(
        "review",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("lines", sa.String(), nullable=False),
        sa.Column("summary", sa.String(length=4000), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("handed_in_at", INSTANT, nullable=True),
        sa.Column("names_seen_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
        _refers("review", "assessment_id", "assessment.id"),
        _refers("review", "user_id", "user_account.id"),
        sa.UniqueConstraint("assessment_id", "user_id", name="uq_review_assessment_id_user_id"),
    )
    _index("review", "assessment_id")
    _index("review", "user_id")
    op.create_table(
        "score_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("evaluation_id", sa.String(), nullable=False),
        sa.Column("criterion", sa.String(length=60), nullable=False),
        sa.Column("was", sa.Float(), nullable=True),
        sa.Column("now", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_score_override"),
        _refers("score_override", "assessment_id", "assessment.id"),
        _refers("score_override", "evaluation_id", "evaluation.id"),
        _refers("score_override", "user_id", "user_account.id"),
    )
    _index("score_override", "assessment_id")
    _index("score_override", "evaluation_id")
    _decisions()


def _decisions() -> None:
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("verdict", WORD, nullable=False),
        sa.Column("reason", sa.String(length=4000), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
        _refers("decision", "assessment_id", "assessment.id"),
        _refers("decision", "user_id", "user_account.id"),
    )
    _index("decision", "assessment_id")
    op.create_table(
        "share_link",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_share_link"),
        _refers("share_link", "assessment_id", "assessment.id"),
        _refers("share_link", "created_by", "user_account.id"),
        sa.UniqueConstraint("token_sha256", name="uq_share_link_token_sha256"),
    )
    _index("share_link", "assessment_id")


def _outgoing() -> None:
    op.create_table(
        "outgoing_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.String(length=40), nullable=False),
        sa.Column("assessment_id", sa.String(length=40), nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("handed_on_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outgoing_event"),
    )
    for column in ("organisation_id", "assessment_id", "handed_on_at"):
        _index("outgoing_event", column)
    op.create_table(
        "endpoint",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("secret", sa.String(length=200), nullable=False),
        sa.Column("events", sa.String(), nullable=False),
        sa.Column("personal", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_endpoint"),
        _refers("endpoint", "organisation_id", "organisation.id"),
        _refers("endpoint", "created_by", "user_account.id"),
    )
    _index("endpoint", "organisation_id")
    _deliveries()
    op.create_table(
        "ats_order",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("endpoint_id", sa.String(), nullable=False),
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("request_key", sa.String(length=200), nullable=False),
        sa.Column("answer_url", sa.String(length=2000), nullable=False),
        sa.Column("profile_url", sa.String(length=2000), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ats_order"),
        _refers("ats_order", "endpoint_id", "endpoint.id"),
        _refers("ats_order", "assessment_id", "assessment.id"),
        sa.UniqueConstraint(
            "endpoint_id", "request_key", name="uq_ats_order_endpoint_id_request_key"
        ),
    )
    _index("ats_order", "assessment_id")


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("endpoint_id", sa.String(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("assessment_id", sa.String(length=40), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        _refers("delivery", "endpoint_id", "endpoint.id"),
        _refers("delivery", "event_id", "outgoing_event.id"),
        sa.UniqueConstraint("endpoint_id", "event_id", name="uq_delivery_endpoint_id_event_id"),
    )
    for column in ("endpoint_id", "assessment_id", "next_at"):
        _index("delivery", column)
    op.create_index("ix_delivery_state", "delivery", ["endpoint_id", "delivered_at", "next_at"])


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def _index(table: str, column: str) -> None:
    op.create_index(f"ix_{table}_{column}", table, [column])
