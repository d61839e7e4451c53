"""POST /send, /send/split-recipients and /saga/send: what is taken, what is refused, and what goes out."""

import json
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.files.uploadedfile import SimpleUploadedFile

from payments.models import IdempotencyRecord, Mail, MailState, Project
from payments.notifications import answers
from payments.notifications.deliver import deliver
from payments.notifications.envelope import unseal
from payments.notifications.sweep import answer_again
from tests.payments.api.conftest import OrderSystem

pytestmark = pytest.mark.django_db
MAIL = {"recipient": "ada@example.com", "sender": "Shop <pay@shop.example>", "subject": "Hello", "message": "Hi"}


@pytest.fixture(autouse=True)
def _mails_on(settings: Any) -> None:
    settings.EMAIL_FROM = "Shop <pay@shop.example>"


def send_due() -> list[Any]:
    for mail in Mail.objects.filter(state=MailState.DUE).order_by("id"):
        deliver(mail.pk, tries=mail.tries)
    return outbox.outbox


def form(shop: OrderSystem, path: str, fields: dict[str, Any], **headers: str) -> Any:
    return shop.client.post(path, fields, headers=shop._headers(headers))


class TestSend:
    def test_a_mail_goes_out_and_the_answer_is_empty(self, shop: OrderSystem) -> None:
        body = MAIL | {"recipient": ["ada@example.com", "Bo <bo@example.com>"], "cc": ["c@example.com"]}
        body |= {"bcc": ["hidden@example.com"], "htmlMessage": "<p>Hi</p>"}

        answer = shop.post("/send", body)

        assert (answer.status_code, answer.content) == (200, b"")
        (sent,) = send_due()
        assert (sent.to, sent.cc, sent.bcc) == (
            ["ada@example.com", "Bo <bo@example.com>"],
            ["c@example.com"],
            ["hidden@example.com"],
        )
        assert (sent.subject, sent.body, sent.alternatives[0][0]) == ("Hello", "Hi", "<p>Hi</p>")

    def test_split_recipients_get_a_mail_each_with_the_same_copies(self, shop: OrderSystem) -> None:
        body = MAIL | {"recipient": ["a@example.com", "b@example.com"], "cc": ["c@example.com"]}
        assert shop.post("/send/split-recipients", body).content == b""
        assert [(sent.to, sent.cc) for sent in send_due()] == [
            (["a@example.com"], ["c@example.com"]),
            (["b@example.com"], ["c@example.com"]),
        ]

    def test_a_form_brings_files_with_their_content_id(self, shop: OrderSystem) -> None:
        fields = {
            "from": "pay@shop.example",
            "recipient": ["a@example.com", "b@example.com"],
            "subject": "With files",
            "htmlMessage": '<img src="cid:logo">',
            "logo": SimpleUploadedFile("logo è.png", b"\x89PNG", "image/png"),
            "invoice": SimpleUploadedFile("i.pdf", b"%PDF", "application/pdf"),
        }
        assert form(shop, "/send", fields).status_code == 200
        (sent,) = send_due()
        assert sent.to == ["a@example.com", "b@example.com"]
        assert [
            (part.get_filename(), part["Content-ID"], part.get_payload(decode=True)) for part in sent.attachments
        ] == [
            ("logo è.png", "<logo>", b"\x89PNG"),
            ("i.pdf", "<invoice>", b"%PDF"),
        ]

    @pytest.mark.parametrize("path", ["/send", "/send/split-recipients"])
    @pytest.mark.parametrize("is_form", [False, True])
    def test_the_same_key_sends_once(self, shop: OrderSystem, path: str, is_form: bool) -> None:
        def ask(**over: Any) -> Any:
            if is_form:
                file = SimpleUploadedFile("a.txt", b"same", "text/plain")
                return form(shop, path, MAIL | {"file": file} | over, Idempotency_Key="k-1")
            return shop.post(path, MAIL | over, Idempotency_Key="k-1")

        first, again, other = ask(), ask(), ask(subject="Another")

        assert (first.status_code, first.content) == (again.status_code, again.content) == (200, b"")
        assert again.headers["Idempotency-Replayed"] == "true"
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        assert Mail.objects.count() == IdempotencyRecord.objects.count() == 1

    def test_another_file_under_the_same_key_is_another_request(self, shop: OrderSystem) -> None:
        def ask(data: bytes) -> int:
            return form(shop, "/send", MAIL | {"f": SimpleUploadedFile("a", data)}, Idempotency_Key="k").status_code

        assert (ask(b"one"), ask(b"two")) == (200, 422)

    @pytest.mark.parametrize(
        ("over", "param"),
        [
            ({"sender": None}, "sender"),
            ({"from": "pay@shop.example"}, "sender"),
            ({"recipient": []}, "recipient"),
            ({"recipient": "nobody"}, "recipient"),
            ({"recipient": ["a@example.com", "x"]}, "recipient"),
            ({"recipient": "a@example.com\r\nBcc: thief@evil.example"}, "recipient"),
            ({"recipient": "a@example.com, b@example.com"}, "recipient"),
            ({"recipient": '"a@shop.example" <thief@evil.example>, b@x.example'}, "recipient"),
            ({"recipient": [f"a{n}@example.com" for n in range(51)]}, "recipient"),
            ({"recipient": ["a@example.com"] * 40, "bcc": ["b@example.com"] * 11}, "recipient"),
            ({"cc": ["a@example.com\nX: y"]}, "cc"),
            ({"bcc": "a@example.com"}, "bcc"),
            ({"sender": "Shop\r\nX: y <pay@shop.example>"}, "sender"),
            ({"subject": "Hello\r\nBcc: thief@evil.example"}, "subject"),
            ({"subject": "Hello\u2028Bcc: x"}, "subject"),
            ({"subject": "x" * 501}, "subject"),
            ({"subject": ""}, "subject"),
            ({"message": ""}, "message"),
            ({"message": 1}, "message"),
        ],
    )
    def test_what_is_wrong_is_refused_by_name(self, shop: OrderSystem, over: dict[str, Any], param: str) -> None:
        answer = shop.post("/send", MAIL | over)
        told = answer.json()
        assert (answer.status_code, told["code"]) == (400, "invalid_field")
        assert told["param"].startswith(param)
        assert Mail.objects.count() == 0

    @pytest.mark.parametrize("content_type", ["message/rfc822", "multipart/mixed", "text", "text/html x"])
    def test_a_files_type_cannot_write_headers(self, shop: OrderSystem, content_type: str) -> None:
        file = SimpleUploadedFile("x.txt", b"hi", content_type)
        answer = form(shop, "/send", MAIL | {"f": file})
        assert (answer.status_code, answer.json()["message"]) == (400, "This content type cannot be attached.")
        assert Mail.objects.count() == 0

    def test_the_hub_is_no_open_relay(self, shop: OrderSystem, project: Project) -> None:
        for sender in ("ceo@bank.example", "x@shop.example.evil.example", "pay@shop.example <x@evil.example>"):
            answer = shop.post("/send", MAIL | {"sender": sender})
            assert answer.status_code in (400, 403), sender
        assert shop.post("/send", MAIL | {"sender": "x@sub.shop.example"}).status_code == 403
        assert Mail.objects.count() == 0

    def test_too_large_a_mail_is_refused_before_it_is_read(self, shop: OrderSystem, settings: Any) -> None:
        settings.MAIL_MAX_BYTES = 70_000
        file = SimpleUploadedFile("a.bin", b"x" * 80_000)
        assert form(shop, "/send", MAIL | {"f": file}).status_code == 413
        assert shop.post("/send", MAIL | {"message": "x" * 80_000}).status_code == 413

    def test_too_many_files_are_refused(self, shop: OrderSystem) -> None:
        files = {f"f{n}": SimpleUploadedFile("a", b"x") for n in range(11)}
        assert form(shop, "/send", MAIL | files).json()["param"] == "attachments"

    def test_card_numbers_are_refused(self, shop: OrderSystem) -> None:
        answer = shop.post("/send", MAIL | {"message": "4111 1111 1111 1111"})
        assert (answer.status_code, answer.json()["param"]) == (422, "message")

    def test_content_is_sealed_at_rest(self, shop: OrderSystem) -> None:
        shop.post("/send", MAIL | {"message": "only for Ada", "bcc": ["hidden@example.com"]})
        row = str(Mail.objects.values().get())
        assert "only for Ada" not in row
        assert "hidden@" not in row
        assert "a***@example.com" in row
        assert unseal(Mail.objects.get()).text == "only for Ada"

    def test_without_a_mail_server_it_says_so(self, shop: OrderSystem, settings: Any) -> None:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = "payments.notifications.smtp.EmailBackend", ""
        assert shop.post("/send", MAIL).status_code == 501

    def test_a_key_that_reads_only_may_not_send(self, shop: OrderSystem, project: Project) -> None:
        assert OrderSystem(None).post("/send", MAIL).status_code == 401

    def test_a_backoffices_key_may_send(self, backoffice: OrderSystem) -> None:
        assert backoffice.post("/send", MAIL).status_code == 200

    def test_mails_have_a_rate_of_their_own(self, shop: OrderSystem, settings: Any) -> None:
        settings.MAIL_RATE_LIMIT = "2/day"
        assert [shop.post("/send", MAIL).status_code for _ in range(3)] == [200, 200, 429]


