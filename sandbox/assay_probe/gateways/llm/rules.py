"""Reading a rule file: every problem at once, nothing served before it is sound."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from assay_probe.plan import parsed
from assay_probe.plans_llm import FRESH_KEYS, LlmRules, broken_rules


def read_rules(text: str, settings: Mapping[str, Any]) -> LlmRules:
    """The rules in a file, with a dependency's settings over its fields of the same name.

    Args:
        text: The file.
        settings: Of the dependency; also keys made for one evaluation.

    Raises:
        ValueError: no rules; the message names every field that is wrong.
    """
    try:
        written = json.loads(text)
    except ValueError as problem:
        raise ValueError(f"the rule file is not JSON: {problem}") from problem
    if not isinstance(written, dict):
        raise ValueError("the rule file is not one JSON object")  # noqa: TRY004 - wrong content
    given = {**written, **settings}
    fresh = given.pop(FRESH_KEYS, ())
    rules = parsed(LlmRules, with_keys(given, fresh) if fresh else given, "rules")
    problems = broken_rules(rules)
    if problems:
        raise ValueError("; ".join(problems))
    return rules


def with_keys(written: Mapping[str, Any], fresh: Sequence[str]) -> dict[str, Any]:
    """The rules with other keys: each has the limits of the first key that was written.

    Keys are named `start-1`, `start-2`, ...: a service gets the next one with every start.
    """
    keys = written.get("keys") or [{}]
    first = keys[0] if isinstance(keys, list) and isinstance(keys[0], dict) else {}
    limits = {name: value for name, value in first.items() if name not in ("key", "name")}
    made = [{**limits, "key": key, "name": f"start-{n}"} for n, key in enumerate(fresh, 1)]
    return {**written, "keys": made}
