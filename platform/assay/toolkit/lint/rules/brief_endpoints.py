"""The brief names every endpoint that is driven, with its method, and no other."""

import re
from collections.abc import Iterator

from assay.domain.challenge import Challenge
from assay.kit.tomlfile import Location
from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import BRIEF, files_of
from assay.toolkit.lint.prose import Prose
from assay.toolkit.lint.rule import Rule, Severity

NAMED = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^\s`]*)`")


def _check(draft: Draft) -> Iterator[Found]:
    if draft.brief is None:
        return
    prose = Prose.of(draft.brief)
    text = "\n".join(line for _, line in prose.lines)
    driven = _driven(draft.challenge)
    for place, words in [*_endpoints(draft.challenge), *_environment(draft.challenge)]:
        if words not in text:
            yield draft.at(
                place, f"the brief never names {words!r}, which callers are promised; say it there"
            )
    yield from _unknown(draft, prose, driven)


def _endpoints(challenge: Challenge) -> list[tuple[Location, str]]:
    """Place and path of everything candidates must know of."""
    contract = challenge.contract
    paths: list[tuple[Location, str]] = [
        (("contract", "score", "path"), contract.score.path),
        (("contract", "batch", "path"), contract.batch.path),
        (("contract", "ready"), contract.ready),
        (("contract", "live"), contract.live),
    ]
    if challenge.incidents:
        paths.append((("contract", "metrics"), contract.metrics))
    if challenge.incidents and challenge.incidents.feedback:
        paths.append((("incidents", "feedback", "path"), challenge.incidents.feedback.path))
    return paths


def _environment(challenge: Challenge) -> list[tuple[Location, str]]:
    return [
        (("dependency", index, field), name)
        for index, dependency in enumerate(challenge.dependency)
        for field, name in (
            ("environment", dependency.environment),
            ("key_environment", dependency.key_environment),
        )
        if name
    ]


def _driven(challenge: Challenge) -> dict[str, str]:
    """Path -> method, of everything the harness asks."""
    contract = challenge.contract
    methods = {
        contract.score.path: contract.score.method,
        contract.batch.path: contract.batch.method,
        **dict.fromkeys((contract.ready, contract.live, contract.metrics), "GET"),
    }
    feedback = challenge.incidents.feedback if challenge.incidents else None
    return methods | ({feedback.path: feedback.method} if feedback else {})


def _unknown(draft: Draft, prose: Prose, driven: dict[str, str]) -> Iterator[Found]:
    suite = _hidden_code(draft)
    for line, text in prose.lines:
        for method, path in NAMED.findall(text):
            if driven.get(path) == method or (path not in driven and path in suite):
                continue
            known = ", ".join(f"{m} {p}" for p, m in driven.items())
            yield draft.on(
                BRIEF,
                f"promises `{method} {path}`, which neither challenge.toml nor a hidden test asks "
                f"for; correct it (there are: {known})",
                line=line,
            )


def _hidden_code(draft: Draft) -> str:
    paths = [path for path in files_of(draft.harness) if path.suffix == ".py"]
    return "\n".join(path.read_text(errors="replace") for path in paths)


RULE = Rule(
    "brief-endpoints", Severity.ERROR, "Brief and challenge.toml name the same endpoints.", _check
)
