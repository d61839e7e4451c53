"""Closing a notification that belongs to another system at the same provider account."""

import pytest
from django.urls import reverse

from payments.models import AuditEntry, InboxMessage, ProviderAccount
from tests.backoffice import acting, rows

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_notification_that_is_not_ours_is_closed_and_the_trail_says_what_it_was_before(
    account: ProviderAccount,
) -> None:
    message = rows.make_notification(rows.make_payment(account), state="unmatched")
    InboxMessage.objects.update(payment=None)
    marta = acting.staff("view_inboxmessage", "process_inboxmessage")
    url = reverse("admin:payments_inboxmessage_act", args=[message.pk, "not-ours"])

    shown = acting.result(marta, acting.send(marta, url, note="Of the old shop"))

    assert "It is tried no more." in shown.content.decode()
    message.refresh_from_db()
    final = AuditEntry.objects.get(action="not_ours", outcome="ok")
    assert (message.state, final.object_id) == ("not_ours", message.pk)
    assert final.details == {"before": "Unmatched", "after": "Not ours"}
