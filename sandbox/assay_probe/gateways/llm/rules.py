"""Reading a rule file: every problem at once, nothing served before it is sound."""

import json
from collections.abc import Mapping
from typing import Any

from assay_probe.plan import parsed
from assay_probe.plans_llm import LlmRules, broken_rules


def read_rules(text: str, settings: Mapping[str, Any]) -> LlmRules:
    """The rules in a file, with a dependency's settings over its fields of the same name.

    Raises:
        ValueError: no rules; the message names every field that is wrong.
    """
    try:
        written = json.loads(text)
    except ValueError as problem:
        raise ValueError(f"the rule file is not JSON: {problem}") from problem
    if not isinstance(written, dict):
        raise ValueError("the rule file is not one JSON object")  # noqa: TRY004 - wrong content
    rules = parsed(LlmRules, {**written, **settings}, "rules")
    problems = broken_rules(rules)
    if problems:
        raise ValueError("; ".join(problems))
    return rules
