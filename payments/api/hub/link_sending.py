"""POST /v1/payment-links/{id}/send, and its QR codes."""

import hashlib
from typing import Any, ClassVar, Literal

from django.http import HttpResponse
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api import idempotent
from payments.api.idempotency_header import key_of
from payments.api.pagination import integer, parameters
from payments.api.renderers import JSONRenderer
from payments.api.schema import Operation, Query, documented
from payments.api.typed import read
from payments.api.views import HubAPIView
from payments.domain import qr
from payments.notifications.send_link import send_link
from payments.selectors.links import url_of

from . import link_examples as examples
from .access import MAY_ACT, MAY_READ
from .link_objects import LinkSent
from .link_requests import SendLinkBody
from .links import link_of

_SCALE = (
    Query(
        "scale",
        f"Pixels a module, 1 to {qr.MOST_SCALE}; 8 without it.",
        "8",
        schema={"type": "integer", "minimum": 1, "maximum": qr.MOST_SCALE, "default": 8},
    ),
)


class SendLinkView(HubAPIView):
    """Send a payment link."""

    required_scopes = {"POST": MAY_ACT}

    @documented(
        Operation(
            id="send_payment_link",
            summary="Send a payment link by mail",
            description="Writes the project's mail «payment link» to the buyer, or to another address; workers send it. Each call "
            "is a mail of its own; with an `Idempotency-Key` the same key is the same mail. 501 where no mails are set up, and "
            "for `sms`: no way to send them is installed.",
            tag="Payment links",
            request=SendLinkBody,
            response=LinkSent,
            request_examples=examples.SEND_BODIES,
            response_examples=examples.SENT,
            errors=(
                errors.MalformedRequest, errors.InvalidField, errors.NotFound, errors.WrongState, errors.PayloadTooLarge,
                errors.UnsupportedMediaType, errors.UnsupportedOperation, errors.Busy,
            ),
        )
    )  # fmt: skip
    def post(self, request: Request, link_id: str) -> Response:
        """Send it."""

        def work() -> tuple[LinkSent, bool]:
            body = read(request.data, SendLinkBody)
            link = link_of(request, link_id)
            if body.channel == "sms":
                raise errors.UnsupportedOperation("No way to send SMS is installed here. Send a mail.")
            if body.locale and not body.locale.isprintable():
                raise errors.InvalidField("This is no language tag.", param="locale")
            if body.email and not body.email.isprintable():
                raise errors.InvalidField("This is no mail address.", param="email")
            key = key_of(request)
            version = hashlib.sha256(f"{link.pk.hex}:{key}".encode()).hexdigest()[:64] if key else ""
            mail = send_link(link, email=body.email, locale=body.locale, version=version)
            sent = LinkSent(state=mail.state, reason=mail.reason, recipient=mail.recipients_shown)  # type: ignore[arg-type]
            return sent, True

        return idempotent.perform_without_attempt(request, work)


class _Svg(BaseRenderer):
    """Only names a media type; what goes through it is an error, and JSON."""

    media_type, format = "image/svg+xml", "svg"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        """Return JSON."""
        return JSONRenderer().render(data)


class _Png(_Svg):
    media_type, format = "image/png", "png"


class _QrView(HubAPIView):
    """A link's address as a picture."""

    required_scopes = {"GET": MAY_READ}
    kind: ClassVar[Literal["svg", "png"]]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """Check that a picture or JSON is welcome; whatever DRF renders itself is JSON. Raises NotAcceptable."""
        json = JSONRenderer()
        if not force:
            DefaultContentNegotiation().select_renderer(request, [json, _Svg(), _Png()])
        return json, json.media_type

    def draw(self, request: Request, link_id: str) -> HttpResponse:
        """Draw it."""
        given = parameters(request, ["scale"])
        scale = integer(given, "scale", least=1, most=qr.MOST_SCALE) or 8
        link = link_of(request, link_id)
        answer = HttpResponse(qr.picture(url_of(link), self.kind, scale=scale), content_type=qr.MEDIA_TYPES[self.kind])
        answer["Cache-Control"] = "private, no-store"
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
        answer["Content-Disposition"] = f'inline; filename="{link.public_id}.{self.kind}"'
        return answer


class QrSvgView(_QrView):
    """As SVG."""

    kind = "svg"

    @documented(
        Operation(
            id="payment_link_qr_svg",
            summary="Draw a payment link's QR code as SVG",
            description="The link's address, black on white, with the quiet zone that scanners need.",
            tag="Payment links",
            response=None,
            is_file=True,
            media_type="image/svg+xml",
            query=_SCALE,
            errors=(errors.InvalidField, errors.NotFound, errors.Busy),
        )
    )
    def get(self, request: Request, link_id: str) -> HttpResponse:
        """Draw it."""
        return self.draw(request, link_id)


class QrPngView(_QrView):
    """As PNG."""

    kind = "png"

    @documented(
        Operation(
            id="payment_link_qr_png",
            summary="Draw a payment link's QR code as PNG",
            description="The link's address, black on white, with the quiet zone that scanners need.",
            tag="Payment links",
            response=None,
            is_file=True,
            media_type="image/png",
            query=_SCALE,
            errors=(errors.InvalidField, errors.NotFound, errors.Busy),
        )
    )
    def get(self, request: Request, link_id: str) -> HttpResponse:
        """Draw it."""
        return self.draw(request, link_id)
