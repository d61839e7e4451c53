"""`/v1/subscriptions` and `/v1/test-clock`, through HTTP."""

import datetime as dt

import pytest

from paymenthub.kernel import clock
from payments.models import Payment, Project, Subscription
from payments.selectors.subscription_list import having
from payments.selectors.subscription_object import status_of
from payments.services.merchants import create_api_key
from providers.types import SubscriptionStatus
from tests.payments.api.conftest import OrderSystem, error_of
from tests.payments.subscriptions import world
from tests.payments.subscriptions.world import at, renewed, subscribed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def psp(script):
    return world.opened(script)


@pytest.fixture
def row(project, account, psp):
    with clock.frozen(world.JANUARY):
        yield subscribed(project, shop_transaction_id="club-7", buyer={"email": "ada@shop.test"}, description="Club")


def act(shop, row, verb, body=None, **headers):
    return shop.post(f"/v1/subscriptions/{row.public_id}/{verb}", body or {}, **headers)


def test_a_subscription_shows_its_terms_periods_and_steps(shop, row):
    shown = shop.get(f"/v1/subscriptions/{row.public_id}").json()

    assert (shown["id"], shown["status"], shown["runBy"], shown["amount"]) == (row.public_id, "ACTIVE", "hub", 990)
    assert (shown["nextPaymentOn"], shown["paymentsMade"], shown["endedAt"]) == ("2027-02-28", 1, None)
    assert [(period["number"], period["state"], period["dueOn"]) for period in shown["periods"]] == [
        (1, "paid", "2027-01-31")
    ]
    assert [step["event"] for step in shown["timeline"]] == ["paymentExecuted", "start", "create"]
    assert "/payment/subscription/" in shown["customerUrl"]
    assert shop.get(f"/v1/subscriptions/{world.TOKEN}").json()["id"] == row.public_id


def test_the_list_is_paged_and_filtered(shop, project, account, psp):
    rows = [subscribed(project, shop_transaction_id=f"club-{n}") for n in range(3)]
    Subscription.objects.filter(pk=rows[0].pk).update(state="EXPIRED", end_reason="request")

    first = shop.get("/v1/subscriptions", {"limit": 2}).json()
    second = shop.get("/v1/subscriptions", {"limit": 2, "cursor": first["nextCursor"]}).json()
    ids = [one["id"] for one in first["data"] + second["data"]]
    assert (ids, second["nextCursor"]) == ([row.public_id for row in reversed(rows)], None)

    def found(**query):
        return [one["shopSubscriptionId"] for one in shop.get("/v1/subscriptions", query).json()["data"]]

    assert found(status="CANCELED") == ["club-0"]
    assert found(status="ACTIVE", provider="scripted", method="credit-cards") == ["club-2", "club-1"]
    assert found(shopSubscriptionId="club-1") == ["club-1"]
    assert found(state="EXPIRED") == ["club-0"]
    assert found(createdTo="2020-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"status": "UNKNOWN"}, "status"),
        ({"stat": "x"}, "stat"),
        ({"limit": "0"}, "limit"),
        ({"cursor": "x"}, "cursor"),
    ],
)
def test_a_wrong_filter_is_refused(shop, query, param):
    assert error_of(shop.get("/v1/subscriptions", query)) == (400, "invalid_field", param)


@pytest.mark.parametrize("state", ["CREATED", "PAYMENT_PENDING", "ACTIVE", "PAYMENT_FAILED", "EXPIRED", "ABORTED"])
@pytest.mark.parametrize("reason", ["", "count", "date", "request", "dunning", "provider", "first_payment"])
def test_the_filter_by_status_says_what_the_status_says(row, state, reason):
    for paid, step in ((0, 0), (1, 0), (1, 2)):
        Subscription.objects.update(state=state, end_reason=reason, paid_until_period=paid, dunning_step=step, period=1)
        word = status_of(Subscription.objects.get())
        for asked in SubscriptionStatus:
            found = Subscription.objects.filter(having(asked)).exists()
            assert found is (asked is word), (state, reason, paid, step, asked)


def test_cancel_waits_for_the_renewal_day_and_resume_takes_it_back(shop, row, psp):
    cancelled = act(shop, row, "cancel").json()
    assert (cancelled["status"], cancelled["expireRequested"], cancelled["nextPaymentOn"]) == (
        "ACTIVE",
        True,
        "2027-02-28",
    )
    kept = act(shop, row, "resume").json()
    assert (kept["expireRequested"], kept["status"]) == (False, "ACTIVE")
    with clock.frozen(at(2027, 2, 28)):
        renewed(row)
    assert len(psp.charges) == 2


def test_cancel_now_ends_it(shop, row, psp):
    ended = act(shop, row, "cancel", {"at": "now"}).json()
    assert (ended["status"], ended["endReason"], ended["nextPaymentOn"]) == ("CANCELED", "request", None)
    with clock.frozen(at(2027, 2, 28)):
        renewed(row)
    assert len(psp.charges) == 1


def test_a_paused_one_is_not_charged_and_keeps_its_anchor(shop, row, psp):
    assert act(shop, row, "pause").json()["paused"] is True
    with clock.frozen(at(2027, 3, 1)):
        renewed(row)
        assert act(shop, row, "resume").json()["nextPaymentOn"] == "2027-03-31"
    assert len(psp.charges) == 1


