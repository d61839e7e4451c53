"""Real SMTP conversations: what a server says, and what becomes of the mail."""

import pytest
from django.conf import settings as django_settings

from paymenthub.kernel import clock, ids
from payments.models import Mail, MailAudience, MailState, MailTry, OperatorItem, Payment
from payments.notifications import deliver as module
from payments.notifications.deliver import deliver
from payments.notifications.envelope import Attached, Content, message_id
from payments.notifications.queue import About, Key, queue
from tests.payments.notifications.server import DROP, MailServer

pytestmark = pytest.mark.django_db


def make_mail(payment: Payment, **over) -> Mail:
    content = Content(
        **{
            "sender": "Shop <pay@shop.example>",
            "to": ("Ada <ada@example.com>",),
            "subject": "Grazie, è arrivato",
            "text": "Ciao\n.\nfine",
            "html": "<p>Ciao</p>",
            **over,
        }
    )
    about = About(project=payment.project, mode="test", audience=MailAudience.CUSTOMER, payment=payment)
    return queue(Key(event="payment_paid", object_id=payment.id.hex, version=ids.new_uuid().hex), about, content)


def again(mail: Mail) -> None:
    """Let the pause before the next try pass."""
    mail.refresh_from_db()
    assert mail.next_try_at is not None
    with clock.advanced((mail.next_try_at - clock.now()).total_seconds() + 1):
        deliver(mail.pk, tries=mail.tries)
    mail.refresh_from_db()


def test_a_mail_arrives_as_it_was_written(mail_server: MailServer, payment: Payment) -> None:
    pdf = Attached("fattura è.pdf", "application/pdf", b"%PDF-1.7 \r\n.\r\n", "invoice")
    mail = make_mail(payment, cc=("Bo <bo@example.com>",), bcc=("hidden@example.com",), attachments=(pdf,))

    made = deliver(mail.pk, tries=0)

    mail.refresh_from_db()
    assert (made.accepted, made.code, mail.state, mail.tries) == (True, 250, MailState.SENT, 1)
    (recipients, raw), (got,) = mail_server.kept[0], mail_server.mails()
    assert recipients == ["ada@example.com", "bo@example.com", "hidden@example.com"]
    assert b"hidden@example.com" not in raw
    assert got["Subject"] == "Grazie, è arrivato"
    assert got["From"] == "Shop <pay@shop.example>"
    assert got["Message-ID"] == message_id(mail.pk) == f"<{mail.pk.hex}@testserver>"
    assert got.get_body(("plain",)).get_content().splitlines() == ["Ciao", ".", "fine"]
    assert got.get_body(("html",)).get_content().strip() == "<p>Ciao</p>"
    (file,) = got.iter_attachments()
    assert (file.get_filename(), file.get_payload(decode=True)) == ("fattura è.pdf", b"%PDF-1.7 \r\n.\r\n")
    assert file["Content-ID"] == "<invoice>"


def test_a_server_that_says_later_is_asked_later_under_the_same_message_id(
    mail_server: MailServer, payment: Payment
) -> None:
    mail_server.answers = ["451 4.7.1 greylisted", "250 OK"]
    mail = make_mail(payment)

    deliver(mail.pk, tries=0)
    mail.refresh_from_db()
    assert (mail.state, mail.tries) == (MailState.DUE, 1)
    assert 5 < (mail.next_try_at - clock.now()).total_seconds() < 30
    again(mail)

    assert mail.state == MailState.SENT
    tries = [(row.accepted, row.permanent, row.code, row.error) for row in MailTry.objects.order_by("number")]
    assert tries == [(False, False, 451, "4.7.1 greylisted"), (True, False, 250, "")]
    assert mail_server.ids() == [message_id(mail.pk)]


def test_a_server_that_says_never_ends_it_and_a_person_is_asked(mail_server: MailServer, payment: Payment) -> None:
    mail_server.answers = ["554 5.7.1 no such thing"]
    mail = make_mail(payment)

    deliver(mail.pk, tries=0)

    mail.refresh_from_db()
    assert (mail.state, mail.reason, mail.next_try_at) == (MailState.FAILED, "5.7.1 no such thing", None)
    item = OperatorItem.objects.get()
    assert (item.kind, item.about, item.payment) == ("mail_failed", f"mail:{mail.pk.hex}", payment)
    assert item.evidence == {
        "event": "payment_paid",
        "to": "a***@example.com",
        "code": 554,
        "error": "5.7.1 no such thing",
    }
    assert deliver(mail.pk, tries=1) is None


def test_a_yes_that_was_lost_leads_to_the_same_message_id_again(mail_server: MailServer, payment: Payment) -> None:
    mail_server.answers = [DROP, "250 OK"]
    mail = make_mail(payment)

    deliver(mail.pk, tries=0)
    mail.refresh_from_db()
    assert mail.state == MailState.DUE
    again(mail)

    assert mail.state == MailState.SENT
    assert mail_server.ids() == [message_id(mail.pk)] * 2


def test_a_worker_that_dies_after_the_servers_yes_sends_the_same_message_id_again(
    mail_server: MailServer, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = make_mail(payment)
    with monkeypatch.context() as broken:
        broken.setattr(module, "record", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            deliver(mail.pk, tries=0)
    assert deliver(mail.pk, tries=0) is None, "the claimed try is not made twice"
    again(mail)

    assert (mail.state, mail.tries) == (MailState.SENT, 2)
    assert mail_server.ids() == [message_id(mail.pk)] * 2


def test_one_refused_recipient_among_others_is_named(mail_server: MailServer, payment: Payment) -> None:
    mail_server.refuse = {"gone@example.com": "550 5.1.1 no such user"}
    mail = make_mail(payment, cc=("gone@example.com",))

    deliver(mail.pk, tries=0)

    mail.refresh_from_db()
    assert mail.state == MailState.SENT
    assert "gone@example.com: 550 5.1.1 no such user" in mail.reason


@pytest.mark.parametrize(("answer", "state"), [("550 5.1.1 no", MailState.FAILED), ("450 4.2.1 full", MailState.DUE)])
def test_a_mail_whose_only_recipient_is_refused(
    mail_server: MailServer, payment: Payment, answer: str, state: MailState
) -> None:
    mail_server.refuse = {"ada@example.com": answer}
    mail = make_mail(payment)
    deliver(mail.pk, tries=0)
    mail.refresh_from_db()
    assert mail.state == state


def test_a_server_that_is_away_is_tried_for_a_day(mail_server: MailServer, payment: Payment, settings) -> None:
    settings.EMAIL_PORT = 1
    mail = make_mail(payment)

    deliver(mail.pk, tries=0)
    assert MailTry.objects.get().error == "ConnectionRefusedError"
    with clock.advanced(django_settings.MAIL_RETRY_FOR + 60):
        deliver(mail.pk, tries=1)

    mail.refresh_from_db()
    assert mail.state == MailState.FAILED
    assert OperatorItem.objects.get().kind == "mail_failed"


def test_content_that_cannot_be_opened_is_put_before_a_person(mail_server: MailServer, payment: Payment) -> None:
    mail = make_mail(payment)
    other = make_mail(payment)
    Mail.objects.filter(pk=mail.pk).update(content_sealed=other.content_sealed)

    deliver(mail.pk, tries=0)

    mail.refresh_from_db()
    assert (mail.state, mail_server.kept) == (MailState.FAILED, [])
