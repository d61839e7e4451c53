"""Whose request it is (S63): X-Forwarded-For counts as far as trusted proxies wrote it."""

import pytest

from paymenthub.kernel.client_address import bucket_of, client_address, problem


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "found"),
    [
        ("203.0.113.9", "", [], "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", [], "203.0.113.9"),  # a stranger's header proves nothing
        ("203.0.113.9", "198.51.100.1", ["10.0.0.0/8"], "203.0.113.9"),
        ("10.0.0.2", "198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.2", "6.6.6.6, 198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),  # forged by the client itself
        ("10.0.0.2", "6.6.6.6, 198.51.100.1, 10.0.0.3", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.2", "10.0.0.3", ["10.0.0.0/8"], "10.0.0.3"),
        ("10.0.0.2", "", ["10.0.0.0/8"], "10.0.0.2"),
        ("10.0.0.2", "6.6.6.6, nonsense", ["10.0.0.0/8"], "10.0.0.2"),
        ("10.0.0.2", "6.6.6.6, unknown, 10.0.0.3", ["10.0.0.0/8"], "10.0.0.3"),
        ("10.0.0.2", "198.51.100.1", [], ""),  # a proxy that nobody named
        ("10.0.0.2", "", [], "10.0.0.2"),
        ("", "198.51.100.1", [], ""),
        ("", "198.51.100.1", ["unix"], "198.51.100.1"),
        ("::ffff:203.0.113.9", "", [], "203.0.113.9"),
        ("2001:db8::2", "2001:db8:1::5", ["2001:db8::/64"], "2001:db8:1::5"),
        ("nonsense", "198.51.100.1", ["10.0.0.0/8"], ""),
    ],
)
def test_s63_the_client_is_whom_the_last_trusted_hop_saw(peer, forwarded, trusted, found):
    assert client_address({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}, trusted) == found


def test_a_long_chain_costs_no_more_than_its_end():
    chain = ", ".join(["10.0.0.1"] * 100_000)
    assert client_address({"REMOTE_ADDR": "10.0.0.2", "HTTP_X_FORWARDED_FOR": chain}, ["10.0.0.0/8"]) == "10.0.0.1"


@pytest.mark.parametrize(
    ("address", "bucket"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("x", ""),
    ],
)
def test_an_ipv6_customer_is_counted_by_the_network(address, bucket):
    assert bucket_of(address) == bucket


def test_a_wrong_proxy_is_named():
    assert problem(["10.0.0.0/8", "unix", "2001:db8::1"]) == ""
    assert problem(["proxy.internal"]) == "'proxy.internal' is no address and no network"
