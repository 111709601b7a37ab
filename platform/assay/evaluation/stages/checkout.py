"""checkout: take the submission's tree out of its repository, without a checkout."""

from assay.evaluation.run import Run

CHECKOUT_S = 30.0


def checkout(run: Run) -> None:
    """Export the tree; a tree that breaks the rules is the candidate's fault."""
    run.tree.mkdir(parents=True, exist_ok=True)
    run.facts["checkout"] = run.exporter.export(run.tree, deadline=run.deadline.sooner(CHECKOUT_S))
