"""Serve a plan's stand-ins and their control port until SIGTERM."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import gevent
from gevent.event import Event as Signal

from assay_probe.gateways.control import Control
from assay_probe.gateways.registry import BEHAVIOURS
from assay_probe.gateways.stand_in import Gateway
from assay_probe.gateways.wire import serve
from assay_probe.plan import StandInPlan, StandInService
from assay_probe.plans_llm import FRESH_KEYS
from assay_probe.records import Event, Record


def run(plan: StandInPlan, emit: Callable[[Record], None]) -> None:
    """Listen everywhere the plan says, report ready, wait to be told to stop."""
    stopped = Signal()
    gevent.signal_handler(signal.SIGTERM, stopped.set)
    gateways = {service.name: _gateway(service, Path(plan.harness)) for service in plan.services}
    for gateway in gateways.values():
        gateway.set("ok")
    serve(plan.control_host, plan.control_port, Control(gateways, plan.token))
    emit(Event("ready", time.monotonic()))
    stopped.wait()


def _gateway(service: StandInService, harness: Path) -> Gateway:
    if service.behaviour not in BEHAVIOURS:
        known = ", ".join(BEHAVIOURS)
        raise ValueError(f"{service.name}: no behaviour {service.behaviour!r}; there are: {known}")
    settings = {**service.settings, **({FRESH_KEYS: service.keys} if service.keys else {})}
    answer = BEHAVIOURS[service.behaviour](harness / service.data, settings)
    return Gateway(service.port, answer)
