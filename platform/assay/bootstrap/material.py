"""From a challenge package on disk to what the engine takes."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assay.domain.errors import BadInput
from assay.domain.timeline import IncidentRules
from assay.evaluation.fresh import Fresh, fresh_problems, lookups
from assay.evaluation.halves import half_of
from assay.evaluation.material import Material, read_rows
from assay.evaluation.row_sets import generate_plan
from assay.toolkit.package import ChallengePackage, files_of

LOOKUP = "lookup"
"""Behaviour of a dependency that knows rows by their ids."""
SPARE = 2
"""So many times as many fresh rows are at hand as quiet traffic would use: drifts have own ones."""


def material_of(package: ChallengePackage, seed: int = 0) -> Material:
    """Read the hidden files of a package, and choose and make the rows of one evaluation.

    Of a practice kit everything is public, so nothing is halved or made anew. Rows that a
    generator makes are not here yet: a probe makes them before the first service starts.

    Raises:
        BadInput: fresh rows cannot be made of the pool.
    """
    rules = package.challenge.incidents
    material = Material(
        challenge=package.challenge,
        sha256=package.digest,
        harness={
            path.relative_to(package.harness).as_posix(): path.read_bytes()
            for path in files_of(package.harness)
        },
        rows=read_rows(package.rows.read_text()) if package.rows else (),
        holdout=read_rows(package.holdout.read_text()) if package.holdout else (),
        pool=read_rows((package.root / rules.rows).read_text()) if rules and rules.rows else (),
        making=generate_plan(package.challenge, seed),
    )
    return _unseen(material, seed) if package.reference.is_dir() else material


def _unseen(material: Material, seed: int) -> Material:
    """The half of the rows that the seed says, and fresh ones for the incidents."""
    halved = replace(
        material,
        rows=half_of(material.rows, seed),
        holdout=half_of(material.holdout, seed),
        pool=half_of(material.pool, seed),
    )
    rules = material.challenge.incidents
    if rules is None or rules.fresh is None:
        return halved
    fresh = _fresh(halved, rules, seed)
    return replace(halved, fresh=fresh, harness={**halved.harness, **_known(halved, fresh)})


def _fresh(material: Material, rules: IncidentRules, seed: int) -> Fresh:
    pool, more = material.pool, rules.fresh
    if more is None:
        raise ValueError("these rules make no fresh rows")
    longest_min = max(rules.standard_min, rules.thorough_min)
    count = math.ceil(SPARE * rules.rate_rps * longest_min / max(1, len(pool)))
    if problems := list(fresh_problems(pool, more, count)):
        raise BadInput(*problems)
    return Fresh(pool, more, material.challenge.contract.personal_fields, seed, count)


def _known(material: Material, fresh: Fresh) -> dict[str, bytes]:
    """What lookups know, with the fresh rows."""
    return {
        one.data: _with_fresh(material.harness[one.data], str(one.settings.get("key", "id")), fresh)
        for one in material.challenge.dependency
        if one.behaviour == LOOKUP
    }


def _with_fresh(content: bytes, key: str, fresh: Fresh) -> bytes:
    lines: list[Mapping[str, Any]] = [json.loads(line) for line in content.decode().splitlines()]
    return ("\n".join(map(json.dumps, lookups(lines, key, fresh))) + "\n").encode()
