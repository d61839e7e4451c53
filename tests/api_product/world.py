"""Two merchants at one hub, and things of the first one by which every operation of the document can be called."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from invoices import storage
from invoices.models import FileState, Invoice, PrintJob, PrintState
from invoices.selectors.invoices import document_of
from invoices.services.compose import Given
from invoices.services.issue import issue_due
from paymenthub.kernel import clock
from paymenthub.kernel.money import Money
from payments.api.schema import document
from payments.domain.subscription import RunBy
from payments.flow_manager.drive import create_saga
from payments.models import CaptureMode, OutboxEvent, Payment, Project, Source, Subscription
from payments.services import rollups
from payments.services.bulk_refund import BulkRow, refund_in_bulk
from payments.services.checkout_rules import By as RuleBy
from payments.services.checkout_rules import RuleGiven, create_rule
from payments.services.links.make import MakeCommand, make_link
from payments.services.merchants import create_api_key
from payments.services.open_payment import OpenCommand, open_payment
from payments.services.ordering import By
from payments.services.pay import pay
from payments.services.refund import RefundCommand, refund
from payments.services.subscriptions.agree import SubscribeCommand
from payments.services.subscriptions.start import create, start
from providers.types import Interval
from tests import factories
from tests.invoices import shop

_ITS_OWN = frozenset({"shopTransactionId", "batchId", "ruleId"})  # what a caller names anew
_PAIR = [{"provider": "moody", "paymentMethod": "credit-cards"}]
NOT_SET_UP = frozenset({"bff_apple_pay_session", "bff_tokenization"})
"""Operations that need a certificate, or a driver, which no test has: documented, and 501 here."""
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One operation of the OpenAPI document."""

    method: str
    path: str
    described: dict[str, Any] = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def answer(self) -> tuple[int, dict[str, Any]]:
        """The status of a success, and what it is described as; 501 where no success is described, or none can be had here."""
        status = next((status for status in self.described["responses"] if status.startswith("2")), "501")
        if self.described["operationId"] in NOT_SET_UP:
            status = "501"
        return int(status), self.described["responses"][status]

    @property
    def request_examples(self) -> dict[str, Any]:
        content = self.described.get("requestBody", {}).get("content", {}).get("application/json", {})
        return {name: example["value"] for name, example in content.get("examples", {}).items()}

    def parameters(self, place: str, *, required: bool = True) -> list[dict[str, Any]]:
        found = [each for each in self.described.get("parameters", []) if each["in"] == place]
        return [each for each in found if each.get("required") or not required]


def operations() -> Iterator[Operation]:
    """Every operation that this hub mounts and documents: a new endpoint is among them without being named."""
    for path, item in json.loads(document())["paths"].items():
        for method in _METHODS:
            if method in item:
                yield Operation(method, path, item[method])


def each(found: Iterable[Operation]) -> list[Any]:
    """Operations as parameters of a test. What stands under `/v3` as well is the same view: its copy waits for SUITE=full."""
    return [
        pytest.param(one, id=str(one), marks=[pytest.mark.full] if one.path.startswith("/v3/") else []) for one in found
    ]


