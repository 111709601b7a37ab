"""A run that has come to its incidents stage, with a small catalogue and rules of a candidate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes.challenges import make_material, score_by_income
from tests.fakes.world import FakeClock, FakeExporter, FakeService, FakeWorld

from assay.domain.incidents import IncidentsMeasurement
from assay.domain.timeline import IncidentRules, IncidentSpec
from assay.evaluation.incidents.timeline import Planned, Timeline
from assay.evaluation.ports import ProgressEvent
from assay.evaluation.run import Run
from assay.evaluation.stages.incidents import incidents
from assay.kit.deadline import Deadline
from assay_probe.plan import IncidentsPlan, StandIn

FEEDBACK = {
    "path": "/feedback",
    "id_field": "id",
    "label_field": "bad",
    "delay_min": 4,
    "share": 0.5,
}
BUREAU = StandIn("bureau", "http://127.0.0.1:1", "token")


def incident(injector: str, name: str = "", length_min: float = 4.0, **more: Any) -> IncidentSpec:
    """One thing that can be done; a decoy if its group says so."""
    decoy = more.get("group") == "decoy"
    usual: dict[str, Any] = {
        "id": name or injector,
        "title": f"title of {name or injector}",
        "kind": "decoy" if decoy else "fault",
        "group": "service",
        "observable": "none" if decoy else "service",
        "budget_min": 0 if decoy else 10,
        "accepts": () if decoy else ("availability",),
    }
    return IncidentSpec(injector=injector, length_min=length_min, **{**usual, **more})


HANG = incident("hang")
CRASH = incident("crash")
BUREAU_DOWN = incident(
    "dependency", "bureau_down", group="dependency", settings={"name": "bureau", "mode": "down"}
)
MONTHS = incident(
    "unit_change",
    "months",
    length_min=6,
    kind="drift",
    group="inputs",
    observable="marginal",
    accepts=("drift",),
    settings={"field": "income", "factor": 0.1},
)
NONSENSE = incident("error_burst", "nonsense", group="inputs", settings={"share": 0.5})
SURGE = incident("traffic_surge", "surge", group="decoy", settings={"factor": 3})
CATALOGUE = (HANG, CRASH, BUREAU_DOWN, MONTHS, NONSENSE, SURGE)
RULES: dict[str, Any] = {
    "rows": "harness/pool.jsonl",
    "rate_rps": 20,
    "warmup_min": 8,
    "gap_min": 3,
    "standard_min": 60,
    "feedback": FEEDBACK,
    "answer_class": "decision",
    "draw": [
        {"group": "service", "count": 1},
        {"group": "dependency", "count": 1},
        {"group": "inputs", "count": 2},
        {"group": "decoy", "count": 1},
    ],
}

MONITORING = """\
version: "1"
rule_files: [monitoring/rules.yml]
slis:
  requests: {expr: 'sum(increase(http_requests_total{path="/score"}[$window]))'}
  errors: {expr: 'sum(increase(http_requests_total{path="/score",status=~"5.."}[$window]))'}
  drift: {expr: 'max by (feature) (feature_psi)', label: feature}
alerts:
  Down: {covers: [availability]}
  Drift: {covers: [drift], locates: feature}
"""
ALERTS = """\
groups:
  - name: service
    rules:
      - {alert: Down, expr: up == 0, labels: {severity: critical}}
      - {alert: Drift, expr: feature_psi > 0.25, labels: {severity: warning}}
"""
WATCHED = {"monitoring.yml": MONITORING, "monitoring/rules.yml": ALERTS}


def make_rules(**changes: Any) -> IncidentRules:
    """The `[incidents]` table."""
    return IncidentRules.model_validate({**RULES, **changes})


def timeline_of(*specs: IncidentSpec, quiet_min: float = 5.0, length_min: float = 0) -> Timeline:
    """Incidents one after another, so much quiet before each and after the last."""
    planned, at_min = [], quiet_min
    for spec in (*specs, incident("traffic_surge", "last", 1, group="decoy")):
        planned.append(Planned(spec, at_min, at_min + spec.length_min))
        at_min += spec.length_min + quiet_min
    return Timeline(
        profile="standard",
        length_min=length_min or at_min,
        warmup_min=quiet_min,
        gap_min=1,
        least_quiet=0,
        planned=tuple(planned),
    )


@dataclass
class Staged:
    """A run and the world it runs in.

    Attributes:
        told: What a person watching has seen.
    """

    run: Run
    world: FakeWorld
    told: list[ProgressEvent] = field(default_factory=list)

    @property
    def plan(self) -> IncidentsPlan:
        """The timeline that the probe was given."""
        [found] = [plan for plan in self.world.plans if isinstance(plan, IncidentsPlan)]
        return found

    @property
    def files(self) -> Mapping[str, bytes]:
        """What lay beside it."""
        return self.world.files[self.world.plans.index(self.plan)]

    @property
    def submission(self) -> FakeService:
        """The service under measurement."""
        return self.world.services["submission"]

    def measure(self) -> IncidentsMeasurement:
        """Run the stage."""
        incidents(self.run)
        found = self.run.facts["incidents"]
        assert isinstance(found, IncidentsMeasurement)
        return found


def make_staged(
    root: Path,
    *,
    tree: Mapping[str, str] = WATCHED,
    catalogue: Sequence[IncidentSpec] = CATALOGUE,
    submission: FakeService | None = None,
    reference: FakeService | None = None,
    world: Mapping[str, Any] | None = None,
    **rules: Any,
) -> Staged:
    """A run whose services are up.

    Args:
        root: The submission's tree is laid into it.
        tree: Path -> text of the submission's files.
        catalogue: What can happen.
        submission: The service; a healthy one without.
        reference: Ours; a healthy one without.
        world: Fields of the `FakeWorld`.
        rules: Changes of the `[incidents]` table.
    """
    for path, text in tree.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    clock = FakeClock()
    services = {
        "submission": submission or FakeService(),
        "reference": reference or FakeService(scores=score_by_income),
    }
    fake = FakeWorld(services, clock, **{"dependencies": (BUREAU,), **(world or {})})  # type: ignore[arg-type]
    material = make_material(
        incidents={**RULES, **rules}, incident=[spec.model_dump() for spec in catalogue]
    )
    told: list[ProgressEvent] = []
    run = Run(
        material=material,
        world=fake,
        exporter=FakeExporter(),
        tree=root,
        seed=7,
        deadline=Deadline.after(600),
        progress=told.append,
        clock=clock,
        origin_s=clock.now_s,
        images={"submission": "image", "reference": "reference"},
    )
    run.services.update(services)  # type: ignore[arg-type]
    run.stage = "incidents"
    return Staged(run, fake, told)
