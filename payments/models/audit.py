"""What people did in the backoffice: append-only, by trigger."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ._base import Row
from .attempt import Attempt
from .merchant import Project
from .operator_item import OperatorItem
from .payment import Payment


class AuditAction(models.TextChoices):
    """What was done."""

    REFUND = "refund", _("Refund")
    CAPTURE = "capture", _("Capture")
    CANCEL = "cancel", _("Cancel")
    EXPIRE = "expire", _("Expire")
    CHECK = "check", _("Check now")
    DECIDE = "decide", _("Decide an outcome")
    RESOLVE = "resolve", _("Resolve an item")
    INSTALL_MACHINE = "install_machine", _("Install a machine")
    USE_MACHINE = "use_machine", _("Choose a machine")
    RESEND_MAIL = "resend_mail", _("Send a mail again")
    EDIT_TEMPLATE = "edit_template", _("Edit a mail template")
    TEST_MAIL = "test_mail", _("Send a test mail")
    MAIL_PROFILE = "mail_profile", _("Change mail settings")
    ISSUE = "issue", _("Issue invoices")
    ISSUER = "issuer", _("Change the issuer")
    ERASE = "erase", _("Erase a buyer")
    CANCEL_SUBSCRIPTION = "cancel_sub", _("Cancel a subscription")
    PAUSE_SUBSCRIPTION = "pause_sub", _("Pause a subscription")
    RESUME_SUBSCRIPTION = "resume_sub", _("Resume a subscription")
    ADVANCE_CLOCK = "advance_clock", _("Put the test clock forward")
    BROWSER_ORIGINS = "browser_origins", _("Change browser origins")
    BRANDING = "branding", _("Change the checkout's look")
    PAYMENT_LINK = "payment_link", _("Change a payment link")
    CHECKOUT_RULE = "checkout_rule", _("Change a checkout rule")
    METHOD_LIMITS = "method_limits", _("Change a method's limits")
    RELEASE_GUARD = "release_guard", _("Release the guard")
    REDIRECT_HOSTS = "redirect_hosts", _("Change where customers are sent back to")
    RESEND_CALLBACK = "resend_callback", _("Send a callback again")
    BULK = "bulk", _("Bulk action")
    INVOICE_ZIP = "invoice_zip", _("Download invoices")
    DECLINE_REFUND = "decline_refund", _("Decline a refund")
    WITHDRAW_REFUND = "withdraw_refund", _("Withdraw a refund")
    FOUR_EYES = "four_eyes", _("Change a four-eyes limit")
    PRINCIPAL = "principal", _("Change a principal")
    PROJECT = "project", _("Change a project")
    API_KEY = "api_key", _("Change an API key")
    PROVIDER_ACCOUNT = "provider_account", _("Change a provider account")
    CONNECTION = "connection", _("Test a connection")
    ENDPOINT = "endpoint", _("Change a webhook endpoint")
    TEST_EVENT = "test_event", _("Send a test event")
    TAKE_ITEM = "take_item", _("Take an item")
    LEAVE_ITEM = "leave_item", _("Leave an item to others")
    REOPEN_ITEM = "reopen_item", _("Open an item again")
    LOOK_AGAIN = "look_again", _("Look at a notification again")
    NOT_OURS = "not_ours", _("Say that a notification is not ours")
    RETRY_STEP = "retry_step", _("Try a step again")
    STAFF = "staff", _("Change a member of staff")
    STAFF_PASSWORD = "staff_password", _("Change a password")
    SECOND_FACTOR = "second_factor", _("Change a second factor")
    STAFF_SESSIONS = "staff_sessions", _("End sessions")
    UNLOCK_STAFF = "unlock_staff", _("Unlock a sign-in")
    ROLE = "role", _("Change a role")
    EXPORT = "export", _("Export rows")
    DOWNLOAD_EXPORT = "download_export", _("Download an export")


class AuditOutcome(models.TextChoices):
    """What came of it."""

    ASKED = "asked", _("Begun")
    OK = "ok", _("OK")
    KO = "ko", _("KO")
    PENDING = "pending", _("Not known yet")
    NOT_SENT = "not_sent", _("Not sent")
    REFUSED = "refused", _("Refused")
    WAITING = "waiting", _("Waits for a second person")


class AuditEntry(Row):
    """One action of one person.

    The first row (ASKED) is written in the transaction in which the work begins, and claims the form: `number` is the
    form's place among those of the object (`object_id`), and no two rows may have the same one. The second row
    (`asked` names the first) holds the outcome and is written in the transaction that records it. An action that was
    refused before anything began is one row without a number. What is about no project (people, the hub) has none.
    Amounts in `before` and `after` are minor units.
    """

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="audit_entries")
    item = models.ForeignKey(
        OperatorItem, on_delete=models.PROTECT, null=True, blank=True, related_name="audit_entries", db_index=False
    )
    attempt = models.ForeignKey(
        Attempt, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    object_id = models.UUIDField()
    number = models.PositiveIntegerField(null=True, blank=True)
    asked = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="outcome_row")
    action = models.CharField(max_length=32, choices=AuditAction)
    actor = models.CharField(max_length=128)
    address = models.GenericIPAddressField(null=True, blank=True)
    reason = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=16, choices=AuditOutcome)
    message = models.CharField(max_length=500, blank=True)
    details = models.JSONField(default=dict, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(null=True, blank=True)

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        constraints = [models.UniqueConstraint(fields=["object_id", "number"], name="audit_form_once")]

    def __str__(self) -> str:
        return f"{self.get_action_display()} by {self.actor}"
