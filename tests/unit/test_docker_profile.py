"""The hardened profile, line by line, without an engine."""

import tarfile
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from docker import APIClient

from assay_sandbox.docker_files import archive
from assay_sandbox.docker_profile import (
    TRUSTED_UID,
    Placement,
    create_arguments,
    refuse_impossible,
)
from assay_sandbox.engine import ContainerSpec, ImageInfo, Network, Outward
from assay_sandbox.errors import SpecRefused
from assay_sandbox.limits import Limits

IMAGE = ImageInfo(
    reference="candidate:1",
    digest="sha256:abc",
    size_mib=1.0,
    base_size_mib=None,
    user="root",
    command=("python",),
    volumes=("/data", "/tmp"),
    labels={"assay.owner": "forged", "assay.run": "forged"},
)
SPEC = ContainerSpec("run1", "sut", "candidate:1", uid=20_007)
PLACE = Placement("assay-run1-sut-1", {"assay.run": "run1"}, cgroup_parent="/assay/run1/x")


def arguments(spec: ContainerSpec = SPEC, place: Placement = PLACE) -> dict[str, Any]:
    api = APIClient("unix:///nowhere", version="1.41")
    try:
        return create_arguments(api, spec, IMAGE, place)
    finally:
        api.close()


def host(spec: ContainerSpec = SPEC, place: Placement = PLACE) -> dict[str, Any]:
    config: dict[str, Any] = arguments(spec, place)["host_config"]
    return config


def test_an_untrusted_container_has_a_read_only_root_and_its_own_user() -> None:
    assert host()["ReadonlyRootfs"] is True
    assert arguments()["user"] == "20007:20007"


def test_a_trusted_container_can_be_given_files_and_is_not_root() -> None:
    spec = replace(SPEC, trusted=True)

    assert not host(spec).get("ReadonlyRootfs")
    assert arguments(spec)["user"] == f"{TRUSTED_UID}:{TRUSTED_UID}"


@pytest.mark.parametrize("trusted", [True, False])
def test_nobody_has_capabilities_or_can_gain_privileges(trusted: bool) -> None:
    config = host(replace(SPEC, trusted=trusted))

    assert config["CapDrop"] == ["ALL"]
    assert "no-new-privileges:true" in config["SecurityOpt"]
    assert any(o.startswith('seccomp={"defaultAction"') for o in config["SecurityOpt"])
    assert not config.get("Privileged")
    assert not config.get("Binds")


def test_every_volume_of_the_image_is_a_sized_memory_file_system() -> None:
    tmpfs = host()["Tmpfs"]

    assert "size=16m" in tmpfs["/data"]
    assert "size=64m" in tmpfs["/tmp"]
    assert "nr_inodes=4096" in tmpfs["/tmp"]


def test_memory_has_no_swap_and_processes_have_a_limit() -> None:
    config = host(replace(SPEC, limits=Limits(memory_mib=512, pids=99, cores=(1, 3))))

    assert config["Memory"] == config["MemorySwap"] == 512 * 1024 * 1024
    assert config["PidsLimit"] == 99
    assert config["CpusetCpus"] == "1,3"
    assert "NanoCpus" not in config
    assert "CpuQuota" not in config


def test_our_labels_win_and_the_images_health_check_is_off() -> None:
    assert arguments()["labels"] == {"assay.run": "run1"}
    assert arguments()["healthcheck"] == {"test": ["NONE"]}


def test_the_engine_keeps_no_log_and_never_restarts() -> None:
    assert host()["LogConfig"]["Type"] == "none"
    assert not host().get("RestartPolicy", {}).get("Name")


def test_without_a_network_there_is_none() -> None:
    assert host()["NetworkMode"] == "none"


def test_a_stand_in_is_known_by_name_and_by_the_url_variable() -> None:
    outward = Outward(Network("ref", "app", "run1"), 3, 9000, "BUREAU_URL")
    spec = replace(SPEC, outward={"bureau": outward}, environment={"A": "1"})
    place = replace(PLACE, network="net", address="10.213.0.2", hosts={"bureau": "10.213.0.3"})

    assert arguments(spec, place)["environment"] == {"A": "1", "BUREAU_URL": "http://bureau:9000"}
    assert host(spec, place)["ExtraHosts"] == ["bureau:10.213.0.3"]


def test_a_command_replaces_entrypoint_and_arguments() -> None:
    given = arguments(replace(SPEC, command=("python3", "-c", "pass")))

    assert (given["entrypoint"], given["command"]) == (["python3"], ["-c", "pass"])
    assert "entrypoint" not in arguments()


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (replace(SPEC, files={"/x": b""}), "read-only"),
        (replace(SPEC, limits=Limits(memory_mib=4)), "memory"),
        (replace(SPEC, limits=Limits(cores=(0, 9))), "cores"),
        (replace(SPEC, trusted=True, files={"/tmp/x": b""}), "hidden"),
    ],
)
def test_what_cannot_be_enforced_is_refused(spec: ContainerSpec, why: str) -> None:
    with pytest.raises(SpecRefused, match=why):
        refuse_impossible(spec, host_cores=2)


def test_placed_files_belong_to_us_and_system_folders_are_left_as_they_are() -> None:
    packed = archive({"/probe/harness/rows": b"1", "/etc/ours/plan": b"2"})

    with tarfile.open(fileobj=BytesIO(packed)) as tar:
        entries = {e.name: e for e in tar}
    assert sorted(entries) == [
        "etc/ours/plan",
        "probe",
        "probe/harness",
        "probe/harness/rows",
    ]
    assert {e.uid for e in entries.values()} == {TRUSTED_UID}


@pytest.mark.parametrize("path", ["relative", "/up/../etc/passwd"])
def test_a_file_path_that_could_lead_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(SpecRefused, match="absolute"):
        archive({path: b""})