def test_an_amount_changes_from_the_next_period_on(shop, row, psp):
    changed = act(shop, row, "change", {"amount": 1290, "expiresAfter": 5}).json()
    assert (changed["amount"], changed["pendingAmount"], changed["expiresAfter"]) == (990, 1290, 5)
    assert error_of(act(shop, row, "change", {})) == (400, "invalid_field", "amount")
    assert error_of(act(shop, row, "change", {"amont": 5})) == (400, "invalid_field", "amont")


def test_the_preview_keeps_the_anchor_day(shop, row):
    shown = shop.get(f"/v1/subscriptions/{row.public_id}/preview", {"count": 4}).json()["data"]
    assert [(one["number"], one["dueOn"], one["amount"]) for one in shown] == [
        (2, "2027-02-28", 990),
        (3, "2027-03-31", 990),
        (4, "2027-04-30", 990),
        (5, "2027-05-31", 990),
    ]
    assert len(shop.get(f"/v1/subscriptions/{row.public_id}/preview").json()["data"]) == 12
    for wrong in ("0", "61", "x"):
        found = shop.get(f"/v1/subscriptions/{row.public_id}/preview", {"count": wrong})
        assert error_of(found) == (400, "invalid_field", "count")


def test_its_payments_are_listed_page_by_page(shop, row, psp):
    with clock.frozen(at(2027, 2, 28)):
        renewed(row)
    path = f"/v1/subscriptions/{row.public_id}/payments"
    first = shop.get(path, {"limit": 1}).json()
    second = shop.get(path, {"limit": 1, "cursor": first["nextCursor"]}).json()
    names = [one["shopTransactionId"] for one in first["data"] + second["data"]]
    assert (names, second["nextCursor"]) == (["club-7-2", "club-7"], None)


def test_an_idempotency_key_acts_once(shop, row):
    first = act(shop, row, "cancel", Idempotency_Key="c-1")
    act(shop, row, "resume")
    again = act(shop, row, "cancel", Idempotency_Key="c-1")
    assert (again.json(), again["Idempotency-Replayed"]) == (first.json(), "true")
    assert Subscription.objects.get().expire_requested is False


def test_others_and_readers_change_nothing(shop, stranger, live_shop, row, project):
    reader = OrderSystem(create_api_key(project=project, mode="test", scopes=["read"]).secret)
    for verb in ("cancel", "pause", "resume", "change"):
        assert act(stranger, row, verb).status_code == 404 or verb == "change"
        assert act(live_shop, row, verb, {"amount": 1} if verb == "change" else {}).status_code == 404
        assert act(reader, row, verb).status_code == 403
    assert reader.get(f"/v1/subscriptions/{row.public_id}").status_code == 200
    assert stranger.get("/v1/subscriptions").json()["data"] == []


def test_the_test_clock_goes_forward_and_renews_on_the_way(shop, row, psp, project):
    before = shop.get("/v1/test-clock").json()
    moved = shop.post("/v1/test-clock", {"to": "2027-05-01T00:00:00Z"}).json()

    assert (before["offsetSeconds"], before["now"][:10]) == (0, "2027-01-31")
    assert moved["now"] == "2027-05-01T00:00:00Z"
    due = Payment.objects.order_by("id").values_list("shop_transaction_id", flat=True)
    assert list(due) == ["club-7", "club-7-2", "club-7-3", "club-7-4"]
    assert Subscription.objects.get().next_payment_on == dt.date(2027, 5, 31)
    backwards = shop.post("/v1/test-clock", {"to": "2027-04-01T00:00:00Z"})
    assert error_of(backwards) == (400, "invalid_field", "to")
    assert error_of(shop.post("/v1/test-clock", {"to": "2027-06-01T00:00:00"})) == (400, "invalid_field", "to")


def test_live_mode_has_no_test_clock(live_shop, project):
    assert error_of(live_shop.get("/v1/test-clock")) == (403, "forbidden", None)
    assert error_of(live_shop.post("/v1/test-clock", {"to": "2099-01-01T00:00:00Z"})) == (403, "forbidden", None)
    assert Project.objects.get(pk=project.pk).clock_offset == dt.timedelta(0)


@pytest.mark.parametrize("zone", ["Europe/Rome", "America/New_York", "Pacific/Auckland"])
def test_s38_a_year_of_the_31st_with_the_test_clock(shop, project, account, psp, zone):
    Project.objects.filter(pk=project.pk).update(timezone=zone)
    project.refresh_from_db()
    with clock.frozen(world.JANUARY):
        row = subscribed(project, shop_transaction_id="year")
        assert shop.post("/v1/test-clock", {"to": "2028-02-01T12:00:00Z"}).status_code == 200
        row.refresh_from_db()

        days = [period.due_on for period in row.periods.order_by("number")]
        expected = [
            (1, 31),
            (2, 28),
            (3, 31),
            (4, 30),
            (5, 31),
            (6, 30),
            (7, 31),
            (8, 31),
            (9, 30),
            (10, 31),
            (11, 30),
            (12, 31),
        ]
        assert [(day.month, day.day) for day in days] == [*expected, (1, 31)]
        assert len(psp.charges) == 13
        assert set(row.periods.values_list("state", flat=True)) == {"paid"}
        hours = {row.terms.due_at(day).astimezone(row.terms.zone).time() for day in days}
        assert hours == {row.renew_time}
