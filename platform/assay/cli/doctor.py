"""`assay doctor`: is this machine fit to grade on, and if not, what to do."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.outcome import PLATFORM_FAULT

if TYPE_CHECKING:
    from assay_sandbox.doctor.checks import Report
    from assay_sandbox.doctor.machine import Machine
    from assay_sandbox.doctor.repair import Step

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def command(
    fix: Annotated[
        bool,
        typer.Option(
            "--fix", help="Install and start what is missing (Debian or Ubuntu, as root)."
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the findings as JSON on stdout.")
    ] = False,
) -> None:
    """Check engine, kernel, tools, room and noise. Exit code 3 if grading cannot run here."""
    from assay_sandbox.doctor.checks import examine
    from assay_sandbox.doctor.findings import Level
    from assay_sandbox.doctor.machine import this_machine

    if fix:
        _fix(this_machine())
    report = examine(this_machine())
    if as_json:
        typer.echo(_as_json(report))
    else:
        _print(report)
    if report.worst is Level.FAIL:
        raise typer.Exit(PLATFORM_FAULT)


def _fix(machine: "Machine") -> None:
    from assay.cli.console import err
    from assay_sandbox.doctor.perform import perform
    from assay_sandbox.doctor.repair import obstacle, plan

    steps = plan(machine)
    if not steps:
        err().print("nothing to install or start")
        return
    reason = obstacle(machine)
    if reason is not None:
        _print_plan(f"{reason}. What it takes:", steps)
        return
    _print_plan("assay doctor will:", steps)
    perform(steps, lambda line: err().print(line, markup=False, style="cyan", soft_wrap=True))


def _print_plan(heading: str, steps: "tuple[Step, ...]") -> None:
    from assay.cli.console import err

    err().print(heading)
    for step in steps:
        err().print(f"  {' '.join(step.command)}", markup=False, soft_wrap=True)


def _print(report: "Report") -> None:
    from rich.table import Table
    from rich.text import Text

    from assay.cli.console import out

    table = Table("", "check", "found", box=None, pad_edge=False)
    for name, finding in report.findings.items():
        found = Text(finding.found)
        if finding.remedy:
            found.append(f"\n→ {finding.remedy}", style="bold")
        level = Text(finding.level, style=STYLES[finding.level])
        table.add_row(level, name.replace("_", " "), found)
    out().print(table)


def _as_json(report: "Report") -> str:
    checks = [
        {"check": name, "level": f.level, "found": f.found, "remedy": f.remedy}
        for name, f in report.findings.items()
    ]
    return json.dumps({"worst": report.worst, "checks": checks}, indent=2)
