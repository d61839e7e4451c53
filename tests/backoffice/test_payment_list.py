"""The list of payments: looks, search, filters, and a number of queries that does not grow."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.status import BUSINESS_STATES, IN_DOUBT, look_of
from payments.models import Payment, ProviderAccount, PspReference
from payments.saga import loader
from tests.backoffice import rows

LIST = "admin:payments_payment_changelist"


def _found(client: Client, **query: str) -> set[str]:
    answer = client.get(reverse(LIST), query)
    assert answer.status_code == 200
    return {payment.shop_transaction_id for payment in answer.context["cl"].result_list}


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("look", [*BUSINESS_STATES.values(), IN_DOUBT, look_of(77)], ids=lambda look: look.label)
def test_the_text_of_every_chip_can_be_read(look) -> None:
    light, dark = sorted((_luminance(look.colour), _luminance(look.ink)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_published_colours_are_kept() -> None:
    published = {1: "#349E47", 1000: "#F03838", 3: "#542C9E", 2: "#D574F2", 0: "#FA6B02"}
    assert {number: BUSINESS_STATES[number].colour for number in published} == published


def test_every_business_state_of_the_machine_has_a_look() -> None:
    machine = loader.newest(loader.DEFAULT)
    assert {state.business_state for state in machine.states.values()} <= set(BUSINESS_STATES)


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [(123456789, "EUR", "1,234,567.89 EUR"), (250000, "JPY", "250,000 JPY"), (5, "KWD", "0.005 KWD")],
)
def test_amounts_follow_the_currency(
    account: ProviderAccount, superuser: Client, amount: int, currency: str, written: str
) -> None:
    rows.make_payment(account, amount=amount, currency=currency)
    assert f">{written}<" in superuser.get(reverse(LIST)).content.decode()


def test_the_mark_of_doubt_stands_only_where_an_outcome_is_unknown(account: ProviderAccount, superuser: Client) -> None:
    rows.make_attempt(rows.make_payment(account, shop_transaction_id="doubtful"), "UNKNOWN")
    rows.make_attempt(rows.make_payment(account, shop_transaction_id="pending"), "PENDING")

    answer = superuser.get(reverse(LIST))

    marks = {payment.shop_transaction_id: payment.in_doubt for payment in answer.context["cl"].result_list}
    assert marks == {"doubtful": True, "pending": False}
    assert answer.content.decode().count("</span> In doubt</span>") == 1


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(
    account: ProviderAccount, superuser: Client
) -> None:
    def queries(size: int) -> int:
        while Payment.objects.count() < size:
            rows.make_attempt(rows.make_payment(account), "UNKNOWN")
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = superuser.get(reverse(LIST))
        assert len(answer.context["cl"].result_list) == size
        return len(captured)

    superuser.get(reverse(LIST))
    assert queries(5) == queries(25)


def test_search_finds_by_every_id_and_nothing_by_a_part_in_the_middle(
    account: ProviderAccount, superuser: Client
) -> None:
    wanted = rows.make_payment(account, shop_transaction_id="NW-10241")
    rows.make_payment(account, shop_transaction_id="NW-10242")
    rows.make_payment(account, shop_transaction_id="OUT-1")
    PspReference.objects.create(
        project=account.project, provider_account=account, payment=wanted, kind="payment", value="sp_81f0"
    )

    assert _found(superuser, q="NW-10241") == {"NW-10241"}
    assert _found(superuser, q=" NW-10241 ") == {"NW-10241"}
    assert _found(superuser, q="sp_81f0") == {"NW-10241"}
    assert _found(superuser, q=wanted.public_id) == {"NW-10241"}
    assert _found(superuser, q=str(wanted.id)) == {"NW-10241"}
    assert "NW-10241" in _found(superuser, q=wanted.public_id[:20])
    assert _found(superuser, q="NW-102") == {"NW-10241", "NW-10242"}
    assert _found(superuser, q="10241") == set()
    assert _found(superuser, q="f0") == set()
    assert _found(superuser, q="pay_") == set()
    assert _found(superuser, q="pay_zzzzzzzzzz") == set()
    assert _found(superuser, q="%") == set()
    assert len(_found(superuser, q="")) == 3


def test_search_reads_payments_by_index_only(account: ProviderAccount, superuser: Client) -> None:
    rows.make_payment(account, shop_transaction_id="NW-1")
    with CaptureQueriesContext(connection) as captured:
        _found(superuser, q="nothing-like-it")
    patterns = [query["sql"] for query in captured if "LIKE" in query["sql"].upper()]
    assert patterns
    assert all("LIKE '%" not in sql.upper() for sql in patterns)
