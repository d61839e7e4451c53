"""The first address that everybody opens leads somewhere."""

import pytest
from django.urls import clear_url_caches, resolve

from paymenthub import urls


@pytest.mark.parametrize(
    ("roles", "target"),
    [(["api", "web", "admin"], "/documentation"), (["admin"], "/admin/"), (["web", "admin"], "/admin/")],
)
def test_the_root_leads_to_what_is_served(rf, roles, target):
    found = next(route for route in urls.routes(roles) if getattr(route, "pattern", None) and str(route.pattern) == "")

    response = found.callback(rf.get("/"))

    assert (response.status_code, response["Location"]) == (302, target)


def test_a_process_for_customers_only_has_no_root():
    roots = [route for route in urls.routes(["web"]) if str(route.pattern) == "" and getattr(route, "callback", None)]

    assert roots == []


def test_the_backoffice_is_found_without_its_slash(client):
    clear_url_caches()
    assert resolve("/admin").func is not None
    assert client.get("/admin")["Location"] == "/admin/"
