"""POST and GET /v1/payment-links, GET and PATCH /v1/payment-links/{id}."""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from payments.api import idempotent
from payments.api.pagination import DEFAULT_LIMIT, MOST, limit_of, parameters, read_cursor, write_cursor
from payments.api.schema import Operation, Query, documented
from payments.api.views import HubAPIView, caller
from payments.models import CaptureMode, PaymentLink
from payments.selectors import links
from payments.selectors.keyset import Position
from payments.services.links.change import LinkChange, change_link
from payments.services.links.make import MakeCommand, make_link

from . import link_examples as examples
from .access import MAY_ACT, MAY_READ
from .link_objects import LinkObject, LinkPage, link_object
from .link_requests import LinkBody, LinkChangeBody, read_change, read_link

_FILTERS = (
    Query("limit", f"Links a page, 1 to {MOST}.", "50", schema={"type": "integer", "default": DEFAULT_LIMIT}),
    Query("cursor", "`nextCursor` of the page before, with the same filters.", "AAYOIPg3g0ABl6LE1eZ_gJGis8TV5vcI"),
    Query("shopTransactionId", "Your own id, exactly.", "order-2041"),
    Query("disabled", "`true`: switched off; `false`: not.", "false", schema={"type": "boolean"}),
)
_ERRORS = (
    errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge, errors.UnsupportedMediaType,
    errors.Unprocessable, errors.Busy,
)  # fmt: skip


class LinksView(HubAPIView):
    """Make and list payment links."""

    required_scopes = {"POST": MAY_ACT, "GET": MAY_READ}

    @documented(
        Operation(
            id="make_payment_link",
            summary="Make a payment link",
            description="Makes an address `/l/…` at which a customer pays with any method of any provider. Nothing is asked of a "
            "provider, and no payment exists before somebody begins to pay: then each use is a payment of its own, "
            "`{shopTransactionId}-{n}`, with callbacks of its own. `maxUses` is 1 without it, and null for as often as "
            "somebody comes. The same `shopTransactionId` with the same content is the same link; with other content 409.",
            tag="Payment links",
            request=LinkBody,
            response=LinkObject,
            request_examples=examples.LINK_BODIES,
            response_examples=examples.LINKS,
            errors=(*_ERRORS, errors.DuplicateTransaction),
        )
    )
    def post(self, request: Request) -> Response:
        """Make one."""

        def work() -> tuple[LinkObject, bool]:
            link = make_link(_command(request))
            return link_object(link, links.uses_of(link.pk)), True

        return idempotent.perform_without_attempt(request, work)

    @documented(
        Operation(
            id="list_payment_links",
            summary="List payment links",
            description="The links of the key's project and mode, newest first, a page at a time. All filters given must hold.",
            tag="Payment links",
            response=LinkPage,
            response_examples=examples.LINK_PAGES,
            query=_FILTERS,
            errors=(errors.InvalidField, errors.Busy),
        )
    )
    def get(self, request: Request) -> Response:
        """List a page."""
        key = caller(request)
        given = parameters(request, [query.name for query in _FILTERS])
        limit = limit_of(given)
        found = links.page(
            project=key.project,
            mode=key.mode,
            wanted=links.LinkFilter(given.get("shopTransactionId"), _boolean(given, "disabled")),
            before=read_cursor(given, "cursor"),
            limit=limit + 1,
        )
        shown = found[:limit]
        uses = links.uses_of_each(link.pk for link in shown)
        last = shown[-1] if len(found) > limit else None
        return Response(
            LinkPage(
                data=[link_object(link, uses.get(link.pk, links.Uses())) for link in shown],
                next_cursor=write_cursor(Position(last.created_at, last.id)) if last else None,
            )
        )


class LinkView(HubAPIView):
    """Show and change a payment link."""

    required_scopes = {"GET": MAY_READ, "PATCH": MAY_ACT}

    @documented(
        Operation(
            id="get_payment_link",
            summary="Read a payment link",
            description="How it stands now. Its payments: `GET /v1/payments?shopTransactionId={shopTransactionId}-{n}`.",
            tag="Payment links",
            response=LinkObject,
            response_examples=examples.LINKS,
            errors=(errors.NotFound, errors.Busy),
        )
    )
    def get(self, request: Request, link_id: str) -> Response:
        """Show it."""
        link = link_of(request, link_id)
        return Response(link_object(link, links.uses_of(link.pk)))

    @documented(
        Operation(
            id="change_payment_link",
            summary="Change a payment link",
            description="Extends it, ends it, opens it again, or lets it be paid more often. What was begun before goes on. "
            "What is left out stays as it is.",
            tag="Payment links",
            request=LinkChangeBody,
            response=LinkObject,
            request_examples=examples.LINK_CHANGES,
            response_examples=examples.LINKS,
            errors=(*_ERRORS, errors.NotFound),
        )
    )
    def patch(self, request: Request, link_id: str) -> Response:
        """Change it."""
        body = read_change(request.data)
        named = {name: getattr(body, name) for name in body.__struct_fields__}
        wanted = LinkChange(**{name: value for name, value in named.items() if value is not UNSET})
        link = change_link(link_of(request, link_id).pk, wanted)
        return Response(link_object(link, links.uses_of(link.pk)))


def link_of(request: Request, link_id: str) -> PaymentLink:
    """Find the link of a path. Raises NotFound."""
    key = caller(request)
    return links.find(project=key.project, mode=key.mode, link_id=link_id)


def _command(request: Request) -> MakeCommand:
    key = caller(request)
    body = read_link(request.data, hosts=key.project.redirect_hosts)
    more = {"items": body.items} if body.items else {}
    return MakeCommand(
        project=key.project,
        mode=key.mode,
        shop_transaction_id=body.shop_transaction_id,
        currency=body.currency,
        amount=None if body.amount is UNSET else body.amount,
        min_amount=None if body.min_amount is UNSET else body.min_amount,
        max_amount=None if body.max_amount is UNSET else body.max_amount,
        max_uses=body.max_uses,
        capture_mode=CaptureMode(body.capture_mode),
        description=body.description,
        buyer=msgspec.to_builtins(body.buyer),
        additional_data=body.additional_data | more,
        locale=body.locale,
        allowed_methods=body.allowed_methods,
        success_redirect_url=body.success_redirect_url,
        failure_redirect_url=body.failure_redirect_url,
        callback_url=body.callback_url,
        expires_at=None if body.expires_at is UNSET else body.expires_at,
    )


def _boolean(given: Mapping[str, str], name: str) -> bool | None:
    text = given.get(name)
    if text not in (None, "true", "false"):
        raise errors.InvalidField("`true` or `false`.", param=name)
    return None if text is None else text == "true"
