"""The system calls a submission may make."""

import json
from typing import Any

import pytest

from assay_sandbox.policies import seccomp_profile

PROFILE: dict[str, Any] = json.loads(seccomp_profile())
ALLOWED = {
    name
    for rule in PROFILE["syscalls"]
    if rule["action"] == "SCMP_ACT_ALLOW" and not rule.get("args")
    for name in rule["names"]
}


def test_what_is_not_listed_is_refused() -> None:
    assert PROFILE["defaultAction"] == "SCMP_ACT_ERRNO"


@pytest.mark.parametrize(
    "name",
    [
        *("ptrace", "unshare", "setns", "mount", "bpf", "keyctl", "add_key", "userfaultfd"),
        *("perf_event_open", "io_uring_setup", "process_vm_readv", "open_by_handle_at"),
        *("clone", "clone3", "socket", "personality", "init_module", "syslog", "chroot"),
    ],
)
def test_calls_that_reach_out_of_the_container_are_not_simply_allowed(name: str) -> None:
    assert name not in ALLOWED


def test_only_socket_families_of_a_web_service_can_be_made() -> None:
    families = {
        rule["args"][0]["value"] for rule in PROFILE["syscalls"] if rule["names"] == ["socket"]
    }

    assert families == {1, 2, 10, 16}


def test_32_bit_system_calls_do_not_go_around_the_list() -> None:
    assert all(entry["subArchitectures"] == [] for entry in PROFILE["archMap"])


def test_every_rule_says_why() -> None:
    assert all(rule["comment"] for rule in PROFILE["syscalls"])
