"""From stored results, on disk or in the database, to what can be compared."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from pydantic import ValidationError
from sqlmodel import Session

from assay.bootstrap.files import PACKED, problems_of, read_evidence
from assay.db.artifacts import artifact_names, get_artifact
from assay.domain.comparison import Line, Side
from assay.domain.errors import BadInput, NotFound, Problem
from assay.domain.evidence import EVIDENCE_FILE, RESULT_FILE, Evidence
from assay.domain.judge import judge, rescore
from assay.domain.rubric import BAND_PARTS, Criterion
from assay.domain.scorecard import CriterionLine, Rubric, Scorecard
from assay.features.scorecards.result import CriterionResult, GateResult, Result

SHOWN = 12


def side_of_path(path: Path) -> Side:
    """A directory an evaluation wrote, one of its two files, or evidence that a proof keeps.

    Raises:
        BadInput: there is no result in it.
    """
    if path.is_dir():
        evidence = read_evidence(path) if (path / EVIDENCE_FILE).is_file() else None
        if (path / RESULT_FILE).is_file():
            return _side(str(path), _result(path / RESULT_FILE), evidence)
        if evidence is None:
            raise BadInput(
                Problem(f"has neither {RESULT_FILE} nor {EVIDENCE_FILE}; name a directory that "
                        f"`assay grade` wrote", str(path))
            )  # fmt: skip
        return side_of_evidence(str(path), evidence)
    if path.name.startswith("evidence") or path.name.endswith(PACKED):
        return side_of_evidence(str(path), read_evidence(path))
    return _side(str(path), _result(path), None)


def side_of_evaluation(session: Session, evaluation_id: str) -> Side:
    """An evaluation of this installation.

    Raises:
        NotFound: it has no result.
    """
    names = artifact_names(session, evaluation_id)
    if RESULT_FILE not in names:
        raise NotFound(f"there is no result of evaluation {evaluation_id}")
    result = Result.model_validate_json(get_artifact(session, evaluation_id, RESULT_FILE))
    evidence = None
    if EVIDENCE_FILE in names:
        stored = get_artifact(session, evaluation_id, EVIDENCE_FILE)
        evidence = Evidence.model_validate_json(stored)
    return _side(evaluation_id, result, evidence)


def side_of_evidence(label: str, evidence: Evidence, rubric: Rubric | None = None) -> Side:
    """Evidence as it is judged now, by the rubric it carries or by another."""
    card = rescore(evidence) if rubric is None else judge(rubric, evidence)
    criteria = rubric.criteria if rubric else evidence.challenge.criterion
    return Side(
        label=label,
        lines=_lines_of_card(card),
        about=_about(card.versions, card.of.submission, card.of.seed, evidence),
        criteria={one.id: one for one in criteria},
        evidence=evidence,
    )


def _side(label: str, result: Result, evidence: Evidence | None) -> Side:
    criteria: Mapping[str, Criterion] = {}
    if evidence is not None:
        criteria = {one.id: one for one in evidence.challenge.criterion}
    gates = tuple(_gate(gate) for gate in result.gates)
    return Side(
        label=label,
        lines=(*gates, *(_criterion(one) for one in result.criteria)),
        about=_about(result.versions, result.submission, result.seed, evidence),
        criteria=criteria,
        evidence=evidence,
    )


def _result(path: Path) -> Result:
    try:
        return Result.model_validate_json(path.read_text(errors="replace"))
    except OSError as error:
        reason = f"cannot be read ({error.strerror}); name a {RESULT_FILE} or its directory"
        raise BadInput(Problem(reason, str(path))) from error
    except ValidationError as error:
        raise BadInput(*problems_of(error, str(path))) from error


def _about(
    versions: Mapping[str, str], submission: str, seed: int, evidence: Evidence | None
) -> dict[str, str]:
    """What a result was made from. Digests are cut: they are only compared by eye."""
    found = {
        "submission": submission,
        "seed": str(seed),
        "challenge": versions.get("challenge", "?"),
        "challenge digest": versions.get("challenge_sha256", "?")[:SHOWN],
        "rubric": versions.get("rubric_sha256", "?")[:SHOWN],
        "scoring": versions.get("scoring", "?"),
        "assay": versions.get("assay", "?"),
    }
    if "judged_anew_from" in versions:
        found["judged anew from the evidence of"] = versions["judged_anew_from"]
    if evidence is not None:
        tree = evidence.checkout.tree_sha256 if evidence.checkout else "none"
        host = evidence.host
        found |= {
            "tree": tree[:SHOWN],
            "engine": f"{host.engine} on {host.cores} cores, kernel {host.kernel}",
        }
    return found


def _lines_of_card(card: Scorecard) -> tuple[Line, ...]:
    gates = [_line(line, gate=True) for line in card.gates]
    return (*gates, *(_line(line, gate=False) for line in card.criteria))


def _line(line: CriterionLine, *, gate: bool) -> Line:
    return Line(
        line.id, line.title, gate, line.max, line.fraction, line.value, line.unit, line.evidence
    )


def _criterion(one: CriterionResult) -> Line:
    fraction = _exact(one.fraction)
    return Line(one.id, one.title, False, one.max, fraction, one.value, one.unit, one.evidence)


def _gate(gate: GateResult) -> Line:
    return Line(gate.id, gate.title, True, 0, _exact(gate.fraction), None, "", gate.evidence)


def _exact(fraction: float | None) -> Fraction | None:
    """A band gives whole millionths, so the figure in the file tells the fraction exactly."""
    return None if fraction is None else Fraction(round(fraction * BAND_PARTS), BAND_PARTS)
