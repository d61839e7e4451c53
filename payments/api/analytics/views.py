"""GET /analytics/{name}/json, /jsonl and /csv: the rows of a profile in three forms."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request

from paymenthub.kernel import errors
from paymenthub.kernel.errors import InvalidField
from paymenthub.kernel.spreadsheet import neutral
from payments.api.collections.filters import moment
from payments.api.fields import check_currency
from payments.api.hub.access import MAY_READ
from payments.api.renderers import JSONRenderer
from payments.api.schema import Operation, Query, documented
from payments.api.views import HubAPIView, caller
from payments.selectors import rollups
from payments.selectors.analytics import Range, Row
from payments.selectors.rollups import Slice

from .profiles import PROFILES, Profile

_FROM, _TO, _CURRENCY = "transactionDateFrom", "transactionDateTo", "currency"
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_RANGE = (
    Query(_FROM, "Only payments created after this moment; together with the other one.", "2026-03-01T00:00:00Z"),
    Query(_TO, "Only payments created before this moment.", "2026-04-01T00:00:00Z"),
)
_MONEY = Query(
    _CURRENCY, "The currency of the amounts. Needed where the project has several: they are never added up.", "EUR"
)
_COUNTS = Query(_CURRENCY, "Only payments in this currency; all where none is named.", "EUR")


class JsonLinesRenderer(JSONRenderer):
    """Stands for JSON lines where the caller says what it accepts; errors are plain JSON all the same."""

    media_type = "application/x-ndjson"
    format = "jsonl"


class CsvRenderer(JSONRenderer):
    """The same for CSV."""

    media_type = "text/csv"
    format = "csv"


def _json(profile: Profile, rows: list[Row]) -> bytes:
    return _ENCODER.encode(rows)


def _json_lines(profile: Profile, rows: list[Row]) -> bytes:
    return b"".join(_ENCODER.encode(row) + b"\n" for row in rows)


def _csv(profile: Profile, rows: list[Row]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(profile.columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue().encode()


def _cell(value: Any) -> str:
    """Write a value; a text of the order system's must be no formula where the file is opened."""
    if value is None:
        return ""
    return neutral(value) if isinstance(value, str) else str(value)


Write = Callable[[Profile, list[Row]], bytes]
_FORMS: Mapping[str, tuple[type[JSONRenderer], Write]] = {
    "json": (JSONRenderer, _json),
    "jsonl": (JsonLinesRenderer, _json_lines),
    "csv": (CsvRenderer, _csv),
}


class _ProfileView(HubAPIView):
    required_scopes = {"GET": MAY_READ}
    profile: ClassVar[Profile]
    form: ClassVar[str]

    def answer(self, request: Request) -> HttpResponse:
        """Answer the rows."""
        given = self._given(request)
        within = _range(given) if self.profile.has_range else None
        whose = self._whose(request, given.get(_CURRENCY, ""))
        rows = self.profile.rows(whose, within) if whose is not None else []
        renderer, write = _FORMS[self.form]
        response = HttpResponse(write(self.profile, rows), content_type=renderer.media_type)
        if self.form == "csv":
            response["Content-Disposition"] = f'attachment; filename="{self.profile.name}.csv"'
        return response

    def _given(self, request: Request) -> dict[str, str]:
        offered = (_CURRENCY, *((_FROM, _TO) if self.profile.has_range else ()))
        found = {}
        for name, values in request.query_params.lists():
            if name not in offered:
                raise InvalidField(f"There is no such parameter; known are {', '.join(offered)}.", param=name[:64])
            if len(values) != 1:
                raise InvalidField("Once only.", param=name)
            found[name] = values[0]
        return found

    def _whose(self, request: Request, currency: str) -> Slice | None:
        """Return whose payments count; None where there are none. Raises InvalidField where the currency is left open."""
        key = caller(request)
        whose = Slice(projects=[key.project.id], mode=key.mode, currency=currency)
        if currency:
            check_currency(currency)
            return whose
        if not self.profile.has_money:
            return whose
        found = rollups.currencies(whose.projects)[whose.mode]
        if len(found) > 1:
            raise InvalidField(
                f"There are payments in {', '.join(found)}: name one. Amounts of two currencies are never added up.",
                param=_CURRENCY,
            )
        return Slice(projects=whose.projects, mode=whose.mode, currency=found[0]) if found else None


def _range(given: Mapping[str, str]) -> Range | None:
    if _FROM not in given and _TO not in given:
        return None
    for name in (_FROM, _TO):
        if name not in given:
            raise InvalidField(f"{_FROM} and {_TO} come together.", param=name)
    after, before = (_moment(given[name], name) for name in (_FROM, _TO))
    if after >= before:
        raise InvalidField(f"It must be after {_FROM}.", param=_TO)
    return Range(after, before)


def _moment(text: str, param: str) -> dt.datetime:
    """Read a moment, or a day for its first moment (UTC)."""
    try:
        day = dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    found = dt.datetime.combine(day, dt.time(), dt.UTC) if day else moment(text, param)
    if not 1970 <= found.year < 9999:
        raise InvalidField("A time from 1970 on.", param=param)
    return found


def view(of: Profile, form: str) -> type[HubAPIView]:
    """Make the view of a profile in one form."""
    renderer, write = _FORMS[form]
    is_file = form != "json"
    query = (*(_RANGE if of.has_range else ()), _MONEY if of.has_money else _COUNTS)
    example: Any = write(of, [of.example]).decode() if is_file else [of.example]
    rows = {"type": "array", "items": {"type": "array", "items": {}}}

    class ProfileView(_ProfileView):
        profile = of
        renderer_classes = [renderer] if form == "json" else [JSONRenderer, renderer]

        @documented(
            Operation(
                id=f"analytics_{of.name.replace('-', '_')}_{form}",
                summary=f"{of.title} ({form.upper()})",
                description=f"{of.text} Rows of `[{', '.join(of.columns)}]`; amounts in major units with the currency's "
                "decimals. Of the key's project and mode; at most a minute or two behind.",
                tag="Analytics",
                response=None,
                response_schema={"type": "string", "format": "binary"} if is_file else rows,
                response_examples={"rows": example},
                media_type=renderer.media_type,
                query=query,
                errors=(errors.InvalidField,),
            )
        )
        def get(self, request: Request) -> HttpResponse:
            """Answer the rows."""
            return self.answer(request)

    ProfileView.form = form
    return ProfileView


VIEWS = {(profile.name, form): view(profile, form) for profile in PROFILES for form in _FORMS}
