"""The API's documentation: the OpenAPI document and a page to read it, both without a key and without third parties."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .schema import document


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer the OpenAPI document."""
    response = HttpResponse(document(), content_type="application/json")
    response["Access-Control-Allow-Origin"] = "*"  # public, and tools in browsers read it
    return response


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Answer the page."""
    return render(request, "documentation.html")
