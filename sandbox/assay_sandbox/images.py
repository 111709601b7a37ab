"""The images we make ourselves: bases for candidates, probe, monitoring, wheelhouses.

Each is named by the digest of everything it is made of, so it is made when that changes and
never otherwise. No registry is needed: the base comes from Debian packages. Where one can
be reached and is wanted, `source_image` takes the place of the Debian packages.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from docker import DockerClient

from assay_sandbox.debian_programs import fetch_programs
from assay_sandbox.debian_root import debian_root
from assay_sandbox.docker_build import build_image
from assay_sandbox.docker_call import call
from assay_sandbox.docker_images import describe_image
from assay_sandbox.engine import BuildFailed, BuildSpec, LogSink
from assay_sandbox.errors import EngineFault
from assay_sandbox.image_cache import kept_digest, only_one, source_files
from assay_sandbox.limits import BuildLimits
from assay_sandbox.scratch import scratch_directory
from assay_sandbox.wheels import fetch_wheels

_HERE = Path(__file__).resolve().parent
IMAGES = next((p for p in (_HERE.parent / "images", _HERE / "images") if p.is_dir()), _HERE)
"""Recipes, from a checkout or from an installed package."""
PROBE_SOURCE = Path(__file__).resolve().parent.parent / "assay_probe"
MONITORING_PROGRAMS = ("prometheus", "promtool", "prometheus-alertmanager", "amtool")
PYTHON_SLIM = "python:3.11-slim"
DEADLINE_S = 1800.0
_FORMAT = "1"  # raise it when the code here changes what an unchanged recipe gives
_RECIPE_LABEL = "assay.recipe"
_LIMITS = BuildLimits(file_mib=4096, image_mib=8192, log_bytes=32 * 1024 * 1024)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one of our images is made.

    Attributes:
        repository: Name without tag.
        version: What stands before the digest in the tag.
        directory: Under `sandbox/images`: a Dockerfile, or for the base a Debian recipe.
        stands_for: Names candidates may write in FROM that mean this image.
        requirements: Pinned packages its Dockerfile installs, None for none.
        source: Tree that is copied into its context besides, None for none.
        programs: Programs out of Debian packages that are copied there too.
    """

    repository: str
    version: str
    directory: Path
    stands_for: tuple[str, ...] = ()
    requirements: str | None = None
    source: Path | None = None
    programs: tuple[str, ...] = ()


BASE_IMAGES: dict[str, Recipe] = {
    "python": Recipe(
        "assay/python",
        "3.11-slim",
        IMAGES / "python",
        stands_for=(PYTHON_SLIM, "python:3.11-slim-bookworm", "python:3.11"),
    ),
    "ml": Recipe(
        "assay/ml-base",
        "3.11",
        IMAGES / "ml",
        stands_for=("assay/ml-base",),
        requirements="requirements.txt",
    ),
    "probe": Recipe(
        "assay/probe",
        "3.11",
        IMAGES / "probe",
        requirements="requirements.txt",
        source=PROBE_SOURCE,
    ),
    "monitoring": Recipe(
        "assay/monitoring",
        "3.11",
        IMAGES / "monitoring",
        source=PROBE_SOURCE,
        programs=MONITORING_PROGRAMS,
    ),
}


def ensure_base(
    client: DockerClient, name: str, on_log: LogSink, *, source_image: str | None = None
) -> str:
    """The reference of one of `BASE_IMAGES`, made now if it is not there.

    Args:
        client: A connection to the engine.
        name: A key of `BASE_IMAGES`.
        on_log: Gets each line of output.
        source_image: An image with Python 3.11 to use in place of Debian packages; pulled
            from a registry if the engine does not have it.

    Raises:
        EngineFault: it could not be made.
    """
    recipe = BASE_IMAGES[name]
    if name == "python":
        return _ensure_python(client, recipe, on_log, source_image)
    base = ensure_base(client, "python", on_log, source_image=source_image)
    packages = None
    if recipe.requirements is not None:
        requirements = recipe.directory / recipe.requirements
        packages = ensure_wheelhouse(client, requirements, on_log, source_image=source_image)
    return _ensure_built(client, recipe, base, packages, on_log)


def ensure_probe(client: DockerClient, on_log: LogSink, *, source_image: str | None = None) -> str:
    """The image of the probe, with the source of `assay_probe` as it is now."""
    return ensure_base(client, "probe", on_log, source_image=source_image)


def ensure_monitoring(
    client: DockerClient, on_log: LogSink, *, source_image: str | None = None
) -> str:
    """The image with Prometheus, Alertmanager and the source of `assay_probe` as it is now."""
    return ensure_base(client, "monitoring", on_log, source_image=source_image)


def ensure_wheelhouse(
    client: DockerClient, requirements: Path, on_log: LogSink, *, source_image: str | None = None
) -> str:
    """The reference of an image that serves the wheels a requirements file pins.

    Args:
        client: A connection to the engine.
        requirements: Every package with version and hashes.
        on_log: Gets each line of output.
        source_image: As in `ensure_base`.

    Raises:
        EngineFault: the wheels could not be fetched, or the image not made.
    """
    base = ensure_base(client, "python", on_log, source_image=source_image)
    wheels = fetch_wheels(requirements, _architecture(client), on_log)
    recipe = Recipe("assay/wheelhouse", "", IMAGES / "wheelhouse", source=wheels)
    return _ensure_built(client, recipe, base, None, on_log)


