"""The product's paths, and one that shows what Django and its middleware cost alone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from paymenthub import urls as product


def bare(request: HttpRequest) -> HttpResponse:
    """Answer at once."""
    return HttpResponse(b"{}", content_type="application/json")


def template(request: HttpRequest) -> HttpResponse:
    """Render a page of ours that needs no database."""
    return render(request, "errors/page.html", {"status": 404, "title": "A title", "advice": "Some words."})


urlpatterns = [path("bench/bare", bare), path("bench/template", template), *product.urlpatterns]
handler400 = product.handler400
handler403 = product.handler403
handler404 = product.handler404
handler500 = product.handler500
