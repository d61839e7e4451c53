"""End sessions of one's own."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.models import StaffSession
from backoffice.services import sessions

from .acting import by_request


@require_POST
def end_mine(request: HttpRequest) -> HttpResponse:
    """End the session that is named, or all others."""
    mine = StaffSession.objects.filter(user=by_request(request).user).exclude(key=request.session.session_key or "")
    named = request.POST.get("session", "")
    if named == "others":
        for row in mine:
            sessions.end_session(row)
        messages.success(request, _("All your other sessions have ended."))
    else:
        sessions.end_session(get_object_or_404(mine, pk=int(named) if named.isdecimal() and len(named) < 18 else 0))
        messages.success(request, _("The session has ended."))
    return HttpResponseRedirect(reverse("people:account"))
