"""S73: what was written to a person goes with the person."""

import pytest

from payments.models import Mail, Payment
from payments.notifications.deliver import deliver
from payments.notifications.erasing import erase_mails
from payments.services.erase_buyer import Subject
from tests.payments.notifications.test_notify import tell

pytestmark = pytest.mark.django_db(transaction=True)
ADA = Subject(email="ada@example.com")


def test_s73_recipients_and_content_go_and_what_was_sent_stays_told(mails_on: None, payment: Payment) -> None:
    (sent,) = tell(payment)
    deliver(sent.pk, tries=0)
    (due,) = tell(payment, "PAYMENT_FAILED")

    assert erase_mails(payment, ADA, True) == ({"mails": 2}, {})
    assert Mail.objects.exclude(content_sealed="").count() == 2

    assert erase_mails(payment, ADA, False) == ({"mails": 2}, {})
    rows = Mail.objects.order_by("created_at").values_list("state", "recipients_shown", "content_sealed", "reason")
    assert list(rows) == [("sent", ADA.pseudonym, "", ""), ("skipped", ADA.pseudonym, "", "buyer_erased")]
    assert erase_mails(payment, ADA, False) == ({"mails": 0}, {})
    assert deliver(due.pk, tries=0) is None
