"""`assay monitoring`: look at alert rules before a push, and try them on an earlier run."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.outcome import BAD_INPUT

if TYPE_CHECKING:
    from rich.text import Text

    from assay.domain.alerting import AlertingScore
    from assay.domain.incidents import IncidentsMeasurement

app = typer.Typer(no_args_is_help=True, help="Alert rules: check them, try them on an earlier run.")

FIRINGS_SHOWN = 60
PROBLEM, NOTE = "problem", "note"
Directory = Annotated[Path, typer.Argument(help="Directory with monitoring.yml in it.")]


@app.command("check")
def check_command(
    directory: Directory = Path(),
    metrics: Annotated[
        str, typer.Option(help="Address or file of what the service exports: http://.../metrics.")
    ] = "",
    recording: Annotated[
        Path | None, typer.Option(help="recording.json of an earlier run, or its directory.")
    ] = None,
) -> None:
    """Say what is wrong with monitoring.yml and its rules, or will not count.

    Exit code 2 if something costs points as it stands; notes alone are fine.
    """
    from assay.bootstrap.rehearsing import check_monitoring
    from assay.cli.console import out

    found = check_monitoring(directory, metrics, recording)
    for remark in found.remarks:
        out().print(_remark(remark.weight, remark.text), soft_wrap=True)
    if found.unasked:
        out().print(_remark(NOTE, f"{found.unasked}: nobody has read the PromQL"), soft_wrap=True)
    problems = sum(one.weight == PROBLEM for one in found.remarks)
    out().print(_counted(problems, len(found.remarks) - problems), style="bold")
    if problems:
        raise typer.Exit(BAD_INPUT)


@app.command("replay")
def replay_command(
    recording: Annotated[
        Path, typer.Argument(help="recording.json of an evaluation, or the directory it lies in.")
    ],
    directory: Directory = Path(),
) -> None:
    """Replay the rules as they are now over an earlier run, and say what they would have earned."""
    from assay.bootstrap.rehearsing import rehearse_monitoring
    from assay.cli.console import out
    from assay.features.scorecards.incident_rows import score_of

    done = rehearse_monitoring(recording, directory)
    if done.before.void:
        told = f"nothing of that run was judged, the machine disturbed it: {done.before.void}"
        out().print(_remark(NOTE, told), soft_wrap=True)
    for line in _told(done.now, score_of(done.before), score_of(done.now)):
        out().print(line, soft_wrap=True)


def _remark(weight: str, text: str) -> "Text":
    from rich.text import Text

    from assay.cli.console import printable

    style = "bold red" if weight == PROBLEM else "yellow"
    return Text(f"{weight:<8} ", style=style).append(printable(text), style="not bold default")


def _counted(problems: int, notes: int) -> str:
    if not problems and not notes:
        return "nothing to remark"
    return f"{_number(problems, PROBLEM)}, {_number(notes, NOTE)}"


def _number(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def _told(
    now: "IncidentsMeasurement", before: "AlertingScore | None", score: "AlertingScore | None"
) -> "Iterable[Text | str]":
    """Problems, incidents, firings, false alarms and the sum."""
    from rich.text import Text

    from assay.cli.summary import alert_line
    from assay.features.scorecards.incident_rows import headline, incident_rows

    yield from (_remark(PROBLEM, problem) for problem in now.monitoring.problems)
    yield from (_remark(PROBLEM, said) for said in _broken(now))
    yield Text(headline(now, score), style="bold")
    for row in incident_rows(now, score):
        yield alert_line(row)
    yield Text("when your alerts fired, in virtual minutes", style="bold")
    yield from _firings(now)
    yield Text(_worth(score, before), style="bold")


def _broken(now: "IncidentsMeasurement") -> Iterable[str]:
    from assay.domain.alerting import recorded

    replay = recorded(now)
    if replay is not None and replay.error:
        yield f"the rules do not run:\n{replay.error}"
    yield from (f"a rule failed: {said}" for said in (replay.rule_errors if replay else ()))


def _firings(now: "IncidentsMeasurement") -> "Iterable[Text]":
    from rich.text import Text

    from assay.cli.console import one_line
    from assay.domain.alerting import recorded

    replay = recorded(now)
    episodes = replay.episodes if replay else ()
    for one in episodes[:FIRINGS_SHOWN]:
        end = "end" if one.end_min is None else f"{one.end_min:.2f}"
        labels = ", ".join(f"{name}={value}" for name, value in sorted(one.labels.items()))
        who = one_line(f"{one.alert} {labels}")
        yield Text(f"  {one.start_min:7.2f} to {end:>7}  {who}")
    if len(episodes) > FIRINGS_SHOWN:
        yield Text(f"  and {len(episodes) - FIRINGS_SHOWN} more", style="dim")
    if not episodes:
        yield Text("  never", style="dim")


def _worth(score: "AlertingScore | None", before: "AlertingScore | None") -> str:
    if score is None:
        return "what the alerts are worth cannot be told"
    was = f" (in that evaluation {float(before.value):.2f})" if before else ""
    false = len(score.false_alarms) + len(score.clean_alarms)
    return (
        f"worth {float(score.value):.2f} of 1 over all incidents{was}: credit "
        f"{float(score.recall):.2f}, of which chance {float(score.chance):.2f}; {false} false "
        f"alarms cost {float(score.penalty):.2f}. The truth of your counts multiplies it."
    )
