"""`assay challenge lint`: everything wrong with a challenge at once; `schema`: its format."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from assay.toolkit.lint.report import Finding, LintReport
    from assay.toolkit.lint.rule import Severity

BROKEN = 1
"""Exit code where a challenge must not go on."""
STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}
Format = Literal["text", "json", "github"]


def command(
    challenges: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CHALLENGE]...",
            help="Directories of challenges, or names under challenges/; all there without one.",
        ),
    ] = None,
    format_: Annotated[
        Format,
        typer.Option("--format", help="text for people, json for programs, github for workflows."),
    ] = "text",
    strict: Annotated[bool, typer.Option("--strict", help="Warnings refuse, too.")] = False,
    explain: Annotated[
        str | None,
        typer.Option(metavar="RULE", help="Print the page of a rule instead; `all` lists them."),
    ] = None,
) -> None:
    """Check challenges without running them. Exit code 1 if one must not go on."""
    if explain is not None:
        from assay.toolkit.lint.pages import page_of

        typer.echo(page_of(explain))
        return
    reports = [_lint(directory) for directory in _directories(challenges or [])]
    {"text": _print_text, "json": _print_json, "github": _print_github}[format_](reports)
    if not all(report.is_clean(strict=strict) for report in reports):
        raise typer.Exit(BROKEN)


def print_schema(
    answer: Annotated[
        bool, typer.Option("--answer", help="Of expect.toml, beside a known answer.")
    ] = False,
) -> None:
    """Print the JSON schema of challenge.toml, for editors and other programs."""
    from assay.toolkit.schemas import challenge_schema, expectation_schema

    schema = expectation_schema() if answer else challenge_schema()
    typer.echo(json.dumps(schema, indent=2, sort_keys=True))


def _directories(names: list[str]) -> list[Path]:
    from assay.cli.places import all_challenges, challenge_directory

    return [challenge_directory(name) for name in names] if names else all_challenges()


def _lint(directory: Path) -> "LintReport":
    from assay.toolkit.lint.linting import lint

    return lint(directory)


def _print_text(reports: "list[LintReport]") -> None:
    from rich.text import Text

    from assay.cli.console import out, printable

    for report in reports:
        for one in report.findings:
            line = f":{one.line}" if one.line else ""
            text = Text(f"{one.file}{line}: ")
            text.append(f"{one.severity}", style=STYLES[one.severity])
            text.append(f": {printable(one.message)} ")
            text.append(f"[{one.rule}]", style="dim")
            out().print(text, soft_wrap=True)
        out().print(_summary(report), markup=False, soft_wrap=True)


def _summary(report: "LintReport") -> str:
    told = [_count(len(report.of(severity)), severity) for severity in _severities()]
    counts = ", ".join(words for words in told if words) or "nothing found"
    quiet = f"; {len(report.silenced)} silenced" if report.silenced else ""
    first = next((one.rule for one in report.findings), "")
    why = f" (why: `assay challenge lint --explain {first}`)" if first else ""
    return f"{report.root}: {counts}{quiet}{why}"


def _severities() -> "list[Severity]":
    from assay.toolkit.lint.rule import Severity

    return list(Severity)


def _count(number: int, word: str) -> str:
    if not number:
        return ""
    return f"{number} {word}{'s' if number > 1 else ''}"


def _print_json(reports: "list[LintReport]") -> None:
    told = [
        {
            "challenge": str(report.root),
            "findings": [_fields(one) for one in report.findings],
            "silenced": [_fields(one.finding) | {"reason": one.reason} for one in report.silenced],
        }
        for report in reports
    ]
    typer.echo(json.dumps(told, indent=2))


def _fields(finding: "Finding") -> dict[str, str | int]:
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
        "file": finding.file,
        "line": finding.line,
        "subject": finding.subject,
    }


def _print_github(reports: "list[LintReport]") -> None:
    """Commands of GitHub's workflows, which place each finding beside its line."""
    words = {"error": "error", "warning": "warning", "note": "notice"}
    for one in (finding for report in reports for finding in report.findings):
        place = f"file={_escaped(one.file, ':,')},line={max(1, one.line)},title={one.rule}"
        typer.echo(f"::{words[one.severity]} {place}::{_escaped(one.message)}")


def _escaped(text: str, also: str = "") -> str:
    """As workflow commands want it: percent first, then what would end a part."""
    for sign in ("%", "\r", "\n", *also):
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text
