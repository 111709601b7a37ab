"""Plans about alert rules: replayed over a recording, or run beside a service."""

from dataclasses import dataclass

from assay_probe.plans_service import Target


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One run of promtool over a generated unit-test file (all files beside the plan)."""

    name: str
    test_file: str
    timeout_s: float = 120.0


@dataclass(frozen=True, slots=True)
class RuleReplayPlan:
    """Check the candidate's rule files, then replay them: `promtool`, in a container of its own.

    Attributes:
        rule_files: Checked with `promtool check rules` first; a failure ends the plan there.
        tests: Run one after another; one that had to be stopped ends the plan there.
    """

    rule_files: list[str]
    tests: list[RuleTest]
    kind: str = "rule_replay"


@dataclass(frozen=True, slots=True)
class RangeQuery:
    """One expression over the whole of a backfilled recording. Instants in virtual seconds."""

    name: str
    expr: str
    start_s: float
    end_s: float
    step_s: float


@dataclass(frozen=True, slots=True)
class RangeReplayPlan:
    """Backfill a TSDB from an OpenMetrics file, start Prometheus on it, ask, one step at a time.

    Attributes:
        openmetrics: File beside the plan, already on the virtual clock.
        steps: Queries by step; what those of recording rules answered is backfilled before
            the next step.
        records: Name of such a query -> labels of what it records, `__name__` among them.
        every_s: Virtual seconds between samples; the answers of a longer step are repeated.
        lookback_s: `--query.lookback-delta`; shorter than the gap that means "gone".
    """

    openmetrics: str
    steps: list[list[RangeQuery]]
    records: dict[str, dict[str, str]]
    every_s: float
    lookback_s: float
    timeout_s: float = 120.0
    kind: str = "range_replay"


@dataclass(frozen=True, slots=True)
class LiveAlertingPlan:
    """Run Prometheus and Alertmanager beside the service until told to stop (SIGTERM).

    An event "ready" says that both run and know each other and the service. A server that
    does not start, or ends, is a `ToolRecord` "prometheus" or "alertmanager" with what it said.

    Attributes:
        path: Of the metrics.
        scrape_s: Between scrapes and between evaluations; a scrape may take as long.
        rule_files: Beside the plan, ending with ".yml", already divided for the faster clock.
        alertmanager_config: The candidate's, checked by amtool only; "" for none. Records
            "check-config" and "routes:<severity>".
        severities: Asked of amtool's routing test.
        lookback_s: `--query.lookback-delta`.
        limit_s: It ends by itself after so long.
    """

    target: Target
    path: str
    job: str
    instance: str
    scrape_s: float
    rule_files: list[str]
    alertmanager_config: str
    severities: list[str]
    lookback_s: float
    limit_s: float = 900.0
    kind: str = "live_alerting"
