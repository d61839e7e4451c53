"""GET /transactions-saga and GET /fm-transactions: read-only collections in the CRUD service's conventions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from paymenthub.kernel.errors import InvalidField, NotFound
from payments.api.hub.access import MAY_READ
from payments.api.pagination import integer, read_cursor, write_cursor
from payments.api.renderers import JSONRenderer
from payments.api.schema import Operation, Query, documented
from payments.api.views import HubAPIView, caller
from payments.models import Project, Scope
from payments.selectors import sagas, subscription_sagas
from payments.selectors.keyset import Position

from . import examples
from .documents import SagaDocument, current, first, projected
from .filters import FIELDS, LONGEST_Q, Fields, equal, read_q
from .subscription_documents import SubscriptionRow, saga_document, view_row
from .subscription_filters import FIELDS as SUBSCRIPTION_FIELDS

_MOST = 200
_DEEPEST_SKIP = 10_000_000
_MOST_PATHS = 50
_ORDERS = {
    "createdAt": ("created_at", "id"),
    "-createdAt": ("-created_at", "-id"),
    "metadata.amount": ("amount", "created_at", "id"),
    "-metadata.amount": ("-amount", "-created_at", "-id"),
}
_NEWEST_FIRST = "-createdAt"
CURSOR_HEADER = "X-Next-Cursor"
NDJSON = "application/x-ndjson"
_STANDINGS = ("PUBLIC", "DRAFT", "TRASH", "DELETED")

_ANY_FILTERS = (
    Query("_q", f"A JSON object of at most {LONGEST_Q} characters: fields, with $eq $ne $in $nin $gt $gte $lt $lte $exists, joined "
          "by $and and $or.", '%7B%22metadata.amount%22%3A%7B%22%24gte%22%3A1%7D%7D'),
    Query("_st", "Comma-separated standings; everything here is PUBLIC.", "PUBLIC"),
)  # fmt: skip


def _filters(*examples: tuple[str, str]) -> tuple[Query, ...]:
    return (*_ANY_FILTERS, *(Query(name, "Equal to this.", example) for name, example in examples))


_OF_PAYMENTS = _filters(
    ("sagaId", "pay_0197a2c4d5e67f8091a2b3c4d5e6f708"), ("currentState", "PAYMENT_EXECUTED"),
    ("businessStateId", "1"), ("metadata.provider", "sandbox"), ("metadata.paymentMethod", "credit-cards"),
    ("metadata.shopTransactionId", "order-2041"), ("metadata.paymentId", "sp_1Q2"),
)  # fmt: skip
_OF_SUBSCRIPTIONS = _filters(
    ("sagaId", "sub_0197a2c4d5e67f8091a2b3c4d5e6f70e"), ("currentState", "ACTIVE"), ("businessStateId", "1"),
    ("metadata.provider", "sandbox"), ("metadata.paymentMethod", "credit-cards"),
    ("metadata.shopSubscriptionId", "club-7"),
)  # fmt: skip
_PROJECTION = Query("_p", f"Only these fields, comma-separated, at most {_MOST_PATHS}.", "sagaId,metadata.amount")
_PAGING = (
    Query("_s", f"The order: {', '.join(_ORDERS)}.", _NEWEST_FIRST),
    Query("_l", f"Documents a page, 1 to {_MOST}.", "25", schema={"type": "integer", "default": _MOST}),
    Query("_sk", "How many to skip: for pages near the beginning. Its cost grows with the number; `_cursor`'s does not.", "0",
          schema={"type": "integer", "minimum": 0}),
    Query("_cursor", f"`{CURSOR_HEADER}` of the page before, newest first: a page deep inside costs what the first one does.",
          "AAYOIPg3g0ABl6LE1eZ_gJGis8TV5vcI"),
    _PROJECTION,
)  # fmt: skip
_ERRORS = (errors.InvalidField, errors.Busy)


class NdjsonRenderer(JSONRenderer):
    """Stands for JSON lines where the caller says what it accepts; errors are plain JSON all the same."""

    media_type = NDJSON
    format = "ndjson"


@dataclass(frozen=True, slots=True)
class _Collection:
    """A collection: where its rows come from (`source`, a module of selectors), and how one becomes a document."""

    source: Any
    fields: Fields
    filters: tuple[Query, ...]
    document: type[msgspec.Struct]
    write: Callable[[Any], Any]
    missing: str

    def saga_with_id(self, project: Project, saga_id: str) -> Q:
        """Match one by its saga id."""
        return equal(project, "sagaId", saga_id, fields=self.fields)


class _CollectionView(HubAPIView):
    """What all collections share."""

    required_scopes = {"GET": MAY_READ | {Scope.SAGA_DRIVE.value}}
    collection: ClassVar[_Collection]

    def found(self, request: Request, given: Mapping[str, str]) -> QuerySet[Any]:
        """Return what the filters match."""
        key = caller(request)
        wanted = Q()
        for name, value in given.items():
            if name in self.collection.fields:
                wanted &= equal(key.project, name, value, fields=self.collection.fields)
        if "_q" in given:
            wanted &= read_q(key.project, given["_q"], fields=self.collection.fields)
        standings = given.get("_st", "PUBLIC").split(",")
        if not set(standings) <= set(_STANDINGS):
            raise InvalidField(f"Standings are: {', '.join(_STANDINGS)}.", param="_st")
        if "PUBLIC" not in standings:
            wanted &= Q(pk__in=[])
        found: QuerySet[Any] = self.collection.source.matching(project=key.project, mode=key.mode, wanted=wanted)
        return found

    def written(self, rows: Sequence[Any], paths: Sequence[str]) -> Any:
        """Make documents of rows."""
        return projected(self.collection.source.documents(rows), self.collection.write, paths)

    def given(self, request: Request, *offered: Query) -> dict[str, str]:
        """Return the parameters: the filters, and those that are offered beside them."""
        return _given(request, offered, self.collection.fields)


def _given(request: Request, offered: Sequence[Query], fields: Fields) -> dict[str, str]:
    """Return the parameters. A name that nobody knows is refused: ignored, it would list everything."""
    names = {query.name for query in offered} | fields.keys()
    found: dict[str, str] = {}
    for name, values in request.query_params.lists():
        if name not in names:
            raise InvalidField(f"There is no such parameter; known are {', '.join(sorted(names))}.", param=name[:64])
        if len(values) != 1:
            raise InvalidField("Once only.", param=name)
        longest = LONGEST_Q if name == "_q" else 1000
        if not values[0] or len(values[0]) > longest or not values[0].isprintable():
            raise InvalidField(f"1 to {longest} printable characters.", param=name)
        found[name] = values[0]
    return found


def _paths(given: Mapping[str, str]) -> tuple[str, ...]:
    paths = tuple(path.strip() for path in given.get("_p", "").split(",") if path.strip())
    if len(paths) > _MOST_PATHS:
        raise InvalidField(f"At most {_MOST_PATHS} fields.", param="_p")
    return paths


class _ListView(_CollectionView):
    def list(self, request: Request) -> Response:
        """Answer a page."""
        given = self.given(request, *_ANY_FILTERS, *_PAGING)
        limit = integer(given, "_l", least=1, most=_MOST) or _MOST
        skip = integer(given, "_sk", most=_DEEPEST_SKIP) or 0
        order = given.get("_s", _NEWEST_FIRST)
        if order not in _ORDERS:
            raise InvalidField(f"Orders are: {', '.join(_ORDERS)}.", param="_s")
        before = read_cursor(given, "_cursor")
        if before is not None and (skip or order != _NEWEST_FIRST):
            raise InvalidField("A cursor goes on newest first, and without _sk.", param="_cursor")
        found = self.found(request, given)
        rows = self.collection.source.page(found, order=_ORDERS[order], limit=limit, skip=skip, before=before)
        answer = Response(self.written(rows, _paths(given)))
        if order == _NEWEST_FIRST and len(rows) == limit:
            answer[CURSOR_HEADER] = write_cursor(Position(rows[-1].created_at, rows[-1].id))
        return answer


class _DocumentView(_CollectionView):
    def show(self, request: Request, saga_id: str) -> Response:
        """Answer one document."""
        given = _given(request, (_PROJECTION,), {})
        key, kind = caller(request), self.collection
        usable = 0 < len(saga_id) <= 255 and saga_id.isprintable()
        wanted = kind.saga_with_id(key.project, saga_id) if usable else Q(pk__in=[])
        rows = list(kind.source.matching(project=key.project, mode=key.mode, wanted=wanted)[:1])
        if not rows:
            raise NotFound(kind.missing, param="sagaId")
        return Response(self.written(rows, _paths(given))[0])


class _CountView(_CollectionView):
    def count(self, request: Request) -> Response:
        """Answer how many."""
        return Response(self.found(request, self.given(request, *_ANY_FILTERS)).count())


class _ExportView(_CollectionView):
    renderer_classes = [JSONRenderer, NdjsonRenderer]

    def export(self, request: Request) -> HttpResponseBase:
        """Stream every document, newest first."""
        given = self.given(request, *_ANY_FILTERS, _PROJECTION)
        found, paths = self.found(request, given), _paths(given)

        def lines() -> Iterator[bytes]:
            for rows in self.collection.source.in_batches(found):
                documents = self.written(rows, paths)
                yield b"".join(msgspec.json.encode(document) + b"\n" for document in documents)

        return StreamingHttpResponse(lines(), content_type=NDJSON)


def _operation(what: str, collection: str, summary: str, description: str, **more: Any) -> Operation:
    return Operation(
        id=f"{what}_{collection}",
        summary=summary,
        description=description,
        tag="Collections",
        **({"errors": _ERRORS} | more),
    )


def views(collection: str, title: str, kind: _Collection, shown: Mapping[str, Any]) -> tuple[type[HubAPIView], ...]:
    """Make the views of a collection: list, count, export, one document."""
    names = "The published product's conventions, read-only; only the key's project and mode."

    class ListView(_ListView):
        @documented(
            _operation(
                "list", collection, f"{title}: list", f"A page of documents, newest first. {names}",
                response=kind.document, many=True, query=(*kind.filters, *_PAGING),
                response_examples={name: [value] for name, value in shown.items()},
            )
        )  # fmt: skip
        def get(self, request: Request) -> Response:
            """List a page."""
            return self.list(request)

    class CountView(_CountView):
        @documented(
            _operation(
                "count", collection, f"{title}: count", f"How many documents match, as a plain number. {names}",
                response=None, response_schema={"type": "integer"}, response_examples={"some": 12}, query=kind.filters,
            )
        )  # fmt: skip
        def get(self, request: Request) -> Response:
            """Count."""
            return self.count(request)

    class ExportView(_ExportView):
        @documented(
            _operation(
                "export", collection, f"{title}: export",
                f"All documents that match, newest first, streamed as JSON lines: one object a line. {names}",
                response=None, response_schema={"type": "string", "format": "binary"}, media_type=NDJSON,
                query=(*kind.filters, _PROJECTION),
                response_examples={name: msgspec.json.encode(one).decode() + "\n" for name, one in shown.items()},
            )
        )  # fmt: skip
        def get(self, request: Request) -> HttpResponseBase:
            """Export."""
            return self.export(request)

    class DocumentView(_DocumentView):
        @documented(
            _operation(
                "get", collection, f"{title}: one document", f"One saga. {names}",
                response=kind.document, query=(_PROJECTION,), response_examples=shown,
                errors=(*_ERRORS, errors.NotFound),
            )
        )  # fmt: skip
        def get(self, request: Request, saga_id: str) -> Response:
            """Show it."""
            return self.show(request, saga_id)

    made: tuple[type[_CollectionView], ...] = (ListView, CountView, ExportView, DocumentView)
    for view in made:
        view.collection = kind
    return made


def _of_payments(write: Callable[[sagas.Saga], SagaDocument]) -> _Collection:
    return _Collection(sagas, FIELDS, _OF_PAYMENTS, SagaDocument, write, "There is no such saga.")


def _of_subscriptions(document: type[msgspec.Struct], write: Callable[[Any], msgspec.Struct]) -> _Collection:
    fields, filters = SUBSCRIPTION_FIELDS, _OF_SUBSCRIPTIONS
    return _Collection(subscription_sagas, fields, filters, document, write, "There is no such subscription.")


FIRST = views("transactions_saga", "Transactions (first names)", _of_payments(first), examples.FIRST)
CURRENT = views("fm_transactions", "Transactions", _of_payments(current), examples.CURRENT)
SUBSCRIPTIONS = views(
    "fm_subscriptions", "Subscriptions", _of_subscriptions(SagaDocument, saga_document), examples.SUBSCRIPTIONS
)
SUBSCRIPTION_ROWS = views(
    "subscriptions_view",
    "Subscriptions (view)",
    _of_subscriptions(SubscriptionRow, view_row),
    examples.SUBSCRIPTION_ROWS,
)
