"""Attachments, staff, sweeping, resending, profiles."""

from typing import Any

import pytest
from django.core import mail as outbox
from django.test import override_settings

from paymenthub.kernel import clock, ids
from paymenthub.kernel.errors import Conflict, InvalidField, WrongState
from payments.models import (
    AuditEntry,
    DeliveryTry,
    Mail,
    MailProfile,
    MailState,
    MailTemplate,
    OperatorItem,
    Payment,
)
from payments.notifications import answers, attachments, editing
from payments.notifications.attachments import Offer, Readiness
from payments.notifications.deliver import deliver
from payments.notifications.editing import By, ProfileChange
from payments.notifications.envelope import Attached, message_id, unseal
from payments.notifications.notify import notify
from payments.notifications.profile import profile_of
from payments.notifications.resend import may_resend, resend
from payments.notifications.staff import tell_staff
from payments.notifications.sweep import answer_again, erase_content
from payments.notifications.texts import Source
from payments.tasks.mails import look_after_mails
from tests.payments.outbound.rows import make_delivery, make_endpoint, make_event

pytestmark = pytest.mark.django_db
BY = By("marta", "192.0.2.7", "wording")


def tell(payment: Payment, label: str = "PAYMENT_EXECUTED", **metadata: Any) -> Mail:
    (mail,) = notify(payment_id=payment.id, label=label, command_id=ids.new_uuid(), metadata=metadata)
    return mail


@pytest.fixture
def invoices():
    """An invoice that is ready when the test says so."""
    state = {"offer": Offer(Readiness.NOT_YET)}

    def provider(mail: Mail) -> Offer:
        return state["offer"]

    attachments.register(provider)
    yield state
    attachments.forget(provider)


class TestAttachments:
    def test_an_invoice_is_waited_for_and_goes_along(self, mails_on: None, payment: Payment, invoices: Any) -> None:
        mail = tell(payment)
        assert deliver(mail.pk, tries=0) is None
        mail.refresh_from_db()
        assert (mail.tries, mail.state) == (0, MailState.DUE)
        assert mail.next_try_at > clock.now()

        invoices["offer"] = Offer(Readiness.READY, (Attached("invoice.pdf", "application/pdf", b"%PDF"),))
        deliver(mail.pk, tries=0)

        assert [part["Content-Disposition"] for part in outbox.outbox[0].attachments] == [
            'attachment; filename="invoice.pdf"'
        ]

    def test_after_the_wait_the_mail_goes_without(
        self, mails_on: None, payment: Payment, invoices: Any, settings: Any
    ) -> None:
        mail = tell(payment)
        with clock.advanced(settings.MAIL_ATTACHMENT_WAIT + 1):
            assert deliver(mail.pk, tries=0).accepted
        assert outbox.outbox[0].attachments == []

    def test_what_never_comes_is_not_waited_for(self, mails_on: None, payment: Payment, invoices: Any) -> None:
        invoices["offer"] = Offer(Readiness.NEVER)
        assert deliver(tell(payment).pk, tries=0).accepted


def make_item(payment: Payment, kind: str = "chargeback", **over: Any) -> OperatorItem:
    return OperatorItem.objects.create(
        project=payment.project, payment=payment, kind=kind, about=ids.new_uuid().hex, next_step="Look.", **over
    )


class TestStaff:
    @pytest.mark.parametrize("kind", ["chargeback", "in_doubt", "ledger_imbalance", "invoice_held", "dead_endpoint"])
    def test_staff_are_told_of_an_item_once(self, mails_on: None, payment: Payment, kind: str) -> None:
        item = make_item(payment, kind)
        assert tell_staff() == 1
        assert tell_staff() == 0
        mail = Mail.objects.get()
        content = unseal(mail)
        assert (mail.audience, mail.event, content.to) == ("staff", f"staff_{kind}", ("staff@shop.example",))
        assert f"/admin/payments/operatoritem/{item.pk}/change/" in content.html

    def test_other_items_old_ones_and_resolved_ones_are_not_told(self, mails_on: None, payment: Payment) -> None:
        make_item(payment, "unmatched")
        make_item(payment, resolved_at=clock.now())
        OperatorItem.objects.filter(pk=make_item(payment).pk).update(created_at="2020-01-01T00:00:00Z")
        assert tell_staff() == 0

    def test_a_flood_is_cut_and_what_is_cut_is_recorded(self, mails_on: None, payment: Payment) -> None:
        for _ in range(4):
            make_item(payment)
        with override_settings(MAIL_STAFF_PER_HOUR=2):
            tell_staff()
        assert sorted(Mail.objects.values_list("state", "reason")) == [
            *[("due", "")] * 2,
            *[("skipped", "too_many_in_an_hour")] * 2,
        ]

    def test_an_endpoint_that_is_off_while_callbacks_wait_is_told_once_until_it_comes_back(
        self, mails_on: None, payment: Payment
    ) -> None:
        endpoint = make_endpoint(payment.project, "https://orders.example/in?token=s3cret", enabled=False)
        assert tell_staff() == 0
        delivery = make_delivery(endpoint.url, event=make_event(payment), endpoint=endpoint)
        DeliveryTry.objects.create(delivery=delivery, number=1, error="endpoint_disabled")
        assert (tell_staff(), tell_staff()) == (1, 0)
        content = unseal(Mail.objects.get())
        assert "orders.example" in content.text
        assert "s3cret" not in content.text + content.html
        delivery.state = "delivered"
        delivery.save()
        assert tell_staff() == 1

    def test_without_a_person_to_tell_it_is_recorded(self, mails_on: None, payment: Payment, settings: Any) -> None:
        settings.MAIL_STAFF_TO = []
        make_item(payment)
        tell_staff()
        assert Mail.objects.get().reason == "nobody_to_tell"


