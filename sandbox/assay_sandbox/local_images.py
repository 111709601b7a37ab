"""Images of the local engine: a root directory, and beside it what its Dockerfile configured."""

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from assay_sandbox.engine import ImageInfo

RECORD = "image.json"


@dataclass(frozen=True, slots=True)
class Config:
    """What instructions that run nothing leave on an image.

    Attributes:
        environment: Variables set by ENV.
        directory: Last WORKDIR.
        user: Last USER ("" means root).
        entrypoint: Words of the ENTRYPOINT, shell form wrapped.
        command: Words of the CMD, shell form wrapped.
        ports: Of EXPOSE.
        volumes: Paths of VOLUME.
        labels: Of LABEL.
        layers: Instructions that changed files.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    directory: str = "/"
    user: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    layers: int = 0


@dataclass(frozen=True, slots=True)
class LocalImage:
    """A finished image.

    Attributes:
        reference: Its tag.
        digest: SHA-256 over what it was made from: context, base, packages, engine.
        root: Its files.
        config: See `Config`.
        build_s: Seconds the build took.
        log: Of the build, capped.
    """

    reference: str
    digest: str
    root: Path
    config: Config
    build_s: float
    log: str

    def info(self) -> ImageInfo:
        """As the engine contract describes images; sizes would mean nothing here."""
        config = self.config
        return ImageInfo(
            reference=self.reference,
            digest=self.digest,
            size_mib=None,
            base_size_mib=None,
            user=config.user,
            command=(*config.entrypoint, *config.command),
            exposed_ports=config.ports,
            volumes=config.volumes,
            layers=config.layers,
            labels=config.labels,
        )


def save(image: LocalImage, directory: Path) -> None:
    """Write the record last of all: an image without one is not finished."""
    written = asdict(image) | {"root": str(image.root)}
    fresh = directory / f"{RECORD}.new"
    fresh.write_text(json.dumps(written))
    fresh.replace(directory / RECORD)


def note_use(directory: Path) -> None:
    """Remember that the image in that directory was used now."""
    with contextlib.suppress(OSError):
        os.utime(directory / RECORD)


def used_s(directory: Path) -> float:
    """When it was made or last used, in seconds since 1970; 0 if there is none."""
    with contextlib.suppress(OSError):
        return (directory / RECORD).stat().st_mtime
    return 0.0


def load(directory: Path) -> LocalImage | None:
    """The image in that directory, or None if there is no finished one."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads((directory / RECORD).read_text())
        config = found.pop("config")
        for name in ("entrypoint", "command", "ports", "volumes"):
            config[name] = tuple(config[name])
        root = Path(found.pop("root"))
        if root.is_dir():
            return LocalImage(**found, root=root, config=Config(**config))
    return None
