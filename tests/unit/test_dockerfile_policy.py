"""What a candidate's Dockerfile may ask for: each way round a rule is a case here."""

import pytest

from assay_sandbox.dockerfile import parse
from assay_sandbox.dockerfile_policy import check
from assay_sandbox.dockerfile_render import render

BASE = "python:3.11-slim"
FROM = f"FROM {BASE}\n"


def problems(text: str) -> list[str]:
    return [str(problem) for problem in check(parse(text), [BASE])]


ACCEPTED = {
    "the plain case": FROM + "COPY . /app\nRUN pip install -r /app/requirements.txt\n",
    "stages": f"FROM {BASE} AS build\nRUN true\nFROM {BASE}\nCOPY --from=build /a /a\n"
    "COPY --from=0 /b /b\n",
    "a stage on a stage": f"FROM {BASE} AS build\nFROM build AS test\nFROM test\n",
    "an argument as base": f"ARG BASE={BASE}\nFROM $BASE\n",
    "scratch": f"FROM {BASE} AS build\nFROM scratch\nCOPY --from=build /a /a\n",
    "the official frontend": "# syntax=docker/dockerfile:1.7\n" + FROM,
    "a cache mount": FROM + "RUN --mount=type=cache,target=/root/.cache/pip pip install x\n",
    "a linked copy": FROM + "COPY --link --chown=1000:1000 . /app\n",
    "the build platform": f"FROM --platform=$BUILDPLATFORM {BASE}\n",
    "volumes": FROM + 'VOLUME /data "/var/lib/app"\nVOLUME ["/srv/..hidden/", "/devices"]\n',
    "what an image says of itself": FROM
    + 'LABEL org.opencontainers.image.title="x"\nENV A=1 B="c d"\nEXPOSE 8080\nVOLUME /data\n'
    'HEALTHCHECK --interval=5s CMD ["true"]\nSTOPSIGNAL SIGTERM\nSHELL ["/bin/sh", "-c"]\n'
    'USER 1000\nWORKDIR /app\nENTRYPOINT ["python"]\nCMD ["app.py"]\n',
}

