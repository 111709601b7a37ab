"""Every dependency has one exact version, so that tomorrow's build is today's."""

import posixpath
import re
from pathlib import PurePosixPath

from assay.domain.measurements import RuleResult
from assay.evaluation.rules.tree import Tree

LOCK_FILES = {
    "poetry.lock",
    "uv.lock",
    "pdm.lock",
    "Pipfile.lock",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "go.sum",
    "Cargo.lock",
    "gradle.lockfile",
}
REQUIREMENTS = re.compile(r"(requirements|constraints)[\w.-]*\.txt")
INCLUDE = re.compile(r"^\s*(?:-r|--requirement)[\s=]*(\S+)", re.MULTILINE)
REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*([^;#\s\\]*)")
EXACT = re.compile(r"^===?[^*,\s]+$")
SPACED = re.compile(r"\s*([=<>!~]=?=?)\s*")
INSTALLERS = {"pip", "uv", "poetry", "pdm", "pipenv", "setuptools", "wheel", "pip-tools"}
PIP_INSTALL = re.compile(r"pip3?\s+install\s+([^&|;\n]+)")


def dependencies_pinned(tree: Tree) -> RuleResult:
    """Share of declared dependencies with an exact version or a lock file."""
    lines = [*_requirement_lines(tree), *_dockerfile_installs(tree)]
    loose = [where for where, exact in lines if not exact]
    locked = any(PurePosixPath(n).name in LOCK_FILES and t.strip() for n, t in tree.texts.items())
    if not lines and not locked:
        message = "no requirements file and no lock file was found"
        return _result(0.0, message, ())
    share = 1.0 if not lines else 1 - len(loose) / len(lines)
    message = f"{len(lines) - len(loose)} of {len(lines)} dependencies have an exact version"
    return _result(share, message if lines else "a lock file pins the dependencies", loose)


def _result(share: float, message: str, findings: tuple[str, ...] | list[str]) -> RuleResult:
    return RuleResult(
        rule="dependencies_pinned",
        title="Every dependency has one exact version",
        share=share,
        message=message,
        findings=tuple(findings),
    )


def _requirement_lines(tree: Tree) -> list[tuple[str, bool]]:
    """`(file:line: text, exact)` for each requirement in requirements*.txt and what they name."""
    waiting = [name for name in tree.texts if REQUIREMENTS.fullmatch(PurePosixPath(name).name)]
    found: list[tuple[str, bool]] = []
    seen: set[str] = set()
    while waiting:
        name = waiting.pop(0)
        if name in seen or name not in tree.texts:
            continue
        seen.add(name)
        found += _requirements_of(name, tree.texts[name])
        waiting += _included(name, tree.texts[name])
    return found


def _included(name: str, text: str) -> list[str]:
    """Files a requirements file takes in by `-r`, as paths of the tree."""
    folder = PurePosixPath(name).parent
    return [posixpath.normpath(folder / other) for other in INCLUDE.findall(text)]


def _requirements_of(name: str, text: str) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    for number, line in enumerate(text.splitlines(), 1):
        match = REQUIREMENT.match(SPACED.sub(r"\1", line))
        if match and not line.lstrip().startswith(("#", "-")):
            found.append((f"{name}:{number}: {line.strip()[:100]}", _exact(match.group(3))))
    return found


def _dockerfile_installs(tree: Tree) -> list[tuple[str, bool]]:
    """Packages named directly in a `pip install` of the Dockerfile."""
    found: list[tuple[str, bool]] = []
    for number, line in enumerate(tree.texts.get("Dockerfile", "").splitlines(), 1):
        for command in PIP_INSTALL.findall(line.split("#")[0]):
            for word in _packages(command):
                match = REQUIREMENT.match(word)
                exact = bool(match and _exact(match.group(3)))
                found.append((f"Dockerfile:{number}: pip install {word[:60]}", exact))
    return found


def _packages(command: str) -> list[str]:
    """Words of a `pip install` that name packages: no options, files or paths."""
    words = command.replace('"', " ").replace("'", " ").split()
    values = {i + 1 for i, w in enumerate(words) if w in ("-r", "-c", "-t", "--requirement", "-i")}
    return [
        w
        for i, w in enumerate(words)
        if i not in values and not w.startswith(("-", ".", "/", "$", "\\")) and w not in INSTALLERS
    ]


def _exact(specifier: str) -> bool:
    return bool(EXACT.match(specifier.strip()))
