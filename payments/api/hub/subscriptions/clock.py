"""GET and POST /v1/test-clock: what time it is for a project's test mode."""

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api.hub.access import MAY_ACT, MAY_READ
from payments.api.idempotent import perform_without_attempt
from payments.api.schema import Operation, documented
from payments.api.typed import read
from payments.api.views import HubAPIView, caller
from payments.models import Project
from payments.selectors.project_clock import project_now
from payments.services.subscriptions.test_clock import advance

from . import examples

_ERRORS = (errors.Busy,)


class TestClock(msgspec.Struct, rename="camel", kw_only=True):
    """What time it is for the project's test mode. Live mode has the real one, always."""

    now: dt.datetime
    offset_seconds: Annotated[int, Meta(description="How far it was put forward.")]
    timezone: str


class AdvanceClock(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """To which moment it is put forward; it never goes back."""

    to: Annotated[dt.datetime, Meta(tz=True, description="With its offset.", examples=["2027-03-31T12:00:00Z"])]


class TestClockView(HubAPIView):
    """Show the clock, and put it forward."""

    required_scopes = {"GET": MAY_READ, "POST": MAY_ACT}

    @documented(
        Operation(
            id="get_test_clock",
            summary="Read the test clock",
            description="Test-mode keys only: live mode has the real time (403).",
            tag="Subscriptions",
            response=TestClock,
            response_examples=examples.CLOCKS,
            errors=_ERRORS,
        )
    )
    def get(self, request: Request) -> Response:
        """Show it."""
        return Response(_shown(_test_project(request)))

    @documented(
        Operation(
            id="advance_test_clock",
            summary="Put the test clock forward",
            description="Puts the time of the project's test mode forward, and that of the sandbox provider with it: renewals "
            "that fall due on the way are charged by this call, in their order. After 500 of them it stops where it is: the answer "
            "says how far it came; send it again. It never goes back. Test-mode keys only (403).",
            tag="Subscriptions",
            request=AdvanceClock,
            response=TestClock,
            request_examples=examples.ADVANCES,
            response_examples=examples.CLOCKS,
            errors=(
                *_ERRORS, errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge,
                errors.UnsupportedMediaType, errors.Conflict, errors.WrongState, errors.ProviderUnavailable,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Put it forward."""

        def work() -> tuple[TestClock, bool]:
            body = read(request.data, AdvanceClock)
            project = _test_project(request)
            return _shown(advance(project.id, to=body.to)), True

        return perform_without_attempt(request, work)


def _test_project(request: Request) -> Project:
    key = caller(request)
    if key.mode != "test":
        raise errors.Forbidden("Only test mode has a test clock: use a key of test mode.")
    return Project.objects.get(pk=key.project.id)


def _shown(project: Project) -> TestClock:
    return TestClock(
        now=project_now(project, "test"),
        offset_seconds=int(project.clock_offset.total_seconds()),
        timezone=project.timezone,
    )
