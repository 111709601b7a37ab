"""One file per aggregate. Importing this package makes every table known to the metadata."""

from assay.db.tables.accounts import ApiKey, LoginSession, MagicLink, Membership, Organisation, User
from assay.db.tables.artifacts import Artifact
from assay.db.tables.assessments import Assessment
from assay.db.tables.audit import AuditEntry
from assay.db.tables.evaluations import Evaluation, EvaluationEvent, EvaluationStage
from assay.db.tables.mail import Mail
from assay.db.tables.outgoing import AtsOrder, Delivery, Endpoint, OutgoingEvent
from assay.db.tables.positions import CandidateGroup, OutcomeCount, Position, SavedView
from assay.db.tables.reviews import Decision, Override, Review, ShareLink
from assay.db.tables.submissions import Submission
from assay.db.tables.workers import Worker

__all__ = [
    "ApiKey",
    "Artifact",
    "Assessment",
    "AtsOrder",
    "AuditEntry",
    "CandidateGroup",
    "Decision",
    "Delivery",
    "Endpoint",
    "Evaluation",
    "EvaluationEvent",
    "EvaluationStage",
    "LoginSession",
    "MagicLink",
    "Mail",
    "Membership",
    "Organisation",
    "OutcomeCount",
    "OutgoingEvent",
    "Override",
    "Position",
    "Review",
    "SavedView",
    "ShareLink",
    "Submission",
    "User",
    "Worker",
]