def base_images(
    client: DockerClient, on_log: LogSink, *names: str, source_image: str | None = None
) -> dict[str, str]:
    """What Dockerfiles may build FROM, mapped to our images: `BuildSpec.base_images`."""
    found: dict[str, str] = {}
    for name in names or ("python",):
        reference = ensure_base(client, name, on_log, source_image=source_image)
        found |= dict.fromkeys(BASE_IMAGES[name].stands_for, reference)
    return found


def _ensure_python(
    client: DockerClient, recipe: Recipe, on_log: LogSink, source_image: str | None
) -> str:
    if source_image is not None:
        return _from_image(client, recipe, source_image, on_log)
    architecture = _architecture(client)
    digest = kept_digest([_FORMAT, architecture], [recipe.directory])
    reference = _reference(recipe, digest)
    with only_one(reference):
        if describe_image(client, reference) is None:
            on_log(f"making {reference} from Debian packages")
            with debian_root(recipe.directory, architecture, on_log) as archive:
                _import(client, archive, reference, digest)
    return reference


def _from_image(client: DockerClient, recipe: Recipe, source_image: str, on_log: LogSink) -> str:
    """Put our pip settings on an image that has Python already."""
    if describe_image(client, source_image) is None:
        on_log(f"pulling {source_image}")
        call(
            f"pull {source_image}",
            lambda: client.images.pull(source_image),
            deadline_s=DEADLINE_S,
        )
    adapted = replace(recipe, directory=IMAGES / "python-from-image", source=recipe.directory)
    return _ensure_built(client, adapted, source_image, None, on_log)


def _import(client: DockerClient, archive: Path, reference: str, digest: str) -> None:
    repository, _, tag = reference.partition(":")
    changes = [
        "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
        "ENV LANG=C.UTF-8",
        'CMD ["python3"]',
        f"LABEL {_RECIPE_LABEL}={digest}",
    ]
    call(
        f"import {reference}",
        lambda: client.api.import_image(str(archive), repository, tag, changes=changes),
        deadline_s=DEADLINE_S,
    )
    if describe_image(client, reference) is None:
        raise EngineFault(f"the engine did not import {reference}")


def _ensure_built(
    client: DockerClient, recipe: Recipe, base: str, packages: str | None, on_log: LogSink
) -> str:
    added = _added(client, recipe, on_log)
    words, trees = [_FORMAT, base, packages or ""], [recipe.directory, *added.values()]
    reference = _reference(recipe, kept_digest(words, trees))
    with only_one(reference):
        if describe_image(client, reference) is None:
            with _context(recipe, added) as context:
                _build(client, reference, context, {PYTHON_SLIM: base}, packages, on_log)
    return reference


def _build(
    client: DockerClient,
    reference: str,
    context: Path,
    bases: Mapping[str, str],
    packages: str | None,
    on_log: LogSink,
) -> None:
    spec = BuildSpec(
        run_id="images",
        context=context,
        tag=reference,
        base_images=bases,
        packages=packages,
        use_cache=True,
        limits=_LIMITS,
    )
    outcome = build_image(client, spec, deadline_s=DEADLINE_S, on_log=on_log)
    if isinstance(outcome, BuildFailed):
        raise EngineFault(
            f"{reference} could not be made: {outcome.message}\n{outcome.log[-2000:]}"
        )


def _added(client: DockerClient, recipe: Recipe, on_log: LogSink) -> dict[str, Path]:
    """Name in the context -> tree that is copied there, beside the recipe's own files."""
    added: dict[str, Path] = {}
    if recipe.source is not None:
        name = "wheels" if recipe.repository == "assay/wheelhouse" else recipe.source.name
        added[name] = recipe.source
    if recipe.programs:
        architecture = _architecture(client)
        added["programs"] = fetch_programs(recipe.directory, recipe.programs, architecture, on_log)
    return added


@contextmanager
def _context(recipe: Recipe, added: Mapping[str, Path]) -> Iterator[Path]:
    """The recipe's directory, with the added trees beside the Dockerfile."""
    with scratch_directory("image") as context:
        _copy(recipe.directory, context)
        for name, tree in added.items():
            _copy(tree, context / name)
            _keep_if_empty(context / name)
        yield context


def _keep_if_empty(directory: Path) -> None:
    """An engine copies no directory without files: a challenge may need no package at all."""
    directory.mkdir(exist_ok=True)
    if not any(directory.iterdir()):
        (directory / ".none").touch()


def _copy(tree: Path, destination: Path) -> None:
    for path in source_files(tree):
        target = destination / path.relative_to(tree)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def _reference(recipe: Recipe, digest: str) -> str:
    return f"{recipe.repository}:{recipe.version}-{digest}".replace(":-", ":")


def _architecture(client: DockerClient) -> str:
    """The engine's, in the words of Debian and of images ("amd64", "arm64")."""
    return str(call("say its version", client.version)["Arch"])