class TestSweep:
    def test_a_saga_that_was_not_told_is_told_later(self, mails_on: None, payment: Payment) -> None:
        mail = tell(payment)
        Mail.objects.filter(pk=mail.pk).update(state=MailState.SENT, decided_at=clock.now())
        assert answer_again() == 1
        assert answer_again() == 0
        assert payment.transitions.get().event == "notificationSent"

    def test_an_outside_flow_manager_is_told_until_it_answers(
        self, mails_on: None, payment: Payment, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told: list[Any] = []

        def flow_manager(key: str, event: str, payload: Any) -> None:
            told.append((key, event, dict(payload)))
            if len(told) == 1:
                raise OSError

        mail = tell(payment)
        Mail.objects.filter(pk=mail.pk).update(state="failed", decided_at=clock.now(), answer_to="fm:payment-1")
        assert answer_again() == 0
        settings.FLOW_MANAGER_URL = "http://127.0.0.1:9"
        monkeypatch.setattr(answers, "_flow_managers", [flow_manager])
        assert (answer_again(), answer_again(), answer_again()) == (0, 1, 0)
        assert told == [("payment-1", "notificationFailed", {})] * 2

    def test_content_is_erased_when_its_time_is_over(self, mails_on: None, payment: Payment, settings: Any) -> None:
        ours, api = tell(payment), tell(payment, "PAYMENT_FAILED")
        due = tell(payment, "PAY_BY_LINK", link="https://pay.example/1")
        Mail.objects.filter(pk__in=[ours.pk, api.pk]).update(state="sent", decided_at=clock.now())
        Mail.objects.filter(pk=api.pk).update(audience="api")
        assert erase_content() == 0
        with clock.advanced(settings.MAIL_API_KEPT_HOURS * 3600 + 60):
            assert erase_content() == 1
        with clock.advanced(settings.MAIL_KEPT_DAYS * 86400 + 60):
            assert erase_content() == 1
        assert list(Mail.objects.exclude(content_sealed="")) == [due]

    def test_the_periodic_task_does_all_of_it(self, mails_on: None, payment: Payment) -> None:
        make_item(payment)
        look_after_mails()
        assert Mail.objects.get().event == "staff_chargeback"


class TestResend:
    def test_a_mail_that_was_sent_goes_again_as_a_new_message(self, mails_on: None, payment: Payment) -> None:
        mail = tell(payment)
        deliver(mail.pk, tries=0)
        mail.refresh_from_db()
        copy = resend(mail)
        assert (copy.version, message_id(copy.pk) == message_id(mail.pk)) == ("captured-1250#2", False)
        deliver(copy.pk, tries=0)
        copy.refresh_from_db()
        assert resend(copy).version == "captured-1250#3"
        assert outbox.outbox[0].body == outbox.outbox[1].body

    def test_a_mail_that_failed_goes_again_as_itself(self, mails_on: None, payment: Payment) -> None:
        mail = tell(payment)
        Mail.objects.filter(pk=mail.pk).update(state="failed", tries=1)
        mail.refresh_from_db()
        assert resend(mail).pk == mail.pk
        assert deliver(mail.pk, tries=1).number == 2
        with pytest.raises(Conflict):
            resend(mail)

    def test_what_is_under_way_skipped_or_erased_cannot_go_again(self, mails_on: None, payment: Payment) -> None:
        mail = tell(payment)
        assert not may_resend(mail)
        mail.state, mail.content_sealed = MailState.SENT, ""
        with pytest.raises(WrongState):
            resend(mail)


class TestEditing:
    SOURCE = Source("Grazie", "<p>{{ amount }}</p>", "{{ amount }}")

    def test_versions_are_kept_and_the_newest_counts(self, mails_on: None, payment: Payment) -> None:
        shop = payment.project
        for number in range(2):
            source = Source(f"Grazie {number}", self.SOURCE.html, self.SOURCE.text)
            editing.save_template(
                project=shop, event="payment_paid", language="it", source=source, based_on=number, by=BY
            )
        mail = tell(payment)
        assert (unseal(mail).subject, mail.template) == ("Grazie 1", "project, version 2")
        editing.save_template(project=shop, event="payment_paid", language="it", source=None, based_on=2, by=BY)
        Payment.objects.filter(pk=payment.pk).update(captured=1)
        assert unseal(tell(payment)).subject.startswith("Pagamento ricevuto")
        assert MailTemplate.objects.count() == 3
        assert [row.message for row in AuditEntry.objects.filter(outcome="ok", actor="marta").order_by("id")][:1] == [
            "payment_paid (it), version 1."
        ]

    def test_two_people_do_not_write_over_each_other(self, payment: Payment) -> None:
        def save() -> MailTemplate:
            return editing.save_template(
                project=payment.project, event="payment_paid", language="it", source=self.SOURCE, based_on=0, by=BY
            )

        save()
        with pytest.raises(Conflict, match="Version 1 was saved meanwhile"):
            save()

    @pytest.mark.parametrize(
        "html", ["<script>x</script>", "{{ nobody }}", "{% for i in range(10**9) %}{% endfor %}", " "]
    )
    def test_a_template_that_may_not_be_is_not_saved(self, payment: Payment, html: str) -> None:
        with pytest.raises(InvalidField):
            editing.save_template(
                project=payment.project,
                event="payment_paid",
                language="it",
                source=Source("x", html, "y"),
                based_on=0,
                by=BY,
            )
        assert MailTemplate.objects.count() == AuditEntry.objects.count() == 0

    def test_a_test_mail_goes_to_the_person_who_asks(self, mails_on: None, payment: Payment) -> None:
        mail = editing.send_test(
            project=payment.project,
            event="payment_paid",
            language="it",
            source=self.SOURCE,
            to="marta@shop.example",
            by=BY,
        )
        deliver(mail.pk, tries=0)
        assert (outbox.outbox[0].subject, outbox.outbox[0].to) == ("[Test] Grazie", ["marta@shop.example"])
        with pytest.raises(InvalidField, match="no mail address"):
            editing.send_test(
                project=payment.project, event="payment_paid", language="it", source=self.SOURCE, to="", by=BY
            )

    def test_a_projects_settings_go_before_the_hubs(self, mails_on: None, payment: Payment) -> None:
        change = ProfileChange(
            sender="Aurora <ciao@aurora.example>",
            reply_to="help@aurora.example",
            language="fr",
            customer_mails=True,
            events_off=["payment_failed"],
            staff_to=["boss@aurora.example"],
            sender_domains=["News.Aurora.example"],
        )
        editing.save_profile(project=payment.project, change=change, by=BY)
        profile = profile_of(payment.project_id)
        assert profile.sender_domains == {"aurora.example", "news.aurora.example", "shop.example"}
        assert tell(payment, "PAYMENT_FAILED").reason == "switched_off"
        Payment.objects.filter(pk=payment.pk).update(locale="")
        content = unseal(tell(payment))
        assert (content.sender, content.reply_to) == ("Aurora <ciao@aurora.example>", "help@aurora.example")
        assert content.subject.startswith("Paiement reçu")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("sender", "no address"),
            ("sender", "a@b.example\nBcc: x@y.example"),
            ("reply_to", "a@b.example, c@d.example"),
            ("staff_to", ["a@b.example", "x"]),
            ("sender_domains", ["*"]),
            ("language", "xx"),
        ],
    )
    def test_settings_that_cannot_be_are_refused(self, payment: Payment, field: str, value: Any) -> None:
        fields: dict[str, Any] = {
            "sender": "", "reply_to": "", "language": "", "customer_mails": True,
            "events_off": [], "staff_to": [], "sender_domains": [],
        }  # fmt: skip
        with pytest.raises(InvalidField):
            editing.save_profile(project=payment.project, change=ProfileChange(**fields | {field: value}), by=BY)
        assert MailProfile.objects.count() == 0
