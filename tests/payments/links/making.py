"""Links for tests: valid by default."""

from typing import Any

from paymenthub.kernel import ids
from payments.models import Payment, PaymentLink, Project
from payments.services.choose_method import choose
from payments.services.links.begin import BeginCommand, begin
from payments.services.links.make import MakeCommand, make_link
from providers.types import Outcome
from tests import scripted
from tests.scripted import Script


def made_link(project: Project, **over: Any) -> PaymentLink:
    fields: dict[str, Any] = {
        "project": project,
        "mode": "test",
        "shop_transaction_id": f"order-{ids.new_uuid().hex[-12:]}",
        "currency": "EUR",
    }
    if "min_amount" not in over:
        fields["amount"] = 1299
    return make_link(MakeCommand(**fields | over))


def chooses_amount(project: Project, **over: Any) -> PaymentLink:
    return made_link(project, **{"min_amount": 500, "max_amount": 10_000} | over)


def begun(link: PaymentLink, visitor: str = "", amount: int | None = None) -> Payment:
    return begin(BeginCommand(link_id=link.pk, visitor=visitor, amount=amount))


def at_the_provider(payment: Payment, script: Script, *, id: str = "psp_1") -> Payment:
    """Let the customer choose and be sent to the provider's page."""
    script.pay = [scripted.payment(Outcome.ACTION_REQUIRED, id=id, amount=payment.amount)]
    choose(payment.pk, provider="scripted", method="credit-cards")
    payment.refresh_from_db()
    return payment


def paid(payment: Payment, script: Script, *, id: str = "psp_1") -> Payment:
    script.pay = [scripted.payment(Outcome.SUCCEEDED, id=id, amount=payment.amount)]
    choose(payment.pk, provider="scripted", method="credit-cards")
    payment.refresh_from_db()
    assert payment.captured == payment.amount
    return payment
