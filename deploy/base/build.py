"""Make the image that deploy/Dockerfile builds on, where no image registry can be reached.

    export BASE_IMAGE=$(.venv/bin/python deploy/base/build.py)

From Debian packages and wheels, both from where this machine itself gets them. Made again only
when what it is made of changes. Prints its name, and on standard error what goes on.
"""

import shutil
import sys
from contextlib import closing
from pathlib import Path

from docker import DockerClient

from assay_sandbox.debian_root import debian_root
from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.docker_images import describe_image
from assay_sandbox.errors import SandboxError
from assay_sandbox.image_cache import digest_of, only_one
from assay_sandbox.scratch import scratch_directory
from assay_sandbox.wheels import fetch_wheels

HERE = Path(__file__).resolve().parent
RECIPE = HERE / "debian"
REQUIREMENTS = HERE.parents[1] / "requirements" / "runtime.txt"
FORMAT = "1"
"""Raised when the code here changes what an unchanged recipe gives."""
PLATFORM_FAULT = 3
LONGEST_S = 1800


def ensure(client: DockerClient) -> str:
    """The name of the image, which is there when this returns.

    Raises:
        SandboxError: packages or wheels could not be had, or the engine failed.
    """
    architecture = str(client.version()["Arch"])
    root = f"assay/debian:bookworm-{digest_of([FORMAT, architecture], [RECIPE])}"
    made_of = [FORMAT, root, REQUIREMENTS.read_text(), (HERE / "Dockerfile").read_text()]
    name = f"assay/base:bookworm-{digest_of(made_of, [])}"
    with only_one(name):
        if describe_image(client, name) is None:
            _ensure_root(client, root, architecture)
            _add_packages(client, name, root, architecture)
    return name


def _ensure_root(client: DockerClient, root: str, architecture: str) -> None:
    if describe_image(client, root) is None:
        say(f"making {root} from Debian packages")
        with debian_root(RECIPE, architecture, say) as archive:
            client.api.import_image(str(archive), *root.split(":"))


def _add_packages(client: DockerClient, name: str, root: str, architecture: str) -> None:
    wheels = fetch_wheels(REQUIREMENTS, architecture, say)
    with scratch_directory("base") as context:
        shutil.copytree(wheels, context / "wheels")
        shutil.copy(REQUIREMENTS, context / "runtime.txt")
        shutil.copy(HERE / "Dockerfile", context)
        say(f"making {name}")
        client.images.build(
            path=str(context),
            tag=name,
            buildargs={"ROOT": root},
            network_mode="none",
            rm=True,
            forcerm=True,
            timeout=LONGEST_S,
        )


def say(line: str) -> None:
    """Tell whoever waits."""
    sys.stderr.write(f"{line}\n")


def main() -> int:
    """Exit status 0, or 3 if it could not be made."""
    try:
        with closing(DockerEngine()) as engine:
            sys.stdout.write(f"{ensure(engine.client)}\n")
    except SandboxError as error:
        say(f"{error}\n  what to do: {error.remedy}")
        return PLATFORM_FAULT
    return 0


if __name__ == "__main__":
    sys.exit(main())
