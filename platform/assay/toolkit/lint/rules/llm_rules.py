"""The rule file of language models can be read: told here, and not when they are started."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential
from assay_probe.gateways.llm.rules import read_rules
from assay_probe.plans_llm import FRESH_KEYS

LLM = "llm"
A_KEY = ("any",)


def _check(draft: Draft) -> Iterator[Found]:
    for index, one in enumerate(draft.challenge.dependency):
        path = draft.harness / one.data
        if one.behaviour != LLM or not path.is_file():
            continue
        keys = {FRESH_KEYS: A_KEY} if one.key_environment else {}
        try:
            read_rules(path.read_text(errors="replace"), {**one.settings, **keys})
        except (ValueError, TypeError) as problem:
            yield draft.at(
                ("dependency", index, "data"),
                f"the models of {one.name!r} cannot be served: {problem}; mend harness/{one.data} "
                f"or settings (docs/llm-gateway.md)",
            )


RULE = essential("llm-rules", "The rules of language models can be read.", _check)