@dataclass
class World:
    """Things of `ours`, by the names of parameters and body fields; `elsewhere` has payments that stand differently."""

    ours: Project
    theirs: Project
    key: str
    known: dict[str, list[str]]
    elsewhere: list[dict[str, list[str]]] = field(default_factory=list)

    def send(self, operation: Operation, key: str | None, *, body: Any = None, **headers: str) -> Any:
        """Call an operation with our ids wherever a parameter, or field of the first example, has a name that is known."""
        auth = {"Authorization": f"Bearer {key}"} if key else {}
        query = {each["name"]: self.value(operation, "query", each["name"]) for each in operation.parameters("query")}
        needed = {
            each["name"]: self.value(operation, "header", each["name"]) for each in operation.parameters("header")
        }
        response: Any = Client().generic(
            operation.method.upper(),
            self.path(operation),
            json.dumps(body or self.body(operation)).encode() if operation.request_examples else b"",
            "application/json",
            headers=auth | needed | headers,
            QUERY_STRING="&".join(f"{name}={value}" for name, value in query.items()),
        )
        return _read(response)

    def send_where_it_fits(self, operation: Operation, key: str, *, body: Any = None) -> Any:
        """Call it about the first of our payments of which it is possible, as a capture is of one that is held."""
        for known in (self.known, *self.elsewhere):
            there = replace(self, known=self.known | known)
            response = there.send(operation, key, body=body and there.with_ids(body, operation))
            if response.status_code < 300:
                break
        return response

    def path(self, operation: Operation) -> str:
        """The path with everything in it."""
        return re.sub(r"{(\w+)}", lambda name: self.value(operation, "path", name[1]), operation.path)

    def value(self, operation: Operation, place: str, name: str) -> str:
        """What is known by this name, else what the document gives as an example."""
        known = self.known.get(self._known_as(operation, camel(name)))
        if known:
            return known[0]
        (described,) = [each for each in operation.parameters(place) if each["name"] == name]
        return str(described["example"])

    @staticmethod
    def _known_as(operation: Operation, name: str) -> str:
        """What is meant by a name: the sagas of some operations are subscriptions."""
        if name == "sagaId" and operation.described["operationId"] == "bff_pay_recurrent":
            return "createdSubscriptionId"
        if name == "shopTransactionId" and "/subscription/update/" in operation.path:
            return "subscriptionShopId"
        return "subscriptionId" if name == "sagaId" and "subscriptions" in operation.path else name

    def body(self, operation: Operation) -> Any:
        """The operation's first example, with our ids in it."""
        return self.with_ids(next(iter(operation.request_examples.values()), {}), operation)

    def with_ids(self, body: Any, operation: Operation, *, row: int = 0) -> Any:
        """Put our ids into a body, another payment into each row of a list; what it orders stays its own."""
        if isinstance(body, list):
            return [self.with_ids(item, operation, row=number) for number, item in enumerate(body)]
        if not isinstance(body, dict):
            return body
        if "operator" in body:
            return body  # a rule's condition: its key is a path, no saga's
        places = [self.known, *self.elsewhere]
        known = self.known | places[row % len(places)]
        known |= {name: known[self._known_as(operation, name)] for name in known}
        own = {name for name in _ITS_OWN if self._known_as(operation, name) == name}
        return {
            name: known[name][0] if name in known and name not in own else self.with_ids(item, operation)
            for name, item in body.items()
        }


def camel(name: str) -> str:
    """Write a name as bodies have it: parameters of paths are written otherwise."""
    return re.sub(r"_(\w)", lambda letter: letter[1].upper(), name)


def make_world() -> World:
    """Make both merchants; the first one has been paid, refunded a little of it, holds money and waits for a customer."""
    ours, theirs = factories.make_project(), factories.make_project()
    for project in (ours, theirs):
        for mode in ("test", "live"):
            factories.make_account(project, provider="moody", mode=mode, methods=["credit-cards"])
    paid = _pay(ours, "order-of-ours", 1299)
    by = By(Source.API, "world")
    refunded = refund(RefundCommand(paid, Money(20, "EUR")), by)
    assert refunded.attempt.refund is not None
    batch = refund_in_bulk(project=ours, mode="test", batch_id="batch-of-ours", rows=[BulkRow(paid.wire_id, 10)], by=by)
    event = OutboxEvent.objects.filter(payment=paid).latest("sequence")
    metadata = {"shopTransactionId": "order-of-a-saga", "amount": 1299, "currency": "EUR"}
    saga = create_saga(project=ours, mode="test", associated_entity_id="order-of-a-saga", metadata=metadata)
    known = {
        "provider": ["moody"],
        "method": ["credit-cards"],
        "paymentId": [paid.wire_id, paid.public_id],
        "shopTransactionId": ["order-of-ours"],
        "refundId": [refunded.attempt.refund.public_id],
        "eventId": [event.public_id],
        "batchId": [batch.batch_id],
        "sagaId": [paid.public_id],
        "key": [saga.public_id],
    }
    make_invoice(paid)
    known["invoiceId"] = [Invoice.objects.get(payment=paid, movement=None).public_id]
    rule = RuleGiven(rule_id="rule-of-ours", priority=-1, type="paymentMethods", conditions=(), response=_PAIR)
    create_rule(project=ours, mode="test", given=rule, by=RuleBy("world"))
    known["ruleId"] = ["rule-of-ours"]
    created = create(_subscribe(ours, "subscription-created", provider="", method=""))
    known["createdSubscriptionId"] = [created.public_id]
    buyer = {"name": "Ada Bianchi", "email": "ada@shop.example"}
    link = MakeCommand(ours, "test", "link-of-ours", "EUR", amount=1299, buyer=buyer, description="A link")
    known["linkId"] = [make_link(link).public_id]
    known["printId"] = [make_print(ours)]
    agreed = start_subscription(ours)
    known["subscriptionId"] = [agreed.public_id]
    known["subscriptionShopId"] = [agreed.shop_transaction_id]
    known["subscriptionToken"] = known["token"] = [agreed.token]
    untouched = _pay(ours, "order-untouched", 1299)
    held = _pay(ours, "order-held", 1299, capture_mode=CaptureMode.MANUAL)
    unpaid = _pay(ours, "order-unpaid", 1293)
    opened = open_payment(OpenCommand(ours, "test", Money(1299, "EUR"), "order-opened"))
    elsewhere = [
        {"paymentId": [each.wire_id, each.public_id], "sagaId": [each.public_id]}
        for each in (untouched, held, unpaid, opened)
    ]
    rollups.refresh()
    return World(
        ours,
        theirs,
        create_api_key(project=ours, mode="test", scopes=["payments", "saga:drive", "backoffice"]).secret,
        known,
        elsewhere,
    )


