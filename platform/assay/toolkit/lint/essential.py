"""The rules without which nothing works: cheap, errors all of them, run on every load."""

from assay.domain.errors import Problem
from assay.toolkit.draft import Draft
from assay.toolkit.lint.rule import Rule
from assay.toolkit.lint.rules import (
    attacks,
    canaries,
    check_settings,
    dependency_mode,
    draw_count,
    drawn_once,
    encoding,
    fault_costs,
    generated_traffic,
    generator,
    hidden_outside_harness,
    incident_names,
    incident_table,
    injector,
    labelled_answers,
    late_labels,
    llm_rules,
    metered_check,
    missing_file,
    missing_patch,
    never_drawn,
    no_decoy,
    no_meter,
    points_sum,
    practice_kit,
    protected_path,
    stage_table,
    stray_patch,
    swapped_band,
    timeline_length,
    unique_names,
    unknown_name,
    unnoticeable,
    unreachable_band,
)

ESSENTIAL: tuple[Rule, ...] = (
    points_sum.RULE,
    unknown_name.RULE,
    stage_table.RULE,
    generator.RULE,
    labelled_answers.RULE,
    attacks.RULE,
    canaries.RULE,
    check_settings.RULE,
    swapped_band.RULE,
    unreachable_band.RULE,
    unique_names.RULE,
    fault_costs.RULE,
    missing_patch.RULE,
    stray_patch.RULE,
    missing_file.RULE,
    encoding.RULE,
    hidden_outside_harness.RULE,
    protected_path.RULE,
    practice_kit.RULE,
    incident_table.RULE,
    incident_names.RULE,
    draw_count.RULE,
    drawn_once.RULE,
    never_drawn.RULE,
    no_decoy.RULE,
    timeline_length.RULE,
    injector.RULE,
    unnoticeable.RULE,
    late_labels.RULE,
    dependency_mode.RULE,
    generated_traffic.RULE,
    llm_rules.RULE,
    no_meter.RULE,
    metered_check.RULE,
)


def essential_problems(draft: Draft) -> tuple[Problem, ...]:
    """Everything for which a challenge cannot be used, in the order of file and line."""
    found = [problem for rule in ESSENTIAL for problem in rule.check(draft)]
    return tuple(sorted(found, key=lambda problem: (problem.file, problem.line)))
