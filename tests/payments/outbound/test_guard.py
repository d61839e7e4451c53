"""Where callbacks may go (S51), with a name server that says what the test wants."""

import socket

import pytest

from payments.outbound.guard import (
    ForbiddenTarget,
    InsecureTarget,
    InvalidTarget,
    UnresolvableTarget,
    check_url,
    resolve,
)

PUBLIC = "93.184.215.14"
PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "::ffff:10.0.0.1",
    "::ffff:93.184.215.14",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "2002:a00:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
]
NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "169.254.1.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%2",
    "ff02::1",
    "fd00:ec2::254",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::1",
]


@pytest.fixture(autouse=True)
def _private_is_refused(settings):
    settings.CALLBACK_ALLOW_PRIVATE = False


def says(*addresses):
    return lambda host, port: list(addresses)


@pytest.mark.parametrize("address", [*PRIVATE, *NEVER])
def test_a_name_that_leads_inside_is_refused(address):
    with pytest.raises(ForbiddenTarget):
        resolve("https://shop.example/hook", look_up=says(address))


@pytest.mark.parametrize("address", [*PRIVATE, *NEVER])
def test_one_address_inside_among_public_ones_refuses_the_name(address):
    with pytest.raises(ForbiddenTarget):
        resolve("https://shop.example/hook", look_up=says(PUBLIC, address))


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::8.8.8.8"])
def test_a_public_address_is_returned_for_pinning(address):
    assert resolve("https://shop.example:8443/hook?a=1", look_up=says(address)) == [address]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "100.64.0.1", "::1", "fd12:3456::1"])
def test_private_addresses_are_taken_where_the_setting_allows_them(settings, address):
    settings.CALLBACK_ALLOW_PRIVATE = True
    assert resolve("http://shop.internal/hook", look_up=says(address)) == [address]


@pytest.mark.parametrize("address", NEVER)
def test_metadata_and_reserved_addresses_are_refused_even_then(settings, address):
    settings.CALLBACK_ALLOW_PRIVATE = True
    with pytest.raises(ForbiddenTarget):
        resolve("http://shop.internal/hook", look_up=says(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]:8000/",
        "http://[::ffff:127.0.0.1]/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://localhost/",
    ],
)
def test_loopback_in_any_spelling_is_refused_by_the_real_resolver(url):
    with pytest.raises(ForbiddenTarget):
        resolve(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example/hook",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "gopher://shop.example/",
        "https://",
        "https:///hook",
        "https://user:pass@shop.example/",
        "https://user@shop.example/",
        "https://@shop.example/",
        "https://shop.example\\@10.0.0.1/",
        "https://shop.example/a b",
        "https://shop.example/\r\nHost: inside",
        "https://shop.example:0/",
        "https://shop.example:99999/",
        "https://shop.example:port/",
        "https://[::1/",
        "https://shop.example/" + "x" * 2000,
    ],
)
def test_what_is_no_plain_web_address_is_refused_before_any_look_up(url):
    def never(host: str, port: int) -> list[str]:
        raise AssertionError("No name server may be asked.")

    with pytest.raises(InvalidTarget):
        resolve(url, look_up=never)


def test_a_name_without_an_address_is_refused_for_now():
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(UnresolvableTarget):
        resolve("https://nowhere.example/", look_up=unknown)
    with pytest.raises(UnresolvableTarget):
        resolve("https://nowhere.example/", look_up=says())


def test_production_takes_https_only(settings):
    settings.HUB_ENVIRONMENT = "production"
    with pytest.raises(InsecureTarget):
        check_url("http://shop.example/")
    assert resolve("https://shop.example/", look_up=says(PUBLIC)) == [PUBLIC]


def test_the_name_server_is_asked_for_the_urls_host_and_port():
    asked = []

    def look_up(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return [PUBLIC]

    resolve("https://Shop.Example/", look_up=look_up)
    resolve("http://shop.example:8080/", look_up=look_up)
    assert asked == [("shop.example", 443), ("shop.example", 8080)]