COMMAND = {
    "key": "payment-8a3f",
    "value": {
        "messageLabel": "PAYMENT_EXECUTED",
        "messagePayload": {
            "shopTransactionId": "order-2041",
            "amount": 12990,
            "currency": "eur",
            "locale": "it",
            "additionalData": {"buyer": {"name": "Ada", "email": "ada@example.com"}, "notificationChannels": ["email"]},
        },
    },
}


@pytest.fixture
def told(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What an outside Flow Manager was told."""
    heard: list[Any] = []
    settings.FLOW_MANAGER_URL = "http://127.0.0.1:9"
    monkeypatch.setattr(answers, "_flow_managers", [lambda key, event, payload: heard.append((key, event))])
    return heard


class TestSagaSend:
    def test_a_flow_managers_command_sends_a_mail_and_tells_it_so(
        self, shop: OrderSystem, project: Project, told: list[Any]
    ) -> None:
        answer = shop.post("/saga/send", COMMAND)
        assert (answer.status_code, answer.content) == (200, b"")
        (sent,) = send_due()
        assert (sent.subject, sent.to) == (f"Pagamento ricevuto: 129,90 € a {project.name}", ["ada@example.com"])
        assert told == [("payment-8a3f", "notificationSent")]

    def test_a_mail_that_cannot_be_sent_is_told_with_the_event_of_the_setting(
        self, shop: OrderSystem, settings: Any, told: list[Any]
    ) -> None:
        settings.MAIL_FAILED_EVENT = "paymentFailed"
        command = json.loads(json.dumps(COMMAND))
        command["value"]["messagePayload"]["additionalData"]["buyer"] = {"id": "u1"}
        assert shop.post("/saga/send", command).status_code == 200
        answer_again()
        assert told == [("payment-8a3f", "paymentFailed")]

    def test_the_same_command_again_sends_nothing_twice_and_other_news_does(self, shop: OrderSystem) -> None:
        shop.post("/saga/send", COMMAND)
        shop.post("/saga/send", COMMAND)
        assert Mail.objects.count() == 1
        command = json.loads(json.dumps(COMMAND))
        command["value"]["messagePayload"]["amount"] = 5
        shop.post("/saga/send", command)
        assert Mail.objects.count() == 2

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"key": "x"},
            {"key": "", "value": {"messageLabel": "A"}},
            {"key": "a\nb", "value": {"messageLabel": "A"}},
            {"key": "x", "value": {"messageLabel": "<b>"}},
            {"key": "x", "value": {"messageLabel": "A", "messagePayload": []}},
        ],
    )
    def test_what_is_no_command_is_refused(self, shop: OrderSystem, body: Any) -> None:
        assert shop.post("/saga/send", body).status_code == 400
        assert Mail.objects.count() == 0

    @pytest.mark.parametrize("payload", [{"amount": "x", "currency": 5, "additionalData": [], "refundDetails": 7}, {}])
    def test_strange_metadata_does_no_harm(self, shop: OrderSystem, payload: Any) -> None:
        body = {"key": "x", "value": {"messageLabel": "PAYMENT_EXECUTED", "messagePayload": payload}}
        assert shop.post("/saga/send", body).status_code == 200
        assert Mail.objects.get().reason == "buyer_without_address"
