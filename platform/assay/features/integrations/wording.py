"""What has to be said beside a score, wherever it is told: a number alone claims too much."""

from assay.features.integrations.messages import ResultPart

NO_SCORE = "There is no score: what decides it was not measured."
PARTIAL = "Some lines were not measured; they are left out of the score."


def remarks(result: ResultPart) -> list[str]:
    """Sentences about what the score leaves out, and what people decided about it."""
    if result.score is None:
        return [NO_SCORE]
    found = [] if result.complete else [PARTIAL]
    if result.weighted != result.score:
        found.append(f"By the weights of the position; {result.score:.1f} without them.")
    if result.overridden:
        lines = "one line" if result.overridden == 1 else f"{result.overridden} lines"
        theirs = "" if result.with_overrides is None else f": {result.with_overrides:.1f} with that"
        found.append(
            f"People decided otherwise about {lines}{theirs}; the score is what was measured."
        )
    return found


def span(result: ResultPart) -> str:
    """The 95 % interval, as "78.1 to 84.2"; "" if there is none, or it has no width."""
    if result.interval is None or result.interval[0] == result.interval[1]:
        return ""
    return f"{result.interval[0]:.1f} to {result.interval[1]:.1f}"
