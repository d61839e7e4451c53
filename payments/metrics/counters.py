"""The fourteen counters of the published gateway, by their exact names, and the latency of PSP calls."""

import logging
from collections.abc import Iterable, Mapping

from prometheus_client import Counter, Histogram, disable_created_metrics

from providers.types import Operation, Outcome

from . import words
from .words import ANSWERED, ANY, CALL_OUTCOMES, CallbackOutcome

logger = logging.getLogger(__name__)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for every counter, which nobody asked for and multiprocess mode lacks

_LABELS = ("provider", "payment_method", "outcome")
_TEXTS = {
    "http_payment_created_total": "Payments asked of a provider",
    "http_payment_authorized_total": "Authorisations asked of a provider",
    "http_payment_expired_total": "Payments and links that a provider was asked to end",
    "http_payment_refunded_total": "Refunds asked of a provider",
    "http_payment_link_created_total": "Payment links asked of a provider",
    "http_payment_status_total": "Questions to a provider how a payment or refund stands",
    "http_subscription_authorized_total": "Charges of a subscription asked of a provider",
    "http_subscription_created_total": "Subscriptions asked of a provider",
    "http_subscription_update_total": "Changes, readings and ends of subscriptions asked of a provider",
    "http_callback_total": "Notifications received from providers",
    "http_utils_total": "A provider's own helper calls",
    "http_flow_manager_service_total": "Calls to an outside Flow Manager",
    "http_crud_service_total": "Calls to an outside store of sagas",
    "http_subscription_handler_total": "Calls to an outside subscription handler",
}
COUNTERS: Mapping[str, Counter] = {name: Counter(name, f"{text}.", _LABELS) for name, text in _TEXTS.items()}
COUNTED_AS: Mapping[Operation, str] = {
    Operation.PAY: "http_payment_created_total",
    Operation.AUTHORIZE: "http_payment_authorized_total",
    Operation.CANCEL: "http_payment_expired_total",
    Operation.EXPIRE: "http_payment_expired_total",
    Operation.LINK_EXPIRE: "http_payment_expired_total",
    Operation.REFUND: "http_payment_refunded_total",
    Operation.LINK_CREATE: "http_payment_link_created_total",
    Operation.FETCH: "http_payment_status_total",
    Operation.FETCH_REFUND: "http_payment_status_total",
    Operation.SUBSCRIPTION_PAY: "http_subscription_authorized_total",
    Operation.SUBSCRIPTION_SCHEDULE: "http_subscription_created_total",
    Operation.SUBSCRIPTION_START: "http_subscription_created_total",
    Operation.SUBSCRIPTION_UPDATE: "http_subscription_update_total",
    Operation.SUBSCRIPTION_FETCH: "http_subscription_update_total",
    Operation.SUBSCRIPTION_EXPIRE: "http_subscription_update_total",
    Operation.UTILITY: "http_utils_total",
}
"""Which counter an operation adds to. The published gateway knows no captures: they are in the histogram alone."""
PSP_SECONDS = Histogram(
    "paymenthub_psp_call_seconds",
    "How long calls to providers took.",
    ("provider", "operation", "outcome"),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30),
)
_OUTSIDE_SERVICES = (
    "http_flow_manager_service_total",
    "http_crud_service_total",
    "http_subscription_handler_total",
)
_FIRST_SEEN = tuple(word for word in CALL_OUTCOMES if word not in (ANSWERED, Outcome.REVERSED, Outcome.NOT_FOUND))


def initialise(methods_by_provider: Mapping[str, Iterable[str]]) -> None:
    """Export all fourteen from now on, at zero where nothing was counted, so that a first error is seen as an increase.

    Calling it again adds what is new and resets nothing.
    """
    calls = [COUNTERS[name] for name in dict.fromkeys(COUNTED_AS.values())]
    for provider, methods in methods_by_provider.items():
        for method in methods:
            for counter in calls:
                for outcome in _FIRST_SEEN:
                    counter.labels(words.code(provider), words.code(method), outcome)
        for came in CallbackOutcome:
            COUNTERS["http_callback_total"].labels(words.code(provider), ANY, came.value)
        COUNTERS["http_utils_total"].labels(words.code(provider), ANY, ANSWERED)
    for name in _OUTSIDE_SERVICES:
        COUNTERS[name].labels(ANY, ANY, ANSWERED)


def observe_psp_call(*, provider: str, method: str, operation: str, news: object, seconds: float) -> None:
    """Count one call to a provider by what it was asked and what came of it, and note how long it took.

    `news` is the driver's answer as it is: a verdict, several of them, or a `NoAnswer`. Never raises: by now money may
    have moved, and a count must not cost the verdict.
    """
    try:
        word, outcome = words.operation_word(operation), words.outcome_word(news)
        PSP_SECONDS.labels(words.code(provider), word, outcome).observe(seconds)
        name = COUNTED_AS.get(Operation(word)) if word in words.OPERATIONS else None
        if name is not None:
            COUNTERS[name].labels(words.code(provider), words.code(method) if method else ANY, outcome).inc()
    except Exception:
        logger.exception("a call to a provider could not be counted", extra={"provider": provider})


def received_callback(provider: str, outcome: CallbackOutcome) -> None:
    """Count one notification of a provider that is known here. It is not read yet, so it has no payment method."""
    try:
        COUNTERS["http_callback_total"].labels(words.code(provider), ANY, outcome.value).inc()
    except Exception:
        logger.exception("a notification could not be counted", extra={"provider": provider})


def called_outside(name: str) -> None:
    """Count one call to another service: a Flow Manager, a store of sagas."""
    COUNTERS[name].labels(ANY, ANY, ANSWERED).inc()
