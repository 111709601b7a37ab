"""Questions about whether the answers are right, and what the service does with bad input."""

from assay.domain.questions.question import Question, Seen

AGREES = 0.99
AUC_GAP = 0.005
MESSAGE_LENGTH = 160


def other_than_the_model(seen: Seen) -> Question | None:
    """Answers differ from those of the approved model."""
    quality = seen.evidence.quality
    if quality is None or not quality.answered or quality.agreeing >= AGREES * quality.answered:
        return None
    off = quality.answered - quality.agreeing
    worst = quality.worst_difference
    far = "" if worst is None else f", by up to {worst:.3g}"
    return seen.ask(
        "other_than_the_model",
        f"Of {quality.answered:,} held-out rows {off:,} got another answer than from the approved "
        f"model{far}: how would you find out which step between request and model does it?",
        "The classic gap between training and serving. A good answer compares features row by "
        "row rather than scores, and says how to keep the two from drifting apart again.",
        "quality.agreeing",
        seen.line("quality_agreement"),
    )


def tells_less_apart(seen: Seen) -> Question | None:
    """It ranks worse than the model it serves."""
    quality = seen.evidence.quality
    if quality is None or quality.roc_auc is None:
        return None
    gap = quality.reference_roc_auc - quality.roc_auc
    if gap < AUC_GAP:
        return None
    return seen.ask(
        "tells_less_apart",
        f"The ROC AUC was {quality.roc_auc:.3f}, the approved model's "
        f"{quality.reference_roc_auc:.3f} on the same rows: what does a difference of {gap:.3f} "
        f"mean to the people who use the answers, and would you have shipped it?",
        "Shows whether a metric is a number to them or decisions about customers, and where "
        "they would draw the line before a release.",
        "quality.roc_auc",
        seen.line("quality_auc_gap"),
    )


def failed_tests(seen: Seen) -> Question | None:
    """The hidden test that cost most."""
    contract = seen.evidence.contract
    failed = [test for test in contract.tests if test.outcome == "failed"] if contract else []
    if not failed:
        return None
    worst = max(failed, key=lambda test: seen.lost(seen.named(test.criterion)))
    said = " ".join(worst.message.split())[:MESSAGE_LENGTH]
    others = f", one of {len(failed)} such cases" if len(failed) > 1 else ""
    return seen.ask(
        "failed_tests",
        f"“{worst.title}” did not hold{f' ({said})' if said else ''}{others}: which test of your "
        f"own would have caught it, and where would you mend it?",
        "Edge cases show how somebody thinks about callers. Listen for a rule that covers the "
        "whole kind, not for one more special case.",
        f"contract.tests[{worst.test}]",
        seen.named(worst.criterion),
    )


def personal_data_leaked(seen: Seen) -> Question | None:
    """Names of people in a log."""
    contract = seen.evidence.contract
    if contract is None or not contract.personal_values_in_log:
        return None
    fields = ", ".join(contract.leaked_fields[:3])
    return seen.ask(
        "personal_data_leaked",
        f"{contract.personal_values_in_log} of {contract.personal_values_sent} personal values we "
        f"sent stood in your log{f' ({fields})' if fields else ''}: who can read that log, how "
        f"long is it kept, and how would you make sure that it does not happen again?",
        "Privacy is a design question: what is logged at all. A good answer has a list of what "
        "may be logged instead of a list of what may not.",
        "contract.personal_values_in_log",
        seen.line("personal_data"),
    )
