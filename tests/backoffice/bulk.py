"""How the tests of bulk actions act: choose rows on a list, confirm, let a worker run."""

from typing import Any

from django.test import Client
from django.urls import reverse

from backoffice.models import ActionBatch, BatchRow
from backoffice.services.run_batch import run_batch
from payments.models import Payment


def choose(client: Client, kind: str, rows: list[Any], **more: str) -> ActionBatch:
    """Choose rows on their list, and return the draft that the confirm page shows."""
    model = type(rows[0])._meta.model_name
    url = reverse(f"admin:payments_{model}_changelist")
    answer = client.post(url, {"action": kind, "_selected_action": [str(row.pk) for row in rows], **more})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    batch = ActionBatch.objects.order_by("-pk")[0]
    assert answer.headers["Location"] == page_url(batch), answer.headers["Location"]
    return batch


def page_url(batch: ActionBatch) -> str:
    """A batch's page."""
    return reverse("admin:backoffice_actionbatch_change", args=[batch.pk])


def start(client: Client, batch: ActionBatch, **fields: str) -> Any:
    """Send the confirm page."""
    url = reverse("admin:backoffice_actionbatch_start", args=[batch.pk])
    answer = client.post(url, {"note": "because it has to be", "reason": "requested_by_customer", **fields})
    batch.refresh_from_db()
    return answer


def run(batch: ActionBatch) -> None:
    """Do what a worker does."""
    run_batch(batch.pk)
    batch.refresh_from_db()


def row(batch: ActionBatch, payment: Payment) -> BatchRow:
    """The row of a payment."""
    return batch.rows.get(payment=payment)


def ended(batch: ActionBatch) -> list[tuple[str, str]]:
    """State and outcome of every row, in their order."""
    return list(batch.rows.order_by("number").values_list("state", "outcome"))
