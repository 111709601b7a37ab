"""Questions about what another team would take over: image, rules, an evaluation that broke off."""

from assay.domain.questions.question import Question, Seen

IMAGE_MIB = 400.0
"""Above the base image."""
TITLE_LENGTH = 200


def large_image(seen: Seen) -> Question | None:
    """It ships more than it runs."""
    build = seen.evidence.build
    if build is None or build.image_mib is None or build.base_image_mib is None:
        return None
    above = build.image_mib - build.base_image_mib
    line = seen.line("image_size")
    if above < IMAGE_MIB or not seen.lost(line):
        return None
    return seen.ask(
        "large_image",
        f"The image is {above:,.0f} MiB larger than its base: what is in there that is not needed "
        f"to answer a request, and whom does that cost what?",
        "Start-up of a new replica, attack surface, transfer. A good answer separates what "
        "builds from what runs.",
        "build.image_mib",
        line,
    )


def broken_rule(seen: Seen) -> Question | None:
    """The rule of operability that cost most, with where it was broken."""
    found = seen.evidence.operability
    rules = [rule for rule in found.rules if rule.share < 1] if found else []
    lost = [(seen.lost(line), rule, line) for rule in rules
            if (line := seen.line("operability", rule=rule.rule))]  # fmt: skip
    if not lost:
        return None
    _, rule, line = max(lost, key=lambda entry: entry[0])
    where = f" ({rule.findings[0][:TITLE_LENGTH]})" if rule.findings else ""
    return seen.ask(
        "broken_rule",
        f"“{rule.title}” was not kept: {rule.message.rstrip('.')}{where}. In six months another "
        f"team runs this: what will they curse, and what did you leave them to find their way?",
        "There is never time for everything. Shows what they would do next, and whether what is "
        "missing was a choice or was not seen.",
        f"operability.rules[{rule.rule}]",
        line,
    )


def broke_off(seen: Seen) -> Question | None:
    """A stage ended because of the submission."""
    ended = [one for one in seen.evidence.stages if one.status == "candidate_fault"]
    if not ended:
        return None
    stage = ended[0]
    said = " ".join(stage.message.split())[:TITLE_LENGTH].rstrip(".") or "without a message"
    gates = [line for line in seen.card.gates if line.fraction == 0]
    return seen.ask(
        "broke_off",
        f"The evaluation broke off in its stage {stage.stage}: {said}. What would you look at "
        f"first, and how could you have known before you pushed?",
        "Everybody breaks a build. What counts is how quickly they find the cause in the output, "
        "and which check of their own is missing.",
        f"stages[{stage.stage}]",
        gates[0] if gates else None,
    )
