"""One page for each stage of a payment."""

from collections.abc import Mapping
from typing import Any

from babel import Locale
from django.http import HttpRequest, HttpResponse

from paymenthub.kernel import clock
from paymenthub.kernel.money import MAX_AMOUNT
from payments.domain.checkout import Stage
from payments.models import Payment, PaymentLink
from payments.notifications import writing
from payments.outbound.return_url import back_to_shop, with_outcome
from payments.selectors.checkout import CheckoutStage
from payments.selectors.offered import offered

from .brand import brand_of
from .browser import client_of, way_on
from .guards import Visit
from .languages import locale_for
from .render import page
from .ways import name_of, ways
from .words import Words

_MOST_ITEMS = 50
_REASONS_OF_OURS = {"provider_not_reached": "checkout.not_sent"}


def stage_page(visit: Visit, standing: CheckoutStage, *, notice: str = "", status: int = 200) -> HttpResponse:
    """Show how a payment stands; `notice` is the key of something that must be said first."""
    request, payment = visit.request, visit.payment
    locale = locale_for(request, payment.locale)
    words = Words(locale.language, brand_of(payment.project).own_texts.get(locale.language))
    context = {
        "payment": payment,
        "test_mode": payment.mode == "test",
        "stage": standing.stage.value,
        "base": visit.base,
        "shop_url": back_to_shop(payment) or _unpaid(payment),
        "notice": notice,
        "items": items_of(payment),
    }
    template, more = _parts(request, payment, standing, words, locale)
    return page(request, template, context | dict(more), project=payment.project, locale=locale, status=status)


def _parts(
    request: HttpRequest, payment: Payment, standing: CheckoutStage, words: Words, locale: Locale
) -> tuple[str, Mapping[str, Any]]:
    match standing.stage:
        case Stage.CHOOSE:
            return "checkout/choose.html", {"methods": _ways(request, payment, words)}
        case Stage.AT_PROVIDER:
            return "checkout/at_provider.html", {
                "methods": [each for each in _ways(request, payment, words) if not _is_current(each.value, payment)]
                if payment.in_checkout
                else [],
                "method": name_of(payment.method, words),
                "continue_url": way_on(request, standing.redirect_url, standing.redirect_url_mobile),
            }
        case Stage.PROCESSING:
            return "checkout/processing.html", {}
        case Stage.PAID:
            return "checkout/paid.html", _receipt(payment, standing, words, locale)
        case Stage.FAILED_TRY_AGAIN:
            return "checkout/failed.html", {
                "methods": _ways(request, payment, words),
                "reason": reason_key(standing.reason, words),
            }
        case Stage.FAILED:
            return "checkout/failed.html", {"methods": [], "reason": reason_key(standing.reason, words)}
        case Stage.EXPIRED:
            return "checkout/ended.html", {"title": "checkout.expired_title", "explanation": "checkout.expired_text"}
        case Stage.CANCELLED:
            return "checkout/ended.html", {
                "title": "checkout.cancelled_title",
                "explanation": "checkout.cancelled_text",
            }


def _unpaid(payment: Payment) -> str:
    """Return where a customer goes who does not want to pay now: the shop hears that nothing is decided."""
    url = payment.failure_redirect_url
    return with_outcome(url, payment) if url else ""


def reason_key(reason: str, words: Words) -> str:
    """Name the text for a reason; an unknown word says only that it was declined."""
    if not reason:
        return ""
    key = _REASONS_OF_OURS.get(reason, f"declines.{reason}")
    return key if key in words else "declines.other"


def items_of(payment: Payment | PaymentLink) -> list[dict[str, Any]]:
    """Return what is paid for, as the shop wrote it; amounts that cannot be are left out."""
    basket = payment.additional_data.get("items")
    rows = [row for row in basket if isinstance(row, Mapping)] if isinstance(basket, list) else []
    return [
        {
            "description": writing.line(row.get("description", "")),
            "quantity": writing.line(row.get("quantity", ""), 12),
            "amount": _amount(row.get("amount")),
        }
        for row in rows[:_MOST_ITEMS]
    ]


def _amount(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= MAX_AMOUNT else None


def _ways(request: HttpRequest, payment: Payment, words: Words) -> list[Any]:
    return ways(offered(payment, client=client_of(request)).methods, words)


def _is_current(value: str, payment: Payment) -> bool:
    return value.startswith(f"{payment.provider}/{payment.method}/")


def _receipt(payment: Payment, standing: CheckoutStage, words: Words, locale: Locale) -> dict[str, Any]:
    paid_at = (standing.attempt.decided_at if standing.attempt else None) or clock.now()
    return {
        "authorized": payment.captured == 0,
        "amount": payment.captured or payment.authorized,
        "refunded": payment.refunded_by_us + payment.refunded_elsewhere,
        "method": name_of(payment.method, words),
        "date": writing.moment(paid_at, payment.project.timezone, locale),
    }
