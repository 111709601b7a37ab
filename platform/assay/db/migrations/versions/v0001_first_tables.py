"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)
WORD = sa.String(length=40)

NEVER_CHANGED = "audit entries are never changed and never removed"

SQLITE_GUARDS = [
    f"CREATE TRIGGER audit_entry_no_{deed.lower()} BEFORE {deed} ON audit_entry "
    f"BEGIN SELECT RAISE(ABORT, '{NEVER_CHANGED}'); END"
    for deed in ("UPDATE", "DELETE")
]
POSTGRESQL_GUARDS = [
    "CREATE FUNCTION audit_entry_guard() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{NEVER_CHANGED}'; END $$",
    "CREATE TRIGGER audit_entry_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_guard()",
]


def upgrade() -> None:
    """Make the tables, and guard the ledger."""
    _accounts()
    _assessments()
    _ways_in()
    _evaluations()
    _shared()
    _ledger()


def downgrade() -> None:
    """Remove them with all they hold."""
    for table in (
        "evaluation_event", "evaluation_stage", "evaluation", "submission", "api_key",
        "magic_link", "login_session", "assessment", "membership", "user_account",
        "organisation", "artifact", "mail", "worker", "audit_entry",
    ):  # fmt: skip
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_entry_guard()")


def _accounts() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("disabled_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_user_account"),
        sa.UniqueConstraint("email", name="uq_user_account_email"),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_membership"),
        _refers("membership", "user_id", "user_account.id"),
        _refers("membership", "organisation_id", "organisation.id"),
        sa.UniqueConstraint(
            "user_id", "organisation_id", name="uq_membership_user_id_organisation_id"
        ),
    )
    _index("membership", "user_id")
    _index("membership", "organisation_id")


def _assessments() -> None:
    op.create_table(
        "assessment",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("challenge", sa.String(length=200), nullable=False),
        sa.Column("challenge_version", sa.String(length=50), nullable=False),
        sa.Column("challenge_sha256", sa.String(length=64), nullable=False),
        sa.Column("variant", sa.Integer(), nullable=False),
        sa.Column("candidate_name", sa.String(length=200), nullable=False),
        sa.Column("candidate_email", sa.String(length=320), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("time_box_s", sa.Integer(), nullable=False),
        sa.Column("practice_runs_max", sa.Integer(), nullable=False),
        sa.Column("invitation_sha256", sa.String(length=64), nullable=False),
        sa.Column("git_token_sha256", sa.String(length=64), nullable=True),
        sa.Column("practice_seed", sa.BigInteger(), nullable=False),
        sa.Column("sealed_seed", sa.BigInteger(), nullable=False),
        sa.Column("invited_by", sa.String(), nullable=True),
        sa.Column("invited_at", INSTANT, nullable=False),
        sa.Column("invitation_ends_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("deadline_at", INSTANT, nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("released_at", INSTANT, nullable=True),
        sa.Column("deletion_asked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_assessment"),
        _refers("assessment", "organisation_id", "organisation.id"),
        _refers("assessment", "invited_by", "user_account.id"),
        sa.UniqueConstraint("invitation_sha256", name="uq_assessment_invitation_sha256"),
    )
    op.create_index("ix_assessment_list", "assessment", ["organisation_id", "invited_at", "id"])
    for column in ("state", "deadline_at"):
        _index("assessment", column)
    op.create_table(
        "submission",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("commit_sha", sa.String(length=64), nullable=False),
        sa.Column("tree_sha", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("pack_bytes", sa.Integer(), nullable=False),
        sa.Column("pushed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_submission"),
        _refers("submission", "assessment_id", "assessment.id"),
        sa.UniqueConstraint("assessment_id", "number", name="uq_submission_assessment_id_number"),
    )
    _index("submission", "assessment_id")
    _index("submission", "commit_sha")
    _index("submission", "pushed_at")


def _ways_in() -> None:
    op.create_table(
        "login_session",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("assessment_id", sa.String(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_login_session"),
        _refers("login_session", "user_id", "user_account.id"),
        _refers("login_session", "assessment_id", "assessment.id"),
    )
    for column in ("user_id", "assessment_id", "expires_at"):
        _index("login_session", column)
    op.create_table(
        "magic_link",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_magic_link"),
        _refers("magic_link", "user_id", "user_account.id"),
    )
    _index("magic_link", "user_id")
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        _refers("api_key", "organisation_id", "organisation.id"),
        _refers("api_key", "created_by", "user_account.id"),
        sa.UniqueConstraint("token_sha256", name="uq_api_key_token_sha256"),
    )
    _index("api_key", "organisation_id")


def _evaluations() -> None:
    op.create_table(
        "evaluation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("submission_id", sa.String(), nullable=False),
        sa.Column("assessment_id", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.String(), nullable=False),
        sa.Column("lane", WORD, nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("worker_id", sa.String(length=100), nullable=True),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation"),
        _refers("evaluation", "submission_id", "submission.id"),
        _refers("evaluation", "assessment_id", "assessment.id"),
        _refers("evaluation", "organisation_id", "organisation.id"),
    )
    op.create_index("ix_evaluation_queue", "evaluation", ["state", "turn", "started_at"])
    op.create_index("ix_evaluation_flow", "evaluation", ["organisation_id", "lane", "turn"])
    op.create_index("ix_evaluation_count", "evaluation", ["lane", "state"])
    for column in ("submission_id", "assessment_id"):
        _index("evaluation", column)
    _progress()


def _progress() -> None:
    op.create_table(
        "evaluation_stage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evaluation_id", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation_stage"),
        _refers("evaluation_stage", "evaluation_id", "evaluation.id"),
        sa.UniqueConstraint(
            "evaluation_id",
            "attempt",
            "stage",
            name="uq_evaluation_stage_evaluation_id_attempt_stage",
        ),
    )
    _index("evaluation_stage", "evaluation_id")
    op.create_table(
        "evaluation_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evaluation_id", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("detail", sa.String(length=2000), nullable=False),
        sa.Column("elapsed_s", sa.Float(), nullable=False),
        sa.Column("expected_s", sa.Float(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation_event"),
        _refers("evaluation_event", "evaluation_id", "evaluation.id"),
    )
    _index("evaluation_event", "evaluation_id")


def _shared() -> None:
    op.create_table(
        "artifact",
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "name", name="pk_artifact"),
    )
    op.create_table(
        "mail",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", INSTANT, nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mail"),
    )
    _index("mail", "sent_at")
    op.create_table(
        "worker",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("engine", sa.String(length=40), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
    )


def _ledger() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("organisation_id", sa.String(length=40), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    _index("audit_entry", "at")
    _index("audit_entry", "organisation_id")
    sqlite = op.get_bind().dialect.name == "sqlite"
    for guard in SQLITE_GUARDS if sqlite else POSTGRESQL_GUARDS:
        op.execute(guard)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def _index(table: str, column: str) -> None:
    op.create_index(f"ix_{table}_{column}", table, [column])
