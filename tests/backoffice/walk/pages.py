"""What each page of the admin needs in its address. A page that is new needs a line here, or the walk fails.

How to join: a page of one row whose name is `<app>_<model>_<what>` and that takes `object_id`, `id` or `pk` only needs
nothing. Any other page that takes something needs a line in GIVEN: what it takes, of one merchant's things; several, where
it should be tried in several ways. What is no merchant's (the name of a list, of a chart) stands in OF_NO_ROW. A page that
belongs to nobody's project and takes nothing (a tool, one's own password) stands in OF_ALL with the statuses that a person
with every permission and one without any gets. A page that only takes POST stands in POST_ONLY. A new model needs a row in
world.py.
"""

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from backoffice.actions import catalogue
from backoffice.dashboard.catalogue import CARDS
from backoffice.exports.lists import LISTS
from backoffice.people.staff_pages import ACTS

from .site import Page, model_of
from .world import Side

Given = dict[str, Any]
_ON_NOTIFICATIONS = ("again", "not-ours")

GIVEN: dict[str, Callable[[Side], list[Given]]] = {
    "auth_group_edit": lambda side: [{"role_id": side.pk("auth.Group")}],
    "auth_user_edit": lambda side: [{"user_id": side.pk("auth.User")}],
    "auth_user_password_change": lambda side: [{"user_id": side.pk("auth.User")}],
    "auth_user_act": lambda side: [{"user_id": side.pk("auth.User"), "name": name} for name in ACTS],
    "backoffice_actionbatch_change": lambda side: [{"pk": side.pk("backoffice.ActionBatch")}, {"pk": side.draft}],
    "backoffice_actionbatch_start": lambda side: [{"pk": side.draft}],
    "backoffice_refundapproval_decide": lambda side: [
        {"pk": side.pk("backoffice.RefundApproval"), "what": what} for what in ("approve", "decline", "withdraw")
    ],
    "payments_delivery_acted": lambda side: _acted(side, "Delivery"),
    "payments_inboxmessage_act": lambda side: [
        {"pk": side.pk("payments.InboxMessage"), "name": name} for name in _ON_NOTIFICATIONS
    ],
    "payments_inboxmessage_acted": lambda side: _acted(side, "InboxMessage"),
    "payments_payment_saved_view": lambda side: [{"pk": side.views["payments"]}],
    "payments_sagacommand_acted": lambda side: _acted(side, "SagaCommand"),
    "payments_subscription_saved_view": lambda side: [{"pk": side.views["subscriptions"]}],
    "payments_projectbranding_edit": lambda side: [{"project": side.project.pk}],
    "payments_projectbranding_sample": lambda side: [{"project": side.project.pk}],
    "payments_checkoutrule_new": lambda side: [{"project": side.project.pk, "mode": "test"}],
    "payments_checkoutrule_edit": lambda side: [
        {"project": side.project.pk, "mode": "test", "rule": side.pk("payments.CheckoutRule")}
    ],
    "payments_machinedefinition_use": lambda side: [{"project": side.project.pk}],
    "payments_mailprofile_edit": lambda side: [{"project": side.project.pk}],
    "payments_mailtemplate_edit": lambda side: [{"project": side.project.pk, "event": "own", "language": "en"}],
    "payments_mail_acted": lambda side: _acted(side, "Mail"),
    "payments_methodlimit_edit": lambda side: [
        {"account": side.pk("payments.ProviderAccount"), "method": "credit-cards"}
    ],
    "payments_operatoritem_acted": lambda side: _acted(side, "OperatorItem"),
    "payments_payment_act": lambda side: [
        {"pk": side.pk("payments.Payment"), "name": name} for name in catalogue.ON_PAYMENTS
    ],
    "payments_payment_decide": lambda side: [
        {"pk": side.pk("payments.Payment"), "attempt": side.pk("payments.Attempt")}
    ],
    "payments_payment_acted": lambda side: _acted(side, "Payment"),
    "payments_project_redirects": lambda side: [{"project": side.project.pk}],
    "payments_project_origins": lambda side: [{"project": side.project.pk}],
    "payments_project_clock_moved": lambda side: _acted(side, "Project"),
    "payments_subscription_act": lambda side: [
        {"pk": side.pk("payments.Subscription"), "name": name} for name in catalogue.ON_SUBSCRIPTIONS
    ],
    "payments_subscription_acted": lambda side: _acted(side, "Subscription"),
}

