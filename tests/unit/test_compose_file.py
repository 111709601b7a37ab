"""What docker-compose.yml promises, without starting anything."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from assay.bootstrap.driven_process import SECRETS
from assay_sandbox.dockerignore import is_ignored, read_patterns

ROOT = Path(__file__).parents[2]
SOCKETS = ("docker.sock", "containerd.sock", "podman.sock")
NEWER_THAN_1_29 = {"name", "include", "develop", "start_interval", "cgroup", "attach"}


def read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / name).read_text())
    return loaded


COMPOSE = read("docker-compose.yml")
SERVICES: dict[str, Any] = COMPOSE["services"]
OVERRIDE = ROOT / "docker-compose.host-engine.yml"
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboards/assay.json").read_text())


def words(value: object) -> str:
    return json.dumps(value)


def keys(value: object) -> set[str]:
    """Every key, at whatever depth."""
    if isinstance(value, dict):
        return set(value).union(*(keys(one) for one in value.values()))
    return set().union(*(keys(one) for one in value)) if isinstance(value, list) else set()


def sources(service: str) -> list[str]:
    """What is mounted from outside the container."""
    return [volume.rpartition(":/")[0] for volume in SERVICES[service].get("volumes", [])]


def test_no_service_sees_an_engine_of_the_host() -> None:
    assert not any(socket in words(COMPOSE) for socket in SOCKETS)
    assert not {"privileged", "devices", "pid", "ipc", "network_mode"} & keys(SERVICES)


def test_nothing_of_the_host_is_mounted_but_what_came_with_the_checkout() -> None:
    binds = {s for name in SERVICES for s in sources(name) if s.startswith((".", "/", "$"))}

    assert binds == {
        "${ASSAY_SECRETS_DIR:-./deploy/secrets}",
        "./deploy/prometheus",
        "./deploy/grafana/provisioning",
        "./deploy/grafana/dashboards",
        "${ASSAY_CHALLENGES_DIR:-./challenges}",
    }


def test_what_comes_from_the_checkout_can_only_be_read() -> None:
    mounts = [v for s in SERVICES.values() for v in s.get("volumes", []) if v[0] in "./$"]

    assert [mount for mount in mounts if not mount.endswith(":ro")] == []


def test_the_file_that_hands_over_the_hosts_engine_says_so_first() -> None:
    first = OVERRIDE.read_text().splitlines()[:4]

    assert "docker.sock" in OVERRIDE.read_text()
    assert any(line.isupper() and "OWN CONTAINER ENGINE" in line for line in first)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_restarted_watched_limited_and_writes_bounded_logs(name: str) -> None:
    service = SERVICES[name]
    log = service["logging"]["options"]

    assert service["restart"] == "unless-stopped"
    assert service["init"] is True
    assert service["healthcheck"]["test"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert log["max-size"]
    assert log["max-file"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_has_a_version(name: str) -> None:
    image = SERVICES[name]["image"]
    tag = image.rpartition(":")[2] if "}" not in image else re.split(r":-?", image)[-1].rstrip("}")

    assert re.fullmatch(r"\d+\.\d+\.\d+", tag), image


def test_our_images_bear_the_version_of_the_program() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    ours = {s["image"].rpartition(":-")[2] for s in SERVICES.values() if "build" in s}

    assert ours == {f"{version}}}"}


def test_all_that_the_package_is_made_of_gets_into_the_image() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    wheel = build["targets"]["wheel"]
    dockerfile = (ROOT / "deploy/Dockerfile").read_text()
    copied = {
        word for line in re.findall(r"^COPY (.+) /src/", dockerfile, re.M) for word in line.split()
    }
    patterns = read_patterns((ROOT / ".dockerignore").read_text())

    for source in (*wheel["packages"], *wheel["force-include"]):
        assert {source, *map(str, Path(source).parents)} & copied, source
        assert not is_ignored(f"{source}/any.file", patterns), source


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"worker"}))
def test_only_workers_keep_capabilities_and_the_core_that_is_measured(name: str) -> None:
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert SERVICES[name]["cpuset"]
    assert not {"SYS_ADMIN", "NET_ADMIN"} & set(SERVICES[name].get("cap_add", []))


@pytest.mark.parametrize("name", ["database", "web"])
def test_a_server_that_leaves_root_behind_can_still_be_told_to_stop(name: str) -> None:
    assert "KILL" in SERVICES[name]["cap_add"]


def test_the_database_is_on_a_network_without_a_way_out_and_has_no_port() -> None:
    assert SERVICES["database"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert "ports" not in SERVICES["database"]


def test_ports_are_open_to_this_machine_alone_unless_somebody_says_otherwise() -> None:
    ports = [port for s in SERVICES.values() for port in s.get("ports", [])]

    assert len(ports) == 3
    assert all(p.startswith(("127.0.0.1:", "${ASSAY_BIND:-127.0.0.1}:")) for p in ports)


def test_the_database_is_ready_before_the_pages_and_these_before_workers() -> None:
    def waits_for(name: str) -> dict[str, Any]:
        found: dict[str, Any] = SERVICES[name]["depends_on"]
        return found

    assert waits_for("web") == {"database": {"condition": "service_healthy"}}
    assert waits_for("worker") == {"web": {"condition": "service_healthy"}}
    assert SERVICES["web"]["healthcheck"]["test"][-1] == "/readyz"


def test_no_secret_is_in_the_environment_of_a_container() -> None:
    set_here = {name for s in SERVICES.values() for name in s.get("environment", {})}
    url = COMPOSE["x-settings"]["ASSAY_DATABASE_URL"]

    assert set_here & SECRETS == {"ASSAY_DATABASE_URL"}
    assert "passfile=" in url
    assert not re.search(r"//\w+:[^@/]+@", url)


def test_what_operators_watch_is_started_only_when_asked_for() -> None:
    asked = {name for name, s in SERVICES.items() if s.get("profiles") == ["observability"]}

    assert asked == {"prometheus", "machine", "grafana"}


def test_every_variable_is_in_the_example_with_its_default() -> None:
    example = (ROOT / "deploy/env.example").read_text()
    used = dict(re.findall(r"\$\{(\w+)(?::-([^}]*))?\}", (ROOT / "docker-compose.yml").read_text()))
    shown = dict(re.findall(r"^#(\w+)=(.*)$", example, re.M))

    passed_on = {
        n: "" for s in SERVICES.values() for n, v in s.get("environment", {}).items() if v is None
    }

    assert shown == used | passed_on


def test_both_programs_called_compose_can_read_it() -> None:
    assert not NEWER_THAN_1_29 & keys(SERVICES)
    assert set(COMPOSE) <= {"services", "networks", "volumes"} | {
        key for key in COMPOSE if key.startswith("x-")
    }


def test_the_dashboard_reads_from_the_source_that_is_provisioned() -> None:
    sources = read("deploy/grafana/provisioning/datasources/prometheus.yml")["datasources"]
    panels = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]

    assert {panel["datasource"]["uid"] for panel in panels} == {sources[0]["uid"]}
    assert all(target["expr"] for panel in panels for target in panel["targets"])


def test_panels_of_the_dashboard_have_ids_of_their_own_and_do_not_overlap() -> None:
    panels = DASHBOARD["panels"]
    taken = [
        (x, y)
        for p in panels
        for x in range(p["gridPos"]["x"], p["gridPos"]["x"] + p["gridPos"]["w"])
        for y in range(p["gridPos"]["y"], p["gridPos"]["y"] + p["gridPos"]["h"])
    ]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) == 23
