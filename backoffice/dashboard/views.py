"""What the dashboard's buttons ask for: a chart's numbers as a file, and another arrangement."""

from typing import cast

from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from backoffice.services.dashboard_layout import Move, arrange

from .catalogue import CARDS
from .choice import read
from .numbers import Numbers
from .page import PERMISSION


@require_safe
def chart_csv(request: HttpRequest, key: str) -> HttpResponse:
    """Answer a chart's table as a file; the address is the page's own."""
    _check(request)
    if key not in CARDS:
        raise Http404
    choice = read(request.GET, request.user)
    text = CARDS[key].make(Numbers(choice)).table.csv()
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    days = f"{choice.period.first}_{choice.period.last}"
    response["Content-Disposition"] = f'attachment; filename="{key}_{choice.mode}_{days}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def arrange_cards(request: HttpRequest) -> HttpResponse:
    """Move, hide or show a card, and go back to the page as it was."""
    _check(request)
    try:
        move = Move(request.POST.get("move", ""))
    except ValueError:
        raise BadRequest from None
    arrange(cast("User", request.user), list(CARDS), card=request.POST.get("card", ""), move=move)
    query = read(request.GET, request.user).query(arrange="1")
    return HttpResponseRedirect(f"{reverse('admin:index')}?{query}#dashboard")


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