OF_NO_ROW: dict[str, list[Given]] = {
    "backoffice_exportjob_new": [{"list_name": name} for name in LISTS],
    "dashboard_csv": [{"key": key} for key in CARDS],
    "payments_inboxmessage_act_on_many": [{"name": name} for name in _ON_NOTIFICATIONS],
}
"""Pages that take the name of something that is no merchant's; what they show is a merchant's all the same."""

POST_ONLY = frozenset(
    {
        "backoffice_actionbatch_start",
        "backoffice_actionbatch_stop",
        "backoffice_exportjob_cancel",
        "backoffice_refundapproval_decide",
        "payments_inboxmessage_act_on_many",
        "payments_operatoritem_leave",
        "payments_operatoritem_resolve_many",
        "payments_operatoritem_take",
        "payments_payment_columns",
        "payments_payment_save_view",
        "payments_subscription_columns",
        "payments_subscription_save_view",
    }
)
"""Pages that answer a GET by 405."""

GET_ONLY = frozenset({"dashboard_csv"})
"""Pages that answer a POST by 405."""

OF_ALL: dict[str, tuple[int, int]] = {
    "index": (200, 200),
    "login": (302, 302),
    "logout": (405, 405),
    "password_change": (200, 200),
    "password_change_done": (200, 200),
    "jsi18n": (200, 200),
    "search": (200, 200),
    "autocomplete": (403, 403),
    "(?P<url>.*)$": (404, 404),
    "view_on_site": (404, 404),
    "app_list": (200, 404),
    "account": (200, 200),
    "dashboard_arrange": (405, 405),
    "end_sessions": (405, 405),
    "second_factor": (200, 200),
    "second_step": (302, 302),
}
"""Pages that are nobody's: what a person with every permission gets, and one without any."""

OF_THE_HUB = frozenset({"backoffice.StaffSession", "payments.BusDeadLetter"})
"""Models whose rows are for those only who see all projects."""

SHARED = frozenset({"auth.Group"})
"""Models whose rows are everybody's who may view them."""

OF_SUPERUSERS = frozenset({"auth_group_edit"})
"""Pages that no permission opens."""

OF_ALL_PROJECTS = frozenset(
    {"payments_principal_new", "payments_principal_edit", "payments_principal_standing", "payments_project_new"}
)
"""Pages for those only who see all projects."""

OF_ONE_PERSON = frozenset({"backoffice.ExportJob"})
"""Models whose rows nobody sees but the one who made them."""

WITHOUT_ROWS = frozenset({"backoffice.SystemHealth"})
"""Models that carry a permission only."""

ONE_AT_A_TIME = frozenset({"payments.CheckoutRule", "payments.MailTemplate"})
"""Models whose list shows one chosen project."""

_OF_ROW = ({"object_id"}, {"pk"}, {"id"})


class Unknown(LookupError):
    """Nobody has said what a page needs."""


def addresses(page: Page, side: Side) -> list[str]:
    """Write a page's addresses with one merchant's things. Raises Unknown for a page that is not in the table."""
    if page.name in OF_ALL or not page.is_named:
        return []
    if page.name in GIVEN:
        return [page.address(**given) for given in GIVEN[page.name](side)]
    if page.name in OF_NO_ROW:
        return [page.address(**given) for given in OF_NO_ROW[page.name]]
    if not page.wants:
        return [page.address()]
    of_model = model_of(page.name)
    if of_model is None or set(page.wants) not in _OF_ROW or of_model[0] not in side.rows:
        raise Unknown(
            f"{page.route} ({page.name}) is new, takes {sorted(page.wants)}, and nobody has said how to call it: "
            f"read the top of {__name__}"
        )
    return [reverse(f"admin:{page.name}", args=[side.pk(of_model[0])])]


def is_of_a_row(page: Page) -> bool:
    """Tell whether what a page shows belongs to one merchant, by its address."""
    return bool(page.wants) and page.is_named and page.name not in OF_ALL and page.name not in OF_NO_ROW


def label_of(page: Page) -> str:
    """Name the model that a page belongs to; nothing for those of none."""
    found = model_of(page.name)
    return found[0] if found else ""


def list_of(label: str) -> str:
    """Return the address of a model's list."""
    return reverse(f"admin:{label.lower().replace('.', '_')}_changelist")


def _acted(side: Side, about: str) -> list[Given]:
    return [{"pk": side.pk(f"payments.{about}"), "entry": side.acted[about].pk}]
