"""The instructions of one stage, carried out one by one in its root directory."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from assay_sandbox.dockerfile import Instruction, substitute
from assay_sandbox.errors import EngineFault
from assay_sandbox.local_images import Config
from assay_sandbox.local_job import CONTEXT, EARLIER_STAGE

COPIER = Path(__file__).with_name("local_copy.py")
SHELL = ("/bin/sh", "-c")
_INSTALLER = re.compile(r"(?:^|[\s;&|(])(apt-get|apt|apk|dnf|yum|microdnf)\s")
_PORT = re.compile(r"^\d{1,5}")
_SHOWN_CHARS = 120


class StepFailed(Exception):
    """An instruction of the candidate's ended with an error."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Runner(Protocol):
    """Runs words in the root of a stage, or raises what ended them."""

    def run(
        self,
        command: tuple[str, ...],
        *,
        environment: Mapping[str, str],
        directory: str,
        user: str,
        earlier: Path | None,
    ) -> int:
        """Run to the end and return the exit status.

        Args:
            command: Words.
            environment: Variables, PATH included.
            directory: Where.
            user: As USER names it.
            earlier: Root of the stage that is seen at `EARLIER_STAGE`, if any.
        """

    def python(self) -> str:
        """An interpreter that every root can call."""

    def place(self, path: str) -> str:
        """How a command names an absolute path of the image."""


@dataclass(slots=True)
class Steps:
    """One stage being built.

    Attributes:
        runner: Runs its commands.
        config: What it is configured with so far.
        arguments: Values of its ARGs.
        roots: Roots of earlier stages, by name and by number.
        shell: Words before a command in shell form.
    """

    runner: Runner
    config: Config
    arguments: dict[str, str]
    global_arguments: Mapping[str, str]
    roots: Mapping[str, Path]
    shell: tuple[str, ...] = field(default=SHELL)

    def take(self, instruction: Instruction) -> None:
        """Carry out one instruction.

        Raises:
            StepFailed: it ended with an error.
            EngineFault: it cannot be carried out without a container engine.
        """
        action = _ACTIONS.get(instruction.keyword)
        if action is not None:
            action(self, instruction)

    def text(self, value: str) -> str:
        """A value with its variables filled in."""
        return substitute(value, {**self.arguments, **self.config.environment})

    def words(self, instruction: Instruction) -> tuple[str, ...]:
        """The words of an instruction with their variables filled in."""
        return tuple(self.text(word) for word in instruction.words())

    def absolute(self, path: str) -> str:
        """A path of the image, relative ones below the WORKDIR."""
        joined = path if path.startswith("/") else f"{self.config.directory.rstrip('/')}/{path}"
        return joined.removesuffix(".") if joined.endswith("/.") else joined

    def run(self, command: tuple[str, ...], earlier: Path | None = None, user: str = "") -> int:
        """Run words with the stage's variables."""
        environment = {"HOME": "/root", **self.arguments, **self.config.environment}
        return self.runner.run(
            command,
            environment=environment,
            directory=self.config.directory,
            user=user,
            earlier=earlier,
        )

    def put(self, order: Mapping[str, object], earlier: Path | None = None) -> None:
        """Let `local_copy` change files, inside."""
        script = COPIER.read_text()
        words = (self.runner.python(), "-I", "-S", "-c", script, json.dumps(order))
        if self.run(words, earlier):
            raise StepFailed("the files could not be put in place; see the log")

    def changed(self) -> None:
        """Count a layer."""
        self.config = replace(self.config, layers=self.config.layers + 1)


def _run(steps: Steps, instruction: Instruction) -> None:
    installer = _INSTALLER.search(" ".join((instruction.value, *instruction.words())))
    if installer:
        raise EngineFault(
            f"line {instruction.line}: {installer[1]} cannot install anything on the local engine, "
            "which uses the /usr of this machine",
            remedy="use a container engine for Dockerfiles that install system packages",
        )
    command = instruction.exec_form or (*steps.shell, instruction.value)
    status = steps.run(command, user=steps.config.user)
    if status:
        shown = instruction.value[:_SHOWN_CHARS]
        raise StepFailed(f"`RUN {shown}` ended with status {status}")
    steps.changed()


