"""A person who is erased is erased from their links too, once nobody can pay by them any more."""

import pytest

from payments.models import PaymentLink
from payments.services.erase_buyer import Subject, erase_buyer
from payments.services.links.change import LinkChange, change_link
from tests.payments.links.making import made_link

pytestmark = pytest.mark.django_db(transaction=True)
ADA = Subject(email="ada@shop.example")


def test_a_link_that_is_over_forgets_its_buyer_and_an_open_one_is_counted(project):
    over = made_link(project, buyer={"email": "Ada@shop.example", "name": "Ada"}, description="Ada's tea")
    still = made_link(project, buyer={"email": "ada@shop.example"})
    other = made_link(project, buyer={"email": "bob@shop.example"})
    change_link(over.pk, LinkChange(disabled=True))

    dry = erase_buyer(project=project, subject=ADA, actor="dpo", reason="asked", dry_run=True)
    done = erase_buyer(project=project, subject=ADA, actor="dpo", reason="asked")

    kept = "payment links that can still be paid (end them, then run it again)"
    assert dry.erased["buyers of payment links"] == done.erased["buyers of payment links"] == 1
    assert done.kept[kept] == 1
    over.refresh_from_db()
    assert (over.buyer, over.description) == ({"id": ADA.pseudonym}, "")
    unchanged = PaymentLink.objects.filter(pk__in=[still.pk, other.pk]).values_list("buyer__email", flat=True)
    assert set(unchanged) == {"ada@shop.example", "bob@shop.example"}
