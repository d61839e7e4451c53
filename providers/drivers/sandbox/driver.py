"""The driver of the sandbox PSP: the smallest complete example of a driver."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from paymenthub.kernel import clock
from providers.errors import InvalidProviderData, OutcomeUnknown, Rejected, Unavailable
from providers.exchange import rejected, send_json
from providers.port import Call, Driver
from providers.types import (
    Account,
    CancelRequest,
    CaptureRequest,
    EventsPage,
    EventsRequest,
    Feature,
    FetchRequest,
    InboundRequest,
    Notification,
    Operation,
    Outcome,
    PayRequest,
    Reference,
    RefundRequest,
    Subject,
    SubscriptionRequest,
    Verdict,
)

from . import config, mapping, subscriptions, webhook

T = TypeVar("T")


class SandboxDriver(Driver):
    """Sandpay, the PSP that comes with the hub: no real money."""

    code = "sandbox"
    display_name = "Sandbox"
    operations = frozenset(
        {
            Operation.PAY,
            Operation.AUTHORIZE,
            Operation.CAPTURE,
            Operation.CANCEL,
            Operation.EXPIRE,
            Operation.REFUND,
            Operation.FETCH,
            Operation.FETCH_REFUND,
            Operation.NOTIFICATION,
            Operation.LIST_EVENTS,
            Operation.SUBSCRIPTION_SCHEDULE,
            Operation.SUBSCRIPTION_START,
            Operation.SUBSCRIPTION_PAY,
            Operation.SUBSCRIPTION_UPDATE,
            Operation.SUBSCRIPTION_FETCH,
            Operation.SUBSCRIPTION_EXPIRE,
            Operation.LINK_CREATE,
            Operation.LINK_EXPIRE,
        }
    )
    features = frozenset(
        {
            Feature.PARTIAL_CAPTURE,
            Feature.MULTIPLE_CAPTURES,
            Feature.PARTIAL_REFUND,
            Feature.LOOKUP_BY_KEY,
            Feature.TEST_CLOCK,
        }
    )
    methods = tuple(mapping.METHODS)
    intervals = subscriptions.INTERVALS
    config_fields = config.FIELDS
    idempotency_window = timedelta(hours=24)
    checks_connection = True

    def check_pay(self, request: PayRequest) -> None:
        """Refuse what the sandbox could not take."""
        token = request.provider_data.get("token")
        if token is not None and not (isinstance(token, str) and token.startswith("tok_") and len(token) <= 64):
            raise InvalidProviderData("token must be a text that starts with tok_.", param="token")
        if len(request.shop_reference) > mapping.REFERENCE_LIMIT:
            raise InvalidProviderData(
                f"The sandbox takes references of at most {mapping.REFERENCE_LIMIT} characters.",
                param="shopTransactionId",
            )

    def pay(self, call: Call, request: PayRequest) -> Verdict:
        """Charge a token, or open a hosted page."""
        return self._create(call, request, capture="automatic")

    def authorize(self, call: Call, request: PayRequest) -> Verdict:
        """Hold money on a token, or open a hosted page that does."""
        return self._create(call, request, capture="manual")

    def capture(self, call: Call, request: CaptureRequest) -> Verdict:
        """Take held money."""
        body = mapping.encode_capture(request, call.attempt_reference)
        return mapping.decode_capture(
            self._post(call, f"/v1/payments/{_payment_id(request.references)}/captures", body)
        )

    def cancel(self, call: Call, request: CancelRequest) -> Verdict:
        """Release held money, or the rest of what was captured in part."""
        said = mapping.decode_payment(self._post(call, f"/v1/payments/{_payment_id(request.references)}/cancel", {}))
        # A payment that was captured in part stays «paid»: that the call was taken is the answer.
        return replace(said, subject=Subject.CANCEL) if said.outcome is Outcome.SUCCEEDED else said

    def expire(self, call: Call, request: CancelRequest) -> Verdict:
        """Close the hosted page."""
        return mapping.decode_payment(self._post(call, f"/v1/payments/{_payment_id(request.references)}/expire", {}))

    def refund(self, call: Call, request: RefundRequest) -> Verdict:
        """Give money back."""
        data = self._post(
            call, f"/v1/payments/{_payment_id(request.references)}/refunds", mapping.encode_refund(request)
        )
        return mapping.decode_refund(data)

    def check_subscription(self, request: SubscriptionRequest, operation: Operation | None = None) -> None:
        """Refuse a subscription that the sandbox could not take."""
        subscriptions.check(request)
        if request.pay is not None:
            self.check_pay(request.pay)

    def subscription_schedule(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Charge a token, or open a hosted page; the sandbox charges by itself from then on."""
        body = subscriptions.encode_schedule(request, call.attempt_reference)
        return subscriptions.decode_scheduled(self._post(call, "/v1/subscriptions", body))

    def subscription_start(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Charge a token, or open a hosted page, and keep the means under a token that is good once this is paid."""
        body = subscriptions.encode_start(request, call.attempt_reference)
        return mapping.decode_payment(self._post(call, "/v1/payments", body))

    def subscription_pay(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Charge a kept token."""
        body = subscriptions.encode_charge(request, call.attempt_reference)
        return mapping.decode_payment(self._post(call, "/v1/payments", body))

    def subscription_update(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Change a subscription that the sandbox runs; of a kept token there is nothing to change."""
        body = subscriptions.encode_update(request)
        return subscriptions.decode(self._post(call, f"/v1/subscriptions/{request.token}", body))

    def subscription_fetch(self, call: Call, request: SubscriptionRequest) -> tuple[Verdict, ...]:
        """Read a subscription with its newest 100 charges, or a kept token."""
        kept = subscriptions.is_kept(request.token)
        data = self._read(call, f"/v1/{'tokens' if kept else 'subscriptions'}/{request.token}")
        if data is None:
            return (Verdict(Subject.SUBSCRIPTION, Outcome.NOT_FOUND),)
        if kept:
            return (_readable(lambda: subscriptions.decode_token(data)),)
        return _readable(lambda: subscriptions.decode_all(data))

    def subscription_expire(self, call: Call, request: SubscriptionRequest) -> Verdict:
        """Cancel a subscription, or give a kept token up."""
        if subscriptions.is_kept(request.token):
            return subscriptions.decode_token(self._post(call, f"/v1/tokens/{request.token}/revoke", {}))
        body = {"at_period_end": request.at_period_end}
        return subscriptions.decode(self._post(call, f"/v1/subscriptions/{request.token}/cancel", body))

    def move_test_clock(self, call: Call, to: datetime) -> datetime:
        """Move the account's clock on, by at most 400 days at a time; a moment that is over changes nothing."""
        told = self._post(call, "/test-clock", {"advance_to": to.isoformat()})
        moment = mapping.moment(told.get("now")) if isinstance(told, dict) else None
        if moment is None:
            raise OutcomeUnknown("The provider's clock cannot be read.")
        return moment

    def link_create(self, call: Call, request: PayRequest) -> Verdict:
        """Make a link whose page offers every method."""
        body = mapping.encode_link(request, call.attempt_reference)
        return mapping.decode_link(self._post(call, "/v1/links", body))

    def link_expire(self, call: Call, request: CancelRequest) -> Verdict:
        """End a link by which nobody has paid."""
        link_id = _named("link", request.references)
        return mapping.decode_link(self._post(call, f"/v1/links/{link_id}/expire", {}))

    def fetch(self, call: Call, request: FetchRequest) -> tuple[Verdict, ...]:
        """Read a payment by its id, or by the key it was made with."""
        known = [reference.value for reference in request.references if reference.kind == "payment"]
        if known:
            found = [self._read(call, f"/v1/payments/{known[0]}")]
        else:
            listed = self._read(call, "/v1/payments", {"idempotency_key": call.idempotency_key})
            if not isinstance(listed, dict) or not isinstance(listed.get("data"), list):
                raise Unavailable("The provider's list of payments cannot be read.")
            found = listed["data"]
        if not found or found[0] is None:
            return (Verdict(Subject.PAYMENT, Outcome.NOT_FOUND),)
        return _readable(lambda: (mapping.decode_payment(found[0]), *_parts(found[0])))

    def fetch_refund(self, call: Call, request: FetchRequest) -> Verdict:
        """Read a refund by its id."""
        known = [reference.value for reference in request.references if reference.kind == "refund"]
        data = self._read(call, f"/v1/refunds/{known[0]}")
        if data is None:
            return Verdict(Subject.REFUND, Outcome.NOT_FOUND)
        return _readable(lambda: mapping.decode_refund(data))

    def list_events(self, call: Call, request: EventsRequest) -> EventsPage:
        """Read the events since a moment, oldest first."""
        query = {"created_from": request.since.isoformat()} | ({"after": request.cursor} if request.cursor else {})
        listed = self._read(call, "/v1/events", query)
        if not isinstance(listed, dict) or not isinstance(listed.get("data"), list):
            raise Unavailable("The provider's list of events cannot be read.")
        return webhook.read_page(listed["data"], has_more=listed.get("has_more") is True)

    def check_connection(self, call: Call) -> str:
        """List the newest events."""
        listed = self._read(call, "/v1/events", {"created_from": clock.now().isoformat()})
        if listed is None or not isinstance(listed.get("data"), list):
            raise Unavailable("Something answered, but not as the sandbox PSP does.")
        return "The sandbox PSP took the key."

    def notification(self, account: Account, request: InboundRequest, tolerance: timedelta) -> Notification:
        """Verify and read a notification."""
        secrets = [account.config[name] for name in ("webhook_secret", "webhook_secret_2") if account.config.get(name)]
        webhook.verify(request, secrets, tolerance)
        return webhook.read(request)

    def _create(self, call: Call, request: PayRequest, *, capture: str) -> Verdict:
        body = mapping.encode_payment(request, call.attempt_reference, capture=capture)
        return mapping.decode_payment(self._post(call, "/v1/payments", body))

    def _post(self, call: Call, path: str, body: Mapping[str, Any]) -> Any:
        headers = {**_authorization(call.account), "Idempotency-Key": call.idempotency_key}
        url = f"{_base(call.account)}{path}"
        status, data = send_json(call, "POST", url, headers=headers, body=body, moves_money=True)
        if status == 409 and _code(data) == "request_in_progress":
            raise OutcomeUnknown("The provider is still working on this request.", psp_code="request_in_progress")
        if status >= 400:
            raise _refusal(status, data)
        return data

    def _read(self, call: Call, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Read one thing; None where the PSP itself (and no proxy before it) says that there is none."""
        url = f"{_base(call.account)}{path}"
        status, data = send_json(call, "GET", url, headers=_authorization(call.account), query=query, moves_money=False)
        if status == 404 and _code(data) == "not_found":
            return None
        if status >= 400:
            raise _refusal(status, data)
        if not isinstance(data, dict):
            raise Unavailable("The provider's answer cannot be read.")
        return data


def _readable(decode: Callable[[], T]) -> T:
    """Decode the answer to a read: where it cannot be read, nothing is known and nothing has happened."""
    try:
        return decode()
    except OutcomeUnknown as error:
        raise Unavailable(error.message) from None


def _base(account: Account) -> str:
    return account.config["base_url"].rstrip("/")


def _authorization(account: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {account.config['api_key']}"}


def _payment_id(references: tuple[Reference, ...]) -> str:
    return _named("payment", references)


def _named(kind: str, references: tuple[Reference, ...]) -> str:
    for reference in references:
        if reference.kind == kind:
            return reference.value
    raise Rejected(f"The provider's id of the {kind} is not known.", psp_code="no_reference")


def _parts(data: Any) -> list[Verdict]:
    """Read the captures and refunds that a payment lists."""
    whose = {"payment": data["id"], "account": data.get("account"), "live": data.get("live")}
    captures = [mapping.decode_capture({**whose, **part}) for part in data.get("captures", [])]
    return captures + [mapping.decode_refund(part) for part in data.get("refunds", [])]


def _code(data: Any) -> str:
    error = data.get("error") if isinstance(data, dict) else None
    return str(error.get("code") or "") if isinstance(error, dict) else ""


def _refusal(status: int, data: Any) -> Rejected:
    error = data.get("error") if isinstance(data, dict) else None
    details = error if isinstance(error, dict) else {}
    return rejected(status, details.get("code"), details.get("message"), str(details.get("request_id") or ""))
