"""Every page of the admin, seen by those who may and those who may not."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model, Q
from django.test import Client
from django.urls import reverse

from backoffice.models import StaffProfile
from backoffice.services.staff import seen
from payments.models import Payment, Project, ProviderAccount
from tests.backoffice import rows
from tests.staff import make_staff

MODELS = sorted(
    (model for model in admin.site._registry if model._meta.app_label == "payments"), key=lambda model: model.__name__
)
SECRETS = [rows.SECRET, "never-shown", "v1.sealed", "5e" * 32]


@pytest.fixture
def with_mails(story: Payment) -> Payment:
    rows.make_mail(story)
    rows.make_mail_configuration(story.project)
    rows.make_branding(story.project)
    rows.make_order(story)
    rows.make_dead_letter()
    rows.make_link(story)
    rows.make_subscription(story)
    rows.make_flow(story)
    rows.make_checkout(story.account)
    return story


def _list(model: type[Model]) -> str:
    return reverse(f"admin:payments_{model._meta.model_name}_changelist")


def _page(row: Model, what: str = "change") -> str:
    return reverse(f"admin:payments_{row._meta.model_name}_{what}", args=[row.pk])


def test_the_pages_of_the_task_are_there() -> None:
    names = {model.__name__ for model in MODELS}
    assert names >= {
        "ApiKey",
        "Attempt",
        "AuditEntry",
        "Delivery",
        "InboxMessage",
        "OperatorItem",
        "Payment",
        "Principal",
        "Project",
        "ProviderAccount",
        "Refund",
        "WebhookEndpoint",
    }


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_superuser_reads_list_and_page_without_secrets_or_foreign_markup(
    model: type[Model], with_mails: Payment, superuser: Client
) -> None:
    row = model._default_manager.first()
    assert row is not None, f"the story has no {model.__name__}"
    for url in (_list(model), _page(row)):
        answer = superuser.get(url)
        text = answer.content.decode()
        assert answer.status_code == 200, url
        assert "<script>alert(" not in text, url
        assert [secret for secret in (*SECRETS, *_sealed()) if secret in text] == [], url


def _sealed() -> list[str]:
    return list(ProviderAccount.objects.values_list("config_sealed", flat=True))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_nobody_adds_changes_or_deletes(model: type[Model], with_mails: Payment, superuser: Client) -> None:
    row = model._default_manager.first()
    assert row is not None
    count = model._default_manager.count()
    before = model._default_manager.filter(pk=row.pk).values().get()

    add = reverse(f"admin:payments_{model._meta.model_name}_add")
    assert superuser.get(add).status_code == 403
    assert superuser.post(add, {}).status_code == 403
    assert superuser.post(_page(row), {"name": "x", "_save": "1"}).status_code == 403
    assert superuser.get(_page(row, "delete")).status_code == 403
    assert superuser.post(_page(row, "delete"), {"post": "yes"}).status_code == 403
    assert superuser.get(_page(row, "history")).status_code == 403
    superuser.post(_list(model), {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"})

    assert model._default_manager.count() == count
    assert model._default_manager.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_staff_without_permission_sees_nothing(model: type[Model], with_mails: Payment, stranger: Client) -> None:
    row = model._default_manager.first()
    assert row is not None
    assert stranger.get(_list(model)).status_code == 403
    assert stranger.get(_page(row)).status_code == 403


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_visitor_is_sent_to_the_login(model: type[Model], db: None) -> None:
    answer = Client().get(_list(model))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("admin:login"))


def test_the_view_permission_is_enough_to_read(story: Payment) -> None:
    user = make_staff("support", "view_payment")
    client = Client()
    client.force_login(user)

    assert client.get(_list(Payment)).status_code == 200
    assert client.get(_page(story)).status_code == 200
    assert client.get(_list(Project)).status_code == 403


def test_the_first_page_counts_what_waits(story: Payment, account: ProviderAccount, superuser: Client) -> None:
    rows.make_attempt(rows.make_payment(account), "UNKNOWN")
    context = superuser.get(reverse("admin:index")).context
    counts = {card.name: card.count for card in context["cards"]}
    assert (counts["Open operator items"], counts["Attempts in doubt"]) == (1, 1)
    assert [group["title"] for group in context["groups"]] == ["Payments", "Operations", "Configuration", "People"]


def test_the_first_page_tells_a_stranger_nothing(story: Payment, stranger: Client) -> None:
    answer = stranger.get(reverse("admin:index"))
    assert answer.context["cards"] == []
    assert answer.context["groups"] == []
    assert "Ask a superuser" in answer.content.decode()


@pytest.mark.parametrize("name", ["index", "password_change", "auth_user_changelist", "auth_user_add"])
def test_the_other_pages_answer(name: str, superuser: Client) -> None:
    assert superuser.get(reverse(f"admin:{name}")).status_code == 200


def test_users_and_groups_are_made(superuser: Client) -> None:
    answer = superuser.post(reverse("admin:auth_user_add"), {"username": "ada", "active": "on", "note": "She is new."})
    password = answer.context["password"]
    assert superuser.post(reverse("admin:auth_group_add"), {"name": "night", "note": "For nights."}).status_code == 302
    assert User.objects.get(username="ada").check_password(password)
    assert Group.objects.filter(name="night").exists()


def test_staff_who_edit_users_cannot_raise_themselves_or_take_over_a_superuser(db: None) -> None:
    boss = User.objects.create_superuser("boss", password="first-password-1")
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(
        Permission.objects.filter(Q(content_type__app_label="auth") | Q(codename="manage_staff"))
    )
    StaffProfile.objects.create(user=clerk, all_projects=True)
    client = Client()
    client.force_login(clerk)

    fields = {"active": "on", "superuser": "on", "first_name": "Eve", "note": "Because I want to."}
    for person in (clerk, boss):
        for page in ("edit", "password_change", "delete"):
            address = reverse(f"admin:auth_user_{page}", args=[person.pk])
            assert client.post(address, {**fields, "seen": seen(person), "post": "yes"}).status_code in (403, 404), (
                address
            )
        for act in ("password", "second-factor", "unlock", "sessions"):
            assert client.post(reverse("admin:auth_user_act", args=[person.pk, act]), fields).status_code in (
                403,
                404,
            ), act
    assert client.post(reverse("admin:auth_group_add"), {"name": "all", "note": "For all."}).status_code == 403

    clerk.refresh_from_db()
    boss.refresh_from_db()
    assert (clerk.first_name, clerk.is_superuser, boss.first_name) == ("", False, "")
    assert boss.check_password("first-password-1")


def test_no_page_asks_another_host(story: Payment, superuser: Client) -> None:
    for url in (reverse("admin:index"), _list(Payment), _page(story)):
        text = superuser.get(url).content.decode()
        assert 'src="http' not in text
        assert '<link href="http' not in text


def test_every_model_of_the_hub_is_either_shown_or_told_of_elsewhere() -> None:
    shown_on_the_payment = {"DeliveryTry", "MailTry", "Movement", "OutboxEvent", "PspReference", "Transition"}
    shown_on_the_order = {"BusMessage", "BusReceipt"}
    shown_on_the_link = {"PaymentLinkUse"}
    shown_on_the_subscription = {"SubscriptionPeriod", "SubscriptionTransition"}
    machinery = {
        "CheckoutToken",
        "IdempotencyRecord",
        "PeriodicRun",
        "RefundBatch",
        "RefundBatchRow",
        "Rollup",
        "RollupDay",
        "RollupMark",
        "SubscriptionNotice",
    }
    every = {model.__name__ for model in apps.get_app_config("payments").get_models()}
    assert (
        every
        - {model.__name__ for model in MODELS}
        - shown_on_the_payment
        - shown_on_the_order
        - shown_on_the_link
        - shown_on_the_subscription
        - machinery
        == set()
    )
