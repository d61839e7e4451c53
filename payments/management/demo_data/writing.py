"""Rows as lines of COPY: named columns by hand, every other one at its model's default."""

import datetime as dt
import json
import uuid
from collections.abc import Collection
from typing import Any, Final

from django.db import connection, models

from payments import models as tables

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
NULL: Final = "\\N"

COLUMNS: Final[dict[type[models.Model], str]] = {
    tables.Subscription: "id created_at project_id mode shop_subscription_id claimed_shop_subscription_id "
    "shop_transaction_id provider method provider_account_id token run_by amount currency interval anchor_on "
    "anchor_day renew_time timezone state machine machine_version business_state period paid_until_period payments_made "
    "buyer additional_data locale description updated_at",
    tables.Payment: "id created_at project_id mode shop_transaction_id claimed_shop_transaction_id type subscription_id "
    "subscription_period amount currency capture_mode provider method provider_account_id in_checkout link_id "
    "provider_payment_id state machine machine_version business_state state_number authorized captured refunded_by_us "
    "refund_reserved refunded_elsewhere charged_back winning_attempt_id description buyer additional_data locale "
    "sequence updated_at",
    tables.Refund: "id created_at project_id payment_id capture_id amount currency state reason actor failure decided_at",
    tables.Attempt: "id created_at project_id payment_id provider_account_id kind method amount currency refund_id "
    "idempotency_key state sent_at decline_reason decline_code decline_message may_retry elapsed_ms decided_at",
    tables.PspReference: "id created_at project_id provider_account_id payment_id attempt_id kind value",
    tables.Movement: "id created_at project_id payment_id attempt_id kind amount currency evidence occurred_at",
    tables.Transition: "id created_at project_id payment_id number event from_state to_state business_state "
    "business_event source evidence",
    tables.OutboxEvent: "id created_at project_id payment_id mode sequence type body published_at",
    tables.Delivery: "id created_at project_id event_id endpoint_id url state tries delivered_at",
    tables.DeliveryTry: "id created_at delivery_id number status error elapsed_ms",
    tables.Mail: "id created_at project_id mode payment_id audience event object_id version language recipients_shown "
    "state reason tries decided_at",
    tables.MailTry: "id created_at mail_id number accepted permanent code error elapsed_ms",
    tables.OperatorItem: "id created_at project_id payment_id kind about evidence next_step resolved_at resolved_by "
    "resolution",
    tables.SubscriptionPeriod: "id created_at project_id subscription_id number due_on amount currency state payment_id "
    "decline_reason decided_at",
    tables.SubscriptionTransition: "id created_at project_id subscription_id number event from_state to_state "
    "business_state business_event source",
    tables.PaymentLinkUse: "id created_at link_id payment_id number",
}
"""The tables in the order in which they are written, with the columns that a row names."""


def text(value: str) -> str:
    """Write any text as one cell."""
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def json_cell(value: Any) -> str:
    """Write a JSON value as one cell."""
    return text(json.dumps(value, ensure_ascii=False))


def at(milliseconds: int) -> str:
    """Write a moment, given in milliseconds since 1970."""
    return (_EPOCH + dt.timedelta(milliseconds=milliseconds)).isoformat()


class Portion:
    """Rows of some payments, kept until they are copied together."""

    def __init__(self) -> None:
        self._rests = {model: _rest(model, COLUMNS[model].split()) for model in COLUMNS}
        self.lines: dict[type[models.Model], list[str]] = {model: [] for model in COLUMNS}

    def copy(self) -> int:
        """Write all of it in the transaction at hand and forget it; return how many rows there were."""
        written = 0
        for model, lines in self.lines.items():
            names, cells = self._rests[model]
            columns = ", ".join((*COLUMNS[model].split(), *names))
            end = "".join(f"\t{cell}" for cell in cells) + "\n"
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy,
            ):
                for start in range(0, len(lines), 5_000):
                    copy.write(end.join(lines[start : start + 5_000]) + end)
            written += len(lines)
            lines.clear()
        return written


def _rest(model: type[models.Model], named: Collection[str]) -> tuple[list[str], list[str]]:
    """Return the columns that no row names and that may not be empty, with the cell of each one's default."""
    names: list[str] = []
    cells: list[str] = []
    for field in model._meta.concrete_fields:
        column = str(field.column)
        if column in named or field.null or field.has_db_default() or field.generated:
            continue
        names.append(column)
        cells.append(_cell(field.get_db_prep_save(field.get_default(), connection)))
    return names, cells


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, list):
        return "{}"
    if isinstance(value, uuid.UUID | int | str):
        return text(str(value))
    return json_cell(getattr(value, "obj", value))
