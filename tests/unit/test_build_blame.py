"""Who is to blame for a build without an image; what nobody can tell is ours."""

import pytest

from assay_sandbox.build_blame import Ending, blame
from assay_sandbox.build_stream import Cut
from assay_sandbox.dockerfile import parse
from assay_sandbox.engine import BuildFailure
from assay_sandbox.errors import EngineFault
from assay_sandbox.limits import BuildLimits

RUN = parse("FROM a\n\nRUN pip install pandas\n").stages[0].instructions[0]


def ending(
    error: str = "",
    code: int | None = None,
    tail: str = "",
    cut: Cut | None = None,
    *,
    out_of_memory: bool = False,
    out_of_processes: bool = False,
) -> Ending:
    limits = BuildLimits(memory_mib=512, pids=64, image_mib=900)
    return Ending(RUN, error, code, tail, cut, out_of_memory, out_of_processes, limits, 30.0)


@pytest.mark.parametrize(
    ("how", "kind", "words"),
    [
        (ending(code=2), BuildFailure.COMMAND, "line 3 (RUN pip install pandas) failed"),
        (ending(code=137), BuildFailure.MEMORY, "512 MiB"),
        (ending(code=1, out_of_memory=True), BuildFailure.MEMORY, "512 MiB"),
        (ending(cut=Cut.DEADLINE), BuildFailure.DEADLINE, "30 s"),
        (ending(cut=Cut.LOG_FLOOD), BuildFailure.LOG_FLOOD, "quieter"),
        (ending(cut=Cut.DISK), BuildFailure.IMAGE_TOO_LARGE, "900 MiB"),
        (ending(code=1, out_of_processes=True), BuildFailure.COMMAND, "64 processes"),
        (
            ending(code=1, tail="ERROR: No matching distribution found for pandas>2"),
            BuildFailure.COMMAND,
            "pandas>2 is not among the packages",
        ),
        (
            ending(code=1, tail="Temporary failure in name resolution"),
            BuildFailure.COMMAND,
            "no network",
        ),
        (ending(code=127, tail="sh: 1: apt-get: not found"), BuildFailure.COMMAND, "no network"),
        (
            ending("COPY failed: file not found in build context: stat x: file does not exist"),
            BuildFailure.COMMAND,
            "stat x",
        ),
        (ending("unable to find user bob: no matching entries"), BuildFailure.COMMAND, "bob"),
        (
            ending("cannot mount volume over existing file, file exists /x/merged/etc/passwd"),
            BuildFailure.COMMAND,
            "existing file",
        ),
        (
            ending(
                "failed to create shim task: OCI runtime create failed: exec: "
                '"/bin/no": stat /bin/no: no such file or directory: unknown'
            ),
            BuildFailure.COMMAND,
            "/bin/no",
        ),
    ],
)
def test_the_candidate_is_told_where_and_what_to_do(
    how: Ending, kind: BuildFailure, words: str
) -> None:
    found, message = blame(how)

    assert found is kind
    assert words in message


@pytest.mark.parametrize(
    "error",
    [
        "",
        "pull access denied for assay/python, repository does not exist",
        "cannot join network of a non running container: 1a2b",
        "failed to create shim task: context deadline exceeded",
        "something nobody has seen before",
    ],
)
def test_what_the_engine_got_wrong_is_never_the_candidates(error: str) -> None:
    with pytest.raises(EngineFault):
        blame(ending(error))
