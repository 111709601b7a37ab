"""Regrades for which nothing was measured: whose evidence they judge."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column. Whatever is there was measured."""
    op.add_column("evaluation", sa.Column("judged_from", sa.String(40), nullable=True))


def downgrade() -> None:
    """Remove it. The results stay, with evidence of their own; only their stages are not shown."""
    op.drop_column("evaluation", "judged_from")