REFUSED = {
    "a neighbour's image": "FROM assay/candidate:1\n",
    "an image by id": "FROM sha256:" + "a" * 64 + "\n",
    "an archive the engine would unpack": FROM + "ADD model.tar.gz /model\n",
    "a base pinned by digest": f"FROM {BASE}@sha256:{'a' * 64}\n",
    "a neighbour by argument": "ARG B=assay/candidate:1\nFROM ${B}\n",
    "a neighbour by default": "FROM ${B:-assay/candidate:1}\n",
    "a neighbour by alternative": f"ARG B=x\nFROM ${{B:+assay/candidate:1}}\nFROM {BASE}\n",
    "a stage by number": f"FROM {BASE}\nFROM 0\n",
    "a later stage": f"FROM last\nFROM {BASE} AS last\n",
    "nothing as base": f"FROM $NOTHING\nFROM {BASE}\n",
    "copying from an image": FROM + "COPY --from=assay/candidate:1 /a /a\n",
    "copying from the stage itself": f"FROM {BASE} AS me\nCOPY --from=me /a /a\n",
    "copying from a later stage": FROM + f"COPY --from=1 /a /a\nFROM {BASE}\n",
    "copying by argument": FROM + "ARG I=assay/candidate:1\nCOPY --from=$I /a /a\n",
    "a flag behind an unseen blank": FROM + "COPY \u00a0--from=assay/candidate:1 /a /a\n",
    "a flag in capitals": FROM + "COPY --FROM=assay/candidate:1 /a /a\n",
    "an address": FROM + "ADD http://127.0.0.1/x /x\n",
    "an address in a list": FROM + 'ADD ["http://127.0.0.1/x", "/x"]\n',
    "an address in escapes of a list": FROM + 'ADD ["\\u0068ttp:\\u002f/127.0.0.1/x", "/x"]\n',
    "an address in a broken list": FROM + 'ADD ["\\u0068ttp:\\u002f/127.0.0.1/x" "/x"]\n',
    "an address in capitals": FROM + "ADD HTTPS://127.0.0.1/x /x\n",
    "an escaped address": FROM + "ADD ht\\tp:\\//127.0.0.1/x /x\n",
    "a quoted address": FROM + "ADD \"ht\"tp':'//127.0.0.1/x /x\n",
    "an address by argument": FROM + "ARG U=http://127.0.0.1/x\nADD $U /x\n",
    "an address over two lines": "# escape=`\n" + FROM + "ADD `\n http://127.0.0.1/x /x\n",
    "a repository": FROM + "ADD git@host:repository.git /x\n",
    "an address with a checksum": FROM + "ADD --checksum=sha256:aa https://host/x /x\n",
    "another frontend": "# syntax=evil/frontend\n" + FROM,
    "another frontend in disguise": "# syntax=docker/dockerfile-evil\n" + FROM,
    "a bind mount": FROM + "RUN --mount=type=bind,from=assay/candidate:1,target=/h ls /h\n",
    "a bind mount by default": FROM + "RUN --mount=target=/h ls /h\n",
    "a secret mount": FROM + "RUN --mount=type=secret,id=x cat /run/secrets/x\n",
    "a cache mount from an image": FROM + "RUN --mount=type=cache,from=x,target=/h ls /h\n",
    "the host's network": FROM + "RUN --network=host true\n",
    "an insecure run": FROM + "RUN --security=insecure true\n",
    "a trigger": FROM + "ONBUILD RUN true\n",
    "our labels": FROM + "LABEL assay.run=x\n",
    "our labels in quotes": FROM + 'LABEL "as"say.run=x\n',
    "our labels second": FROM + "LABEL a=b assay.build=x\n",
    "a label by argument": FROM + "ARG L=assay.run\nLABEL $L=x\n",
    "a heredoc": FROM + "RUN <<EOF\nADD http://127.0.0.1/x /x\nEOF\n",
    "a copied heredoc": FROM + "COPY <<EOF /x\nx\nEOF\n",
    "a line that swallows the next": FROM + "RUN true \\\\",
    "control characters": FROM + "RUN echo \x1b[2J\n",
    "another platform": f"FROM --platform=linux/s390x {BASE}\n",
    "a stage name that is none": f"FROM {BASE} AS a/b\n",
    "the whole root as a volume": FROM + "VOLUME /\n",
    "the root in a list": FROM + 'VOLUME ["/"]\n',
    "the root in quotes": FROM + "VOLUME \"/\"''\n",
    "the root in escapes": FROM + "VOLUME \\/\n",
    "the root with two names": FROM + "VOLUME //\n",
    "the root from below": FROM + "VOLUME /data/..\n",
    "the root as a dot": FROM + 'VOLUME ["."]\n',
    "the root by argument": FROM + "ARG V=/\nVOLUME $V\n",
    "the root behind a directory": FROM + "VOLUME /data /\n",
    "a volume of the system": FROM + "VOLUME /proc\n",
    "a volume of the system from the side": FROM + "VOLUME /etc/../proc\n",
    "a relative volume": FROM + "VOLUME data\n",
    "a volume without a name": FROM + 'VOLUME [""]\n',
    "too many instructions": FROM + "RUN true\n" * 120,
    "no arguments": FROM + "RUN\n",
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_refused(text: str) -> None:
    assert problems(text) != []


def test_every_problem_is_told_at_once_with_its_line() -> None:
    text = FROM + "ADD http://host/x /x\nRUN true\nONBUILD RUN true\n"

    assert problems(text) == [
        "Dockerfile line 2: ADD cannot fetch addresses; commit the file and COPY it",
        "Dockerfile line 4: ONBUILD is not accepted; leave it out",
    ]


def test_a_wrong_base_is_answered_with_the_right_ones() -> None:
    assert problems("FROM node:20\n") == [
        f"Dockerfile line 1: FROM 'node:20' is not available; the base images are: {BASE}"
    ]


def test_the_engine_gets_our_names_our_lines_and_only_needed_stages() -> None:
    text = (
        "# syntax=docker/dockerfile:1\n"
        f"ARG BASE={BASE}\n"
        "FROM --platform=$BUILDPLATFORM $BASE AS Build\n"
        "RUN --mount=type=cache,target=/c pip install \\\n    fastapi  # kept: no comment\n"
        "FROM build AS tests\n"
        "RUN pytest\n"
        "FROM $BASE\n"
        "COPY --link --from=BUILD --chown=1:1 /a /a\n"
        'CMD ["python",  "app.py"]\n'
    )

    rendered = render(parse(text), {BASE: "assay/python:1"}, marker="assay.build=x")

    assert rendered.text.split("\n") == [
        "# escape=\\",
        f"ARG BASE={BASE}",
        "FROM assay/python:1 AS assay-stage-0",
        "LABEL assay.build=x",
        "RUN pip install     fastapi  # kept: no comment",
        "FROM assay/python:1 AS assay-stage-2",
        "LABEL assay.build=x",
        "COPY --from=assay-stage-0 --chown=1:1 /a /a",
        'CMD ["python", "app.py"]',
        "",
    ]
    assert rendered.base == "assay/python:1"


def test_a_stage_can_be_asked_for_and_its_base_is_found_through_earlier_ones() -> None:
    dockerfile = parse(f"FROM {BASE} AS build\nFROM build AS test\nRUN pytest\nFROM scratch\n")

    rendered = render(dockerfile, {BASE: "assay/python:1"}, target=dockerfile.stage("test"))

    assert rendered.steps[-1].text == "RUN pytest"
    assert rendered.base == "assay/python:1"
    assert render(dockerfile, {BASE: "assay/python:1"}).base is None
