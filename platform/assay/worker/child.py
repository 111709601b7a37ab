"""Runs one evaluation for a worker, which tells it stage by stage what to do.

    python -m assay.worker.child

Orders and requests are lines on standard input, answers are lines on standard output
(`assay.bootstrap.wire`). It may be started long before its order comes: everything is imported by
then, and nothing else has happened. When the input ends, nobody wants the evaluation any more:
this process kills itself and what it started, and its watchdog removes the rest.
"""

import os
import signal
import sys
from queue import SimpleQueue
from threading import Lock, Thread
from typing import BinaryIO

from assay.bootstrap.ordered import ordered
from assay.bootstrap.wire import (
    REQUESTS,
    EvidenceGiven,
    Fault,
    GiveEvidence,
    Happened,
    Message,
    Order,
    Request,
    RunStage,
    StageEnded,
)
from assay.domain.errors import BadInput, PlatformFault
from assay.evaluation.pipeline import Evaluation
from assay.evaluation.ports import ProgressEvent
from assay_sandbox.errors import SandboxError

FAULT = 3


class Voice:
    """Says one line at a time, whichever thread has something to say."""

    def __init__(self, answers: BinaryIO) -> None:
        self._answers = answers
        self._lock = Lock()

    def say(self, message: Message) -> None:
        """Send a message."""
        with self._lock:
            self._answers.write(message.line())
            self._answers.flush()

    def happened(self, event: ProgressEvent) -> None:
        """Tell what goes on."""
        self.say(Happened(event=event))


def main() -> int:
    """Exit status 0 after an orderly end, 3 if the last word was a fault."""
    asked, answers = _pipes()
    first = asked.readline()
    if not first:
        return 0
    order, voice = Order.model_validate_json(first), Voice(answers)
    requests: SimpleQueue[Request] = SimpleQueue()
    Thread(target=_listen, args=(asked, requests), daemon=True, name="requests").start()
    try:
        _serve(order, requests, voice)
    except BadInput as problem:
        voice.say(Fault(message=str(problem), remedy="mend the challenge, then try again"))
        return FAULT
    except (PlatformFault, SandboxError) as fault:
        voice.say(Fault(message=str(fault), remedy=fault.remedy))
        return FAULT
    return 0


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Both ends to the worker, out of reach of what prints and of programs we start."""
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return asked, answers


def _listen(asked: BinaryIO, requests: SimpleQueue[Request]) -> None:
    """Take requests until the worker hangs up, or says what nobody understands."""
    try:
        for line in asked:
            requests.put(REQUESTS.validate_json(line))
    finally:
        _die()


def _die() -> None:
    """End at once, with every process of our own group."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _serve(order: Order, requests: SimpleQueue[Request], voice: Voice) -> None:
    with ordered(order, voice.happened) as evaluation:
        while _more(requests.get(), evaluation, voice):
            pass


def _more(request: Request, evaluation: Evaluation, voice: Voice) -> bool:
    """Do as requested; whether another request may follow."""
    match request:
        case RunStage(stage=stage):
            outcome = evaluation.run_stage(stage)
            voice.say(StageEnded(outcome=outcome, checkpoint=evaluation.checkpoint().to_bytes()))
            return True
        case GiveEvidence():
            evidence = evaluation.evidence().model_dump_json(indent=1).encode()
            voice.say(EvidenceGiven(evidence=evidence, files=dict(evaluation.artifacts)))
            return False


if __name__ == "__main__":
    sys.exit(main())
