"""Evaluations of another version of the challenge, and which result counts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


REGRADES = "(SELECT id FROM evaluation WHERE lane = 'regrade')"


def upgrade() -> None:
    """Add the columns. Every database can do that without making the table anew."""
    op.add_column("evaluation", sa.Column("challenge_version", sa.String(50), nullable=True))
    op.add_column("evaluation", sa.Column("challenge_sha256", sa.String(64), nullable=True))
    op.add_column("evaluation", sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Remove them, and regrades with them: the version before knows no such lane."""
    for table in ("evaluation_event", "evaluation_stage"):
        op.execute(f"DELETE FROM {table} WHERE evaluation_id IN {REGRADES}")  # noqa: S608 - ours
    op.execute("DELETE FROM evaluation WHERE lane = 'regrade'")
    for name in ("challenge_version", "challenge_sha256", "adopted_at"):
        op.drop_column("evaluation", name)
