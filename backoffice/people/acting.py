"""Who is behind a request, for the services of people."""

from django.contrib.auth.models import User
from django.http import HttpRequest

from backoffice.requests import address_of
from backoffice.services.by import By


def by_request(request: HttpRequest, note: str = "") -> By:
    """Name the person of a request."""
    assert isinstance(request.user, User)  # noqa: S101 - admin_view lets members of staff in only
    # The user itself, not Django's lazy stand-in.
    user = User.objects.get(pk=request.user.pk)
    return By(user.get_username(), user, address_of(request), note)
