"""S52: customers are sent to the merchant's own pages only."""

import pytest

from payments.domain.redirects import problem_of_browsers, problem_of_host, problem_of_servers

HOSTS = ("shop.example", "*.shop.example", "localhost:8080")


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/thanks?a=b#c",
        "https://shop.example:8443/",
        "https://SHOP.example./",
        "https://www.shop.example/",
        "http://a.b.shop.example/",
        "http://localhost:8080/",
    ],
)
def test_s52_what_is_listed_may_be_used_by_servers_and_browsers(url):
    assert (problem_of_servers(url, HOSTS), problem_of_browsers(url, HOSTS)) == ("", "")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/shop.example",
        "https://shop.example.evil.example/",
        "https://evilshop.example/",
        "https://shop.example@evil.example/",
        "https://evil.example#shop.example",
        "https://evil.example\\@shop.example/",
        "//shop.example/",
        "/thanks",
        "javascript:alert(1)//shop.example",
        "https://shop.example\n.evil.example/",
        "http://localhost/",
        "http://localhost:8081/",
        "https://xn--shop-example/",
        "",
    ],
)
def test_s52_everything_else_is_refused_from_both(url):
    assert problem_of_servers(url, HOSTS)
    assert problem_of_browsers(url, HOSTS)


def test_s52_without_a_list_servers_may_name_any_page_and_browsers_none():
    assert problem_of_servers("https://anywhere.example/", ()) == ""
    assert problem_of_browsers("https://anywhere.example/", ()) != ""


@pytest.mark.parametrize(
    "entry", ["shop.example", "*.shop.example", "localhost:8080", "127.0.0.1", "xn--bcher-kva.example"]
)
def test_hosts_that_may_be_listed(entry):
    assert problem_of_host(entry) == ""


@pytest.mark.parametrize(
    "entry",
    ["", "*", "*.example", "Shop.example", "https://shop.example", "shop.example/", "a..b", "*.*.a", "bücher.example"],
)
def test_hosts_that_may_not(entry):
    assert problem_of_host(entry)
