"""Two merchants who have one of everything; a word of its own stands in every text of each."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from uuid import UUID

from django.contrib.auth.models import Group, Permission, User
from django.db.models import CharField, Model

from backoffice.models import (
    AccessRecord,
    ActionBatch,
    BatchRow,
    ExportJob,
    ProjectRefundLimit,
    RefundApproval,
    SavedView,
    StaffSession,
)
from invoices.models import Invoice, IssueJob
from paymenthub.kernel import clock, ids
from payments.models import ApiKey, AuditEntry, Payment, Principal, Project
from tests.backoffice import rows
from tests.invoices import shop
from tests.staff import make_staff


@dataclass
class Side:
    """What one merchant has: a row of every model by its label, and the results of actions by what they were about."""

    word: str
    project: Project
    rows: dict[str, Model]
    acted: dict[str, AuditEntry] = field(default_factory=dict)
    draft: UUID | None = None
    """A bulk action that its owner has not confirmed."""
    views: dict[str, UUID] = field(default_factory=dict)
    """A saved view by its list."""

    def pk(self, label: str) -> Any:
        """Return the key of the row of a model, such as `payments.Payment`."""
        return self.rows[label].pk


@dataclass
class World:
    """The merchant of the person who looks, and another one."""

    own: Side
    foreign: Side
    everything: User
    """Has every permission, and sees the own project."""
    nothing: User
    """Sees the own project, and has no permission."""
    boss: User
    """Has every permission, and sees all projects."""


def make_world(*, text: str = "") -> World:
    """Make both merchants and the people who look; `text` as for `make_side`."""
    own, foreign = make_side("ownword", text=text), make_side("foreignword")
    every = tuple(Permission.objects.values_list("codename", flat=True))
    world = World(
        own=own,
        foreign=foreign,
        everything=make_staff("walker", *every, projects=(own.project,)),
        nothing=make_staff("newcomer", projects=(own.project,)),
        boss=make_staff("boss", *every),
    )
    own.rows["auth.User"] = make_staff("colleague", projects=(own.project,))
    foreign.rows["auth.User"] = make_staff(f"stranger-{foreign.word}", projects=(foreign.project,))
    for side, user, said in (
        (own, world.everything, text or own.word),
        (foreign, foreign.rows["auth.User"], foreign.word),
    ):
        with mock.patch.object(Model, "save", _save_cut):
            _add_what_staff_do(side, user, said)
    return world


def _add_what_staff_do(side: Side, user: Any, text: str) -> None:
    """Make what one person left behind: sign-in and looks, bulk actions, an approval, an export, views, a session."""
    payment: Any = side.rows["payments.Payment"]
    batch = ActionBatch.objects.create(kind="refund", owner=user, project=side.project, state="done", note=text[:500])
    draft = ActionBatch.objects.create(kind="check", owner=user, project=side.project)
    for one in (batch, draft):
        BatchRow.objects.create(
            batch=one, number=1, target=payment.pk, named=text, project=side.project, payment=payment, message=text
        )
    made: list[Model] = [
        batch,
        AccessRecord.objects.create(
            kind="viewed", actor=text, object_type="payments.payment", object_id=payment.pk, title=text, browser=text,
            project=side.project,
        ),
        ExportJob.objects.create(
            user=user, audit_id=ids.new_uuid(), list="payments", query=f"q={side.word}", columns=["id"], format="csv",
            state="ready", shown_name=text, projects=[side.project.pk], expires_at=clock.now() + dt.timedelta(days=1),
        ),
        ProjectRefundLimit.objects.create(project=side.project, currency="EUR", amount=1000),
        RefundApproval.objects.create(
            project=side.project, payment=payment, amount=100, currency="EUR", note=text, why=text, asked_by=user,
            expires_at=clock.now() + dt.timedelta(days=1),
        ),
        StaffSession.objects.create(key=f"key-of-{side.word}", user=user, browser=text),
    ]  # fmt: skip
    side.draft = draft.pk
    side.views = {
        name: SavedView.objects.create(owner=user, listing=name, name=text, query=f"q={side.word}").pk
        for name in ("payments", "subscriptions")
    }
    side.rows |= {row._meta.label: row for row in made}


def make_side(word: str, *, text: str = "") -> Side:
    """Make one merchant. `text` stands wherever customers, providers, merchants or staff write; the word, by default."""
    text = text or word
    with mock.patch.object(rows, "HOSTILE", text), mock.patch.object(Model, "save", _save_cut):
        return _make_side(word, text)


_SAVE = Model.save


def _save_cut(row: Model, *args: Any, **more: Any) -> None:
    """Save a row whose texts are cut to what its columns hold."""
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        if isinstance(column, CharField) and column.max_length and isinstance(value, str):
            setattr(row, column.attname, value[: column.max_length])
    _SAVE(row, *args, **more)


def _make_side(word: str, text: str) -> Side:
    principal = Principal.objects.create(name=f"principal-{text}"[:64])
    project = Project.objects.create(
        principal=principal,
        name=f"shop-{text}"[:64],
        callback_url=f"https://{word}.example/in",
        redirect_hosts=[f"{word}.example"],
        browser_origins=[f"https://{word}.example"],
    )
    account = rows.make_account(project, name=f"account-{text}"[:64])
    payment = rows.make_story(account, shop_transaction_id=f"order-{text}"[:200])
    in_doubt = rows.make_attempt(payment, "UNKNOWN", decline_message=text[:500])
    refund = rows.make_refund(payment)
    rows.make_configuration(project)
    ApiKey.objects.filter(project=project).update(name=f"key-{text}"[:64], secret_hash=f"{project.id.hex}{'5e' * 16}")
    step, mail = rows.make_step(payment), rows.make_mail(payment)
    rows.make_mail_configuration(project)
    rows.make_branding(project)
    order, link = rows.make_order(payment), rows.make_link(payment, code=f"code-{word}")
    subscription = rows.make_subscription(payment)
    rows.make_flow(payment)
    rows.make_checkout(account)
    side = Side(word, project, {})
    made: list[Model] = [principal, project, account, payment, refund, step, mail, order, link, subscription]
    made += [rows.make_dead_letter(), Group.objects.create(name=f"group {principal.pk}")]
    side.rows = {row._meta.label: row for row in made}
    side.rows |= {"payments.Attempt": in_doubt, "payments.AuditEntry": rows.make_audit(payment)}
    side.rows |= _invoicing(payment, text)
    for label, name in _FOUND.items():
        model = project._meta.apps.get_model(label)
        side.rows.setdefault(label, model._default_manager.filter(**{name: project.pk}).latest("pk"))
    about = ("Payment", "OperatorItem", "Mail", "Subscription", "Project", "Delivery", "InboxMessage", "SagaCommand")
    for name in about:
        row = side.rows[f"payments.{name}"]
        side.acted[name] = _entry(payment, row)
    return side


_FOUND = {
    "payments.ApiKey": "project",
    "payments.CheckoutRule": "project",
    "payments.Delivery": "project",
    "payments.FlowCommand": "project",
    "payments.FlowEvent": "project",
    "payments.FlowSaga": "project",
    "payments.GuardTrip": "project",
    "payments.InboxMessage": "project",
    "payments.MachineDefinition": "project",
    "payments.MailProfile": "project",
    "payments.MailTemplate": "project",
    "payments.MethodLimit": "account__project",
    "payments.OperatorItem": "project",
    "payments.ProjectBranding": "project",
    "payments.WebhookEndpoint": "project",
}
"""Models whose rows were made along with others, and how to find them by their project."""


def _entry(payment: Payment, row: Model) -> AuditEntry:
    item = row if row._meta.model_name == "operatoritem" else None
    return rows.make_audit(payment, object_id=row.pk, item=item)


def _invoicing(payment: Payment, text: str) -> dict[str, Model]:
    """Make an issuer, an invoice and one that is held."""
    issuer = shop.make_profile(payment.project, company=text[:200], city=text[:100])
    invoice = Invoice.objects.create(
        project=payment.project,
        mode=payment.mode,
        payment=payment,
        kind="invoice",
        series="INV",
        year=2026,
        sequence=1,
        number=f"N-{text}"[:64],
        issued_at=clock.now(),
        currency="EUR",
        net=100,
        vat=22,
        gross=122,
        document={"buyer": {"name": text}},
        file_token=ids.new_uuid().hex,
    )
    job = IssueJob.objects.create(
        project=payment.project, payment=payment, state="held", problem="no_vat_rate", message=text[:500]
    )
    return {row._meta.label: row for row in (issuer, invoice, job)}