def start_subscription(project: Project) -> Subscription:
    """Begin one whose payments the shop asks for."""
    wanted = SubscribeCommand(
        project=project,
        mode="test",
        provider="moody",
        method="credit-cards",
        money=Money(1299, "EUR"),
        shop_transaction_id="sub-of-ours",
        shop_subscription_id="order-of-ours",
        buyer={"email": "ada@shop.example"},
        interval=Interval.MONTH,
        run_by=RunBy.SHOP,
    )
    return Subscription.objects.get(pk=start(wanted).subscription.pk)


def _read(response: Any) -> Any:
    """Read a streamed answer to its end, so that it can be looked at like any other."""
    if not response.streaming:
        return response
    whole = b"".join(response.streaming_content)
    # Latin-1 reads every byte, so that what is in a ZIP can be searched too.
    return HttpResponse(whole, status=response.status_code, headers=response.headers, charset="latin-1")


def make_invoice(payment: Payment) -> None:
    """Issue what the payment lacks, and put a file where a worker would."""
    shop.make_profile(payment.project, default_vat_rate=22)
    issue_due(payment.id, requested=Given(buyer={"name": "Ada Bianchi"}))
    for row in Invoice.objects.filter(payment=payment):
        made = shop.quick_render(document_of(row))
        storage.keep(row, "pdf", made.pdf)
        storage.keep(row, "xml", made.xml or b"")
        size = {"pdf_size": len(made.pdf), "xml_size": len(made.xml or b"")}
        Invoice.objects.filter(pk=row.pk).update(
            file_state=FileState.READY, pdf_sha256="0" * 64, rendered_at=clock.now(), **size
        )


def make_print(project: Project) -> str:
    """A document that a worker has printed."""
    row = PrintJob.objects.create(
        project=project, mode="test", digest="d", document={}, state=PrintState.READY, pdf=b"%PDF-1.7"
    )
    return row.id.hex


def _subscribe(project: Project, shop_transaction_id: str, **over: Any) -> SubscribeCommand:
    wanted = SubscribeCommand(
        project=project,
        mode="test",
        provider="moody",
        method="credit-cards",
        money=Money(1299, "EUR"),
        shop_transaction_id=shop_transaction_id,
        interval=Interval.MONTH,
        run_by=RunBy.HUB,
    )
    return replace(wanted, **over)


def _pay(project: Project, order: str, amount: int, **over: Any) -> Payment:
    command = factories.pay_command(
        project,
        provider="moody",
        shop_transaction_id=order,
        money=Money(amount, "EUR"),
        buyer={"email": "ada@shop.example"},
        **over,
    )
    return pay(command).payment
