"""What stands between signing in and the pages: the second step, a password of one's own, setting a second factor up."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_otp import DEVICE_ID_SESSION_KEY

from backoffice.models import RolePolicy, SealedTotp
from backoffice.profile import profile_of
from backoffice.services.sessions import note_session

_PREFIX = "/admin/"
SECOND_STEP = "people:second_step"
PASSWORD = "admin:password_change"  # noqa: S105 - the name of a page
SET_UP = "people:second_factor"
_ALWAYS = ("admin:logout", "admin:login", "admin:jsi18n")


class StaffGateMiddleware:
    """Let nobody under /admin/ pass who has a step to take first, and keep the list of sessions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send to the step, or let pass."""
        if not request.path_info.startswith(_PREFIX):
            return self._get_response(request)
        if isinstance(request.user, User) and request.path_info not in map(reverse, _ALWAYS):
            step = step_before(request, request.user)
            if step and request.path_info != reverse(step):
                return _sent_to(request, step)
        response = self._get_response(request)
        if request.user.is_authenticated:
            note_session(request)
        return response


def step_before(request: HttpRequest, user: User) -> str:
    """Name the page that the person has to pass first; nothing where all is done."""
    device, asked = _factor(user)
    if device is not None and request.session.get(DEVICE_ID_SESSION_KEY) != SealedTotp(pk=device).persistent_id:
        return SECOND_STEP
    profile = profile_of(user)
    if profile is not None and profile.must_change_password:
        return PASSWORD
    return SET_UP if device is None and asked else ""


def must_have_factor(user: User) -> bool:
    """Tell whether a role of the person, or the hub, asks for a second factor."""
    return _factor(user)[1]


def _factor(user: User) -> tuple[int | None, bool]:
    devices = SealedTotp.objects.filter(user=OuterRef("pk"), confirmed=True).values("pk")[:1]
    asking = RolePolicy.objects.filter(group__user=OuterRef("pk"), two_factor=True)
    rows = User.objects.filter(pk=user.pk).annotate(device=Subquery(devices), asked=Exists(asking))
    device, asked = rows.values_list("device", "asked").get()
    return device, asked or settings.STAFF_TWO_FACTOR == "all"


def _sent_to(request: HttpRequest, step: str) -> HttpResponse:
    if request.method == "GET":
        return redirect_to_login(request.get_full_path(), reverse(step))
    return HttpResponseRedirect(reverse(step))
