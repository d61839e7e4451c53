"""The sandbox PSP for the contract suite: Sandpay itself, as a process of its own behind the recording wire."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from paymenthub.kernel.money import Money
from providers.types import (
    Account,
    CancelRequest,
    CaptureRequest,
    EventsPage,
    EventsRequest,
    FetchRequest,
    Notification,
    Operation,
    Outcome,
    PayRequest,
    Reference,
    RefundRequest,
    Subject,
    Verdict,
)
from tests.providers.contract.bench import Bench
from tests.providers.contract.evidence import Level
from tests.providers.contract.harness import Case, Event, Harness, Heard
from tests.providers.contract.scenarios import MEANINGS, Scenario
from tests.providers.contract.wire import Reply, WireExchange, WireRequest, forwarded
from tests.providers.sandbox_simulator.process import Sandpay
from tests.providers.sandbox_simulator.receiver import Receiver

from . import notifications
from .said import (
    PART,
    PRICE,
    cancel,
    fetch,
    fetch_refund,
    pay_request,
    payment,
    refund,
    refund_request,
    told,
    words_in,
)
from .subscribing import Subscribing

# The last two digits of an amount tell Sandpay what to do: docs/sandbox-psp.md.
DECLINED = {
    Scenario.DECLINED_INSUFFICIENT_FUNDS: Money(1261, "EUR"),
    Scenario.DECLINED_EXPIRED_CARD: Money(1262, "EUR"),
}
PAYMENT_WORDS = {
    "awaiting_customer": Outcome.ACTION_REQUIRED,
    "processing": Outcome.PENDING,
    "authorized": Outcome.AUTHORIZED,
    "paid": Outcome.SUCCEEDED,
    "declined": Outcome.DECLINED,
    "cancelled": Outcome.CANCELLED,
    "expired": Outcome.EXPIRED,
}
REFUND_WORDS = {
    "pending": Outcome.PENDING,
    "succeeded": Outcome.SUCCEEDED,
    "failed": Outcome.DECLINED,
    "reversed": Outcome.REVERSED,
}
SIMULATOR = Path(__file__).resolve().parents[3] / "providers" / "simulators" / "sandbox"


class SandboxHarness(Subscribing, Harness):
    """Sandpay."""

    notes = ("Our own PSP for trials and tests: there is no vendor to prove it against, hence the level «own».",)

    def start(self, folder: Path) -> None:
        self.sandpay = Sandpay(folder / "sandpay.db", "--settle-seconds", "0.05")
        self._receiver = Receiver()
        self._client = httpx.Client(base_url=self.sandpay.url, timeout=10, trust_env=False)

    def close(self) -> None:
        self._client.close()
        self._receiver.close()
        self.sandpay.kill()

    def account(self, base_url: str, name: str) -> Account:
        config = {
            "base_url": base_url,
            "api_key": f"sk_test_{name}_key",
            "webhook_secret": f"whsec_{name}_first",
            "webhook_secret_2": f"whsec_{name}_second",
        }
        wanted = {"id": f"acct_{name}", **{n: config[n] for n in ("api_key", "webhook_secret", "webhook_secret_2")}}
        answer = self.sandpay.desk.post("/control/accounts", json=wanted)
        assert answer.status_code == 201, answer.text
        return Account(f"acct_{name}", live=False, config=config)

    def case(self, scenario: Scenario, bench: Bench, money: Money | None = None) -> Case:
        step = getattr(self, f"_{scenario.value}", None)
        if step is not None:
            request, expected = step(bench, money)
        elif MEANINGS[scenario].operation in (Operation.PAY, Operation.AUTHORIZE):
            request, expected = self._create(scenario, bench, money)
        else:
            raise NotImplementedError(f"{type(self).__name__} has no _{scenario.value}()")
        return Case(request, lambda wire: forwarded(wire, self._client), expected)

    # Pay and authorise

    def _create(self, scenario: Scenario, bench: Bench, money: Money | None) -> tuple[PayRequest, Any]:
        data = {} if "redirect" in scenario.value else {"token": "tok_visa"}
        asked = money or PRICE
        if scenario in DECLINED:
            asked = DECLINED[scenario]
        elif scenario is Scenario.PENDING:
            asked = Money(1267, "EUR")
        elif scenario is Scenario.UNKNOWN_STATUS:
            asked = Money(1277, "EUR")
        request = pay_request(asked, data)
        meaning = MEANINGS[scenario].outcome

        def expected() -> Verdict:
            shown = self.by_reference(bench, request.shop_reference)
            if scenario is Scenario.UNKNOWN_STATUS:
                return payment(shown, Outcome.PENDING, word="under_observation")
            if scenario is Scenario.PENDING:  # it may have settled by the time it is looked up
                return payment(shown, Outcome.PENDING, word="processing")
            assert meaning is not None
            return payment(shown, meaning)

        return request, expected

    def _rejected(self, bench: Bench, money: Money | None) -> tuple[PayRequest, Any]:
        return pay_request(PRICE, {"token": "tok_not-a-token"}), lambda: "invalid_token"

    # Capture, cancel, expire

    def _captured_full(self, bench: Bench, money: Money | None) -> tuple[CaptureRequest, Any]:
        return self._capture(bench, money or PRICE, money or PRICE)

    def _captured_partial(self, bench: Bench, money: Money | None) -> tuple[CaptureRequest, Any]:
        return self._capture(bench, PRICE, PART)

    def _captured_again(self, bench: Bench, money: Money | None) -> tuple[CaptureRequest, Any]:
        return self._capture(bench, PRICE, PART, before=PART)

    def _capture_too_much(self, bench: Bench, money: Money | None) -> tuple[CaptureRequest, Any]:
        return self._capture(bench, PRICE, Money(PRICE.amount + 1, "EUR"))[0], lambda: "amount_too_large"

    def _capture_twice(self, bench: Bench, money: Money | None) -> tuple[CaptureRequest, Any]:
        return self._capture(bench, PRICE, PRICE, before=PRICE)[0], lambda: "wrong_status"

    def _capture_after_cancel(self, bench: Bench, money: Money | None) -> tuple[CaptureRequest, Any]:
        request, _ = self._capture(bench, PRICE, PRICE)
        self.post(bench, f"/v1/payments/{request.references[0].value}/cancel", {})
        return request, lambda: "wrong_status"

    def _capture(
        self, bench: Bench, held: Money, taken: Money, before: Money | None = None
    ) -> tuple[CaptureRequest, Any]:
        made = self.make(bench, held, capture="manual")
        if before is not None:
            self.post(bench, f"/v1/payments/{made['id']}/captures", {"amount": before.amount})
        request = CaptureRequest(taken, (Reference("payment", made["id"]),), made["reference"], final=before is None)

        def expected() -> Verdict:
            capture = self.read(bench, f"/v1/payments/{made['id']}")["captures"][-1]
            return Verdict(
                Subject.CAPTURE,
                Outcome.SUCCEEDED,
                taken,
                references=(Reference("capture", capture["id"]),),
                parent=(Reference("payment", made["id"]),),
                attempt_reference=bench.call.attempt_reference,
                account=bench.account.id,
                live=False,
                occurred_at=datetime.fromisoformat(capture["created"]),
                raw_status="succeeded",
            )

        return request, expected

    def _cancelled(self, bench: Bench, money: Money | None) -> tuple[CancelRequest, Any]:
        made = self.make(bench, PRICE, capture="manual")
        return cancel(made), lambda: payment(self.read(bench, f"/v1/payments/{made['id']}"), Outcome.CANCELLED)

    def _cancel_after_capture(self, bench: Bench, money: Money | None) -> tuple[CancelRequest, Any]:
        return cancel(self.make(bench, PRICE)), lambda: "wrong_status"

    def _expired(self, bench: Bench, money: Money | None) -> tuple[CancelRequest, Any]:
        made = self.make(bench, PRICE, token=None)
        return cancel(made), lambda: payment(self.read(bench, f"/v1/payments/{made['id']}"), Outcome.EXPIRED)

    def _expire_after_paid(self, bench: Bench, money: Money | None) -> tuple[CancelRequest, Any]:
        return cancel(self.make(bench, PRICE)), lambda: "wrong_status"

    # Refund

    def _refunded_full(self, bench: Bench, money: Money | None) -> tuple[RefundRequest, Any]:
        return self._refund(bench, money or PRICE, money or PRICE, Outcome.SUCCEEDED)

    def _refunded_partial(self, bench: Bench, money: Money | None) -> tuple[RefundRequest, Any]:
        return self._refund(bench, PRICE, PART, Outcome.SUCCEEDED)

    def _refunded_in_parts(self, bench: Bench, money: Money | None) -> tuple[RefundRequest, Any]:
        return self._refund(bench, PRICE, Money(PRICE.amount - PART.amount, "EUR"), Outcome.SUCCEEDED, before=PART)

    def _refund_pending(self, bench: Bench, money: Money | None) -> tuple[RefundRequest, Any]:
        return self._refund(bench, PRICE, Money(286, "EUR"), Outcome.PENDING)

    def _refund_failed(self, bench: Bench, money: Money | None) -> tuple[RefundRequest, Any]:
        return self._refund(bench, PRICE, Money(287, "EUR"), Outcome.DECLINED)

    def _refund_too_much(self, bench: Bench, money: Money | None) -> tuple[RefundRequest, Any]:
        request, _ = self._refund(bench, PRICE, Money(PRICE.amount + 1, "EUR"), Outcome.SUCCEEDED)
        return request, lambda: "amount_too_large"

    def _refund_unpaid(self, bench: Bench, money: Money | None) -> tuple[RefundRequest, Any]:
        return refund_request(self.make(bench, PRICE, capture="manual"), PART), lambda: "wrong_status"

    def _refund(
        self, bench: Bench, paid: Money, back: Money, outcome: Outcome, before: Money | None = None
    ) -> tuple[RefundRequest, Any]:
        made = self.make(bench, paid)
        if before is not None:
            self.post(bench, f"/v1/payments/{made['id']}/refunds", {"amount": before.amount})
        request = refund_request(made, back)

        def expected() -> Verdict:
            shown = self.read(bench, f"/v1/payments/{made['id']}")["refunds"][-1]
            return refund({**shown, "status": "pending"} if outcome is Outcome.PENDING else shown, outcome)

        return request, expected

    # Fetch

    def _fetched_paid(self, bench: Bench, money: Money | None) -> tuple[FetchRequest, Any]:
        return self._fetch(bench, Outcome.SUCCEEDED)

    def _fetched_authorized(self, bench: Bench, money: Money | None) -> tuple[FetchRequest, Any]:
        return self._fetch(bench, Outcome.AUTHORIZED, capture="manual")

    def _fetched_waiting(self, bench: Bench, money: Money | None) -> tuple[FetchRequest, Any]:
        return self._fetch(bench, Outcome.ACTION_REQUIRED, token=None)

    def _fetched_by_key(self, bench: Bench, money: Money | None) -> tuple[FetchRequest, Any]:
        made = self.make(bench, PRICE, key=bench.call.idempotency_key)
        request = FetchRequest((), made["reference"], PRICE)
        return request, lambda: told(self.read(bench, f"/v1/payments/{made['id']}"), Outcome.SUCCEEDED)

    def _fetched_with_refund(self, bench: Bench, money: Money | None) -> tuple[FetchRequest, Any]:
        made = self.make(bench, PRICE)
        self.post(bench, f"/v1/payments/{made['id']}/refunds", {"amount": PART.amount, "reference": "rf_1"})

        def expected() -> Heard:
            return told(self.read(bench, f"/v1/payments/{made['id']}"), Outcome.SUCCEEDED)

        return fetch(made), expected

    def _events_listed(self, bench: Bench, money: Money | None) -> tuple[EventsRequest, Any]:
        made = self.make(bench, PRICE)

        def expected() -> Heard:
            listed = self.read(bench, "/v1/events")["data"]
            mine = [event for event in listed if event["data"]["object"]["id"] == made["id"]]
            return EventsPage(
                tuple(
                    Notification(each["id"], each["type"], (payment(each["data"]["object"], Outcome.SUCCEEDED),))
                    for each in mine
                )
            )

        return EventsRequest(datetime.fromisoformat(made["created"])), expected

    def _fetched_unknown_status(self, bench: Bench, money: Money | None) -> tuple[FetchRequest, Any]:
        made = self.make(bench, PRICE)
        self.sandpay.fault("fetch", "unknown_status", reference=made["reference"])

        def expected() -> Heard:
            shown = self.read(bench, f"/v1/payments/{made['id']}")
            return told(shown, Outcome.PENDING, word="under_observation")

        return fetch(made), expected

    def _not_found(self, bench: Bench, money: Money | None) -> tuple[FetchRequest, Any]:
        request = FetchRequest((Reference("payment", "sp_unknown"),), "order-unknown", PRICE)
        return request, lambda: (Verdict(Subject.PAYMENT, Outcome.NOT_FOUND),)

    def _not_found_by_key(self, bench: Bench, money: Money | None) -> tuple[FetchRequest, Any]:
        request = FetchRequest((), "order-unknown", PRICE)
        return request, lambda: (Verdict(Subject.PAYMENT, Outcome.NOT_FOUND),)

    def _refund_fetched(self, bench: Bench, money: Money | None) -> tuple[FetchRequest, Any]:
        made = self.make(bench, PRICE)
        given = self.post(bench, f"/v1/payments/{made['id']}/refunds", {"amount": PART.amount, "reference": "rf_1"})
        return fetch_refund(given), lambda: refund(given, Outcome.SUCCEEDED)

    def _refund_not_found(self, bench: Bench, money: Money | None) -> tuple[FetchRequest, Any]:
        request = FetchRequest((Reference("refund", "sr_unknown"),), "order-unknown", PART)
        return request, lambda: Verdict(Subject.REFUND, Outcome.NOT_FOUND)

    def _fetch(self, bench: Bench, outcome: Outcome, **over: Any) -> tuple[FetchRequest, Any]:
        made = self.make(bench, PRICE, **over)
        return fetch(made), lambda: told(self.read(bench, f"/v1/payments/{made['id']}"), outcome)

    # Links

    def _link_created(self, bench: Bench, money: Money | None) -> tuple[PayRequest, Any]:
        request = pay_request(money or PRICE, {})

        def expected() -> Verdict:
            return payment(self.by_reference(bench, request.shop_reference), Outcome.ACTION_REQUIRED)

        return request, expected

    def _link_expired(self, bench: Bench, money: Money | None) -> tuple[CancelRequest, Any]:
        made = self.link(bench)
        request = CancelRequest((Reference("link", made["id"]),), made["reference"])
        return request, lambda: payment(self.read(bench, f"/v1/payments/{made['payment']['id']}"), Outcome.EXPIRED)

    # What the suite asks besides

    def amount_on_wire(self, request: WireRequest) -> tuple[str, str] | None:
        sent = request.json() if request.body else {}
        return (json.dumps(sent["amount"]), sent.get("currency", "")) if "amount" in sent else None

    def judge(self, exchange: WireExchange) -> set[Level]:
        assert exchange.reply is not None
        assert exchange.reply.headers.get("sandpay-request-id", "").startswith("req_"), "not answered by Sandpay"
        return {Level.OWN}

    def judge_notification(self, event: Event) -> set[Level]:
        return {Level.OWN}

    def refusal(self, code: str, message: str) -> Reply:
        error = {"type": "invalid_request", "code": code, "message": message, "request_id": "req_1"}
        return Reply.of({"error": error}, 400)

    def bad_requests(self, bench: Bench) -> Iterable[tuple[PayRequest, str]]:
        for token in ("4111111111111111", "visa", "", 7, {"id": "tok_visa"}, "tok_" + "x" * 61):
            yield pay_request(PRICE, {"token": token}), "token"
        yield pay_request(PRICE, {"token": "tok_visa"}, reference="x" * 65), "shopTransactionId"

    def payment_statuses(self) -> Mapping[str, Outcome]:
        assert set(PAYMENT_WORDS) == words_in(SIMULATOR / "payments.py")
        return PAYMENT_WORDS

    def refund_statuses(self) -> Mapping[str, Outcome]:
        return REFUND_WORDS

    def case_of_status(self, operation: Operation, word: str, bench: Bench) -> Case:
        made = self.make(bench, PRICE, token=None if word == "awaiting_customer" else "tok_visa")
        request = fetch(made)
        if operation is Operation.FETCH_REFUND:
            request = fetch_refund(self.post(bench, f"/v1/payments/{made['id']}/refunds", {"amount": PART.amount}))

        def answer(wire: WireRequest) -> Reply:
            given = forwarded(wire, self._client)
            changed = {**given.json(), "status": word, "amount_authorized": PRICE.amount}
            return Reply(given.status, json.dumps(changed).encode(), given.headers)

        return Case(request, answer, lambda: "")

    # Notifications: Sandpay's own, as they arrive at a merchant's server.

    def events(self, bench: Bench) -> Mapping[str, Event]:
        return notifications.history(self, bench, self._receiver)

    def control(self, payment_id: str, act: str, **more: Any) -> None:
        """Play the customer's or the bank's part."""
        answer = self.sandpay.desk.post(f"/control/payments/{payment_id}/{act}", json=more)
        assert answer.is_success, answer.text

    def unknown_event(self, bench: Bench) -> bytes:
        return notifications.unknown(bench.account.id)

    def sign(self, body: bytes, secret: str, at: datetime) -> dict[str, str]:
        moment = str(int(at.timestamp()))
        mark = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {"sandpay-signature": f"t={moment},v1={mark}"}

    def fetched_for(self, event: str, bench: Bench) -> Case | None:
        if event in notifications.NOT_IN_A_FETCH or event.startswith("subscription_"):
            return None
        thing = json.loads(notifications.kept(bench)[event].body)["data"]["object"]
        request = fetch({"id": thing.get("payment") or thing["id"], "reference": "order"})
        return Case(request, lambda wire: forwarded(wire, self._client), lambda: "")

    # Talking to Sandpay past the driver

    def make(self, bench: Bench, money: Money, *, key: str | None = None, **over: Any) -> dict[str, Any]:
        metadata = {"hub_attempt": bench.call.attempt_reference}
        body = self.sandpay.body(money.amount, currency=money.currency, metadata=metadata, **over)
        return self.post(bench, "/v1/payments", body, key)

    def post(self, bench: Bench, path: str, body: object, key: str | None = None) -> dict[str, Any]:
        headers = {**self._headers(bench), "Idempotency-Key": key or uuid.uuid4().hex}
        answer = self._client.post(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def link(self, bench: Bench, **over: Any) -> dict[str, Any]:
        """Make a link."""
        body = self.sandpay.body(PRICE.amount, metadata={"hub_attempt": bench.call.attempt_reference}, **over)
        wanted = {name: value for name, value in body.items() if name not in ("method", "capture", "token")}
        return self.post(bench, "/v1/links", wanted)

    def read(self, bench: Bench, path: str) -> dict[str, Any]:
        return dict(self._client.get(path, headers=self._headers(bench)).json())

    def by_reference(self, bench: Bench, reference: str) -> dict[str, Any]:
        found = self.read(bench, f"/v1/payments?reference={reference}")["data"]
        assert len(found) == 1, "money moved twice"
        return dict(found[0])

    def _headers(self, bench: Bench) -> dict[str, str]:
        return {"Authorization": f"Bearer {bench.account.config['api_key']}"}


HARNESS = SandboxHarness
