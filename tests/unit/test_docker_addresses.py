"""Which subnet and which address: chosen by us, free, and the same every time."""

from ipaddress import IPv4Network
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_sandbox.docker_network import (
    POOL,
    engine_subnets,
    free_subnets,
    host_address,
    host_routes,
)
from assay_sandbox.errors import SpecRefused

ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
br-1\t1000D50A\t00000000\t0001\t0\t0\t0\tF0FFFFFF\t0\t0\t0
"""


def test_a_host_number_is_always_the_same_address() -> None:
    assert host_address(IPv4Network("10.213.4.16/28"), 2) == "10.213.4.18"


@pytest.mark.parametrize("number", [-1, 0, 1, 14, 15])
def test_numbers_of_the_gateway_and_the_engine_are_refused(number: int) -> None:
    with pytest.raises(SpecRefused, match="host number"):
        host_address(IPv4Network("10.213.4.16/28"), number)


def test_routes_of_the_host_are_read_and_the_default_route_is_not_one() -> None:
    assert host_routes(ROUTES) == [IPv4Network("10.213.0.16/28")]


def test_subnets_of_the_engine_are_read_and_ipv6_is_skipped() -> None:
    networks = [
        {"IPAM": {"Config": [{"Subnet": "172.17.0.0/16"}, {"Subnet": "fd00::/64"}]}},
        {"IPAM": {"Config": None}},
    ]

    assert engine_subnets(networks) == [IPv4Network("172.17.0.0/16")]


@given(key=st.text(max_size=20))
def test_a_chosen_subnet_touches_nothing_that_is_taken(key: str) -> None:
    taken = [IPv4Network("10.213.0.0/17"), IPv4Network("10.213.200.0/24")]

    for subnet in islice(free_subnets(taken, key), 5):
        assert subnet.subnet_of(POOL)
        assert subnet.prefixlen == 28
        assert not any(subnet.overlaps(other) for other in taken)


def test_every_free_subnet_is_offered_once() -> None:
    assert len(set(free_subnets([], "x"))) == 4096


def test_a_full_pool_offers_nothing() -> None:
    assert list(free_subnets([IPv4Network("10.0.0.0/8")], "x")) == []
