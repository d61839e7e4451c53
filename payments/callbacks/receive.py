"""PSP → us: verify, keep, answer 2xx; understanding comes after."""

import datetime as dt
import logging
import uuid
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from paymenthub.kernel import clock
from paymenthub.kernel.errors import HubError, MalformedRequest, NotFound, PayloadTooLarge, as_body
from payments import metrics
from payments.inbox.keep import keep
from payments.models import ProviderAccount
from payments.selectors import accounts
from payments.tasks.inbox import process_inbox
from payments.tasks.nudge import nudge
from providers import registry
from providers.errors import WebhookRejected
from providers.port import Driver
from providers.types import InboundRequest, Notification, Operation

logger = logging.getLogger(__name__)

_MOST_ACCOUNTS = 50
"""How many accounts of a provider are tried when the path names none; beyond it the opaque path must be used."""


@csrf_exempt
@require_http_methods(["GET", "POST"])
def by_token(request: HttpRequest, token: str) -> HttpResponse:
    """Take a notification at an account's own opaque path."""
    account = ProviderAccount.objects.filter(webhook_token=token).first()
    if account is None:
        return _refuse(request, NotFound("There is nothing here."))
    return _take(request, account.provider, [account])


@csrf_exempt
@require_http_methods(["GET", "POST"])
def by_provider(request: HttpRequest, provider: str, suffix: str = "") -> HttpResponse:
    """Take a notification at a provider's common path: whose it is, the signature tells."""
    known = next((driver for driver in registry.all_drivers() if driver.code == provider), None)
    declared = known is not None and (not suffix or any(path.suffix == suffix for path in known.callback_paths))
    if not declared:
        return _refuse(request, NotFound("There is nothing here."))
    return _take(
        request, provider, ProviderAccount.objects.filter(provider=provider).order_by("created_at")[:_MOST_ACCOUNTS]
    )


def _take(request: HttpRequest, provider: str, candidates: Iterable[ProviderAccount]) -> HttpResponse:
    driver = registry.get(provider)
    if Operation.NOTIFICATION not in driver.operations:
        return _refuse(request, NotFound("This provider sends no notifications."))
    try:
        inbound = _inbound(request)
    except HubError as error:
        metrics.received_callback(provider, metrics.CallbackOutcome.REFUSED)
        return _refuse(request, error)
    found = _verify(driver, inbound, candidates)
    if found is None:
        metrics.received_callback(provider, metrics.CallbackOutcome.REFUSED)
        logger.warning("a notification did not verify and was refused", extra={"provider": provider})
        return _refuse(request, MalformedRequest("The notification does not verify."))
    account, notification = found
    message = keep(account, inbound, notification)
    kept = metrics.CallbackOutcome.DUPLICATE if message is None else metrics.CallbackOutcome.ACCEPTED
    metrics.received_callback(provider, kept)
    if message is not None:
        nudge(process_inbox, str(message.id))
    return HttpResponse(status=200)


def _inbound(request: HttpRequest) -> InboundRequest:
    """Read the request, at most WEBHOOK_MAX_BYTES of it. Raises PayloadTooLarge or MalformedRequest."""
    limit = settings.WEBHOOK_MAX_BYTES
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise PayloadTooLarge(f"A notification may have {limit} bytes.")
    try:
        body = request.read(limit + 1)
    except (OSError, RawPostDataException):
        raise MalformedRequest("The body could not be read.") from None
    if len(body) > limit:
        raise PayloadTooLarge(f"A notification may have {limit} bytes.")
    return InboundRequest(
        method=request.method or "POST",
        body=body,
        headers={name.lower(): value for name, value in request.headers.items()},
        query={name: value for name, value in request.GET.items() if isinstance(value, str)},
        received_at=clock.now(),
        path=request.path[:255],
    )


def _verify(
    driver: Driver, inbound: InboundRequest, candidates: Iterable[ProviderAccount]
) -> tuple[ProviderAccount, Notification] | None:
    tolerance = dt.timedelta(seconds=settings.WEBHOOK_TOLERANCE)
    for account in candidates:
        for settings_of_account in accounts.opened_for_notifications(account):
            try:
                return account, driver.notification(settings_of_account, inbound, tolerance)
            except WebhookRejected:
                continue
    return None


def _refuse(request: HttpRequest, error: HubError) -> HttpResponse:
    request_id = request.META.get("hub.request_id") or uuid.uuid4().hex
    return JsonResponse(as_body(error, request_id), status=error.status)
