"""From a challenge package on disk to what the engine takes."""

from assay.evaluation.material import Material, read_rows
from assay.toolkit.package import ChallengePackage, files_of


def material_of(package: ChallengePackage) -> Material:
    """Read the hidden files of a package."""
    rules = package.challenge.incidents
    return Material(
        challenge=package.challenge,
        sha256=package.digest,
        harness={
            path.relative_to(package.harness).as_posix(): path.read_bytes()
            for path in files_of(package.harness)
        },
        rows=read_rows(package.rows.read_text()),
        holdout=read_rows(package.holdout.read_text()) if package.holdout else (),
        pool=read_rows((package.root / rules.rows).read_text()) if rules else (),
    )