def _copy(steps: Steps, instruction: Instruction) -> None:
    *sources, target = steps.words(instruction)
    if not sources:
        raise StepFailed(f"{instruction.keyword} needs a source and a destination")
    stage = instruction.flag("from")
    earlier = steps.roots[stage.lower()] if stage is not None else None
    base = EARLIER_STAGE if earlier is not None else CONTEXT
    relative = [source.lstrip("/") or "." for source in sources]
    steps.put(
        {"base": base, "sources": relative, "to": steps.runner.place(steps.absolute(target))},
        earlier,
    )
    steps.changed()


def _workdir(steps: Steps, instruction: Instruction) -> None:
    directory = steps.absolute(steps.text(_plain(instruction)))
    steps.put({"directories": [steps.runner.place(directory)]})
    steps.config = replace(steps.config, directory=directory)


def _volume(steps: Steps, instruction: Instruction) -> None:
    paths = steps.words(instruction)
    steps.put({"directories": [steps.runner.place(path) for path in paths]})
    steps.config = replace(steps.config, volumes=(*steps.config.volumes, *paths))


def _env(steps: Steps, instruction: Instruction) -> None:
    pairs = _pairs(steps, instruction)
    steps.config = replace(steps.config, environment={**steps.config.environment, **pairs})


def _label(steps: Steps, instruction: Instruction) -> None:
    pairs = _pairs(steps, instruction)
    steps.config = replace(steps.config, labels={**steps.config.labels, **pairs})


def _arg(steps: Steps, instruction: Instruction) -> None:
    for word in instruction.words():
        name, _, default = word.partition("=")
        given = default or steps.global_arguments.get(name, "")
        steps.arguments[name] = steps.text(given)


def _expose(steps: Steps, instruction: Instruction) -> None:
    found = tuple(int(m[0]) for m in map(_PORT.match, steps.words(instruction)) if m)
    steps.config = replace(steps.config, ports=(*steps.config.ports, *found))


def _user(steps: Steps, instruction: Instruction) -> None:
    steps.config = replace(steps.config, user=steps.text(_plain(instruction)))


def _cmd(steps: Steps, instruction: Instruction) -> None:
    steps.config = replace(steps.config, command=_wrapped(steps, instruction))


def _entrypoint(steps: Steps, instruction: Instruction) -> None:
    steps.config = replace(steps.config, entrypoint=_wrapped(steps, instruction), command=())


def _shell(steps: Steps, instruction: Instruction) -> None:
    steps.shell = instruction.exec_form or SHELL


def _wrapped(steps: Steps, instruction: Instruction) -> tuple[str, ...]:
    if instruction.exec_form is not None:
        return instruction.exec_form
    return (*steps.shell, instruction.value)


def _plain(instruction: Instruction) -> str:
    """The whole value, quotes removed."""
    return " ".join(instruction.words())


def _pairs(steps: Steps, instruction: Instruction) -> dict[str, str]:
    """`a=1 b="two words"`, or the old form `a the rest of the line`."""
    words = instruction.words()
    if words and "=" not in words[0]:
        return {words[0]: steps.text(" ".join(words[1:]))}
    pairs = (word.partition("=") for word in words)
    return {name: steps.text(value.replace("\\ ", " ")) for name, _, value in pairs if name}


_ACTIONS = {
    "ADD": _copy,
    "ARG": _arg,
    "CMD": _cmd,
    "COPY": _copy,
    "ENTRYPOINT": _entrypoint,
    "ENV": _env,
    "EXPOSE": _expose,
    "LABEL": _label,
    "RUN": _run,
    "SHELL": _shell,
    "USER": _user,
    "VOLUME": _volume,
    "WORKDIR": _workdir,
}
"""HEALTHCHECK, STOPSIGNAL and MAINTAINER mean nothing here."""
