"""What people did in the backoffice: append-only, by trigger."""

from django.db import models

from ._base import Row
from .attempt import Attempt
from .merchant import Project
from .operator_item import OperatorItem
from .payment import Payment


class AuditAction(models.TextChoices):
    """What was done."""

    REFUND = "refund", "Refund"
    CAPTURE = "capture", "Capture"
    CANCEL = "cancel", "Cancel"
    EXPIRE = "expire", "Expire"
    CHECK = "check", "Check now"
    DECIDE = "decide", "Decide an outcome"
    RESOLVE = "resolve", "Resolve an item"
    INSTALL_MACHINE = "install_machine", "Install a machine"
    USE_MACHINE = "use_machine", "Choose a machine"
    RESEND_MAIL = "resend_mail", "Send a mail again"
    EDIT_TEMPLATE = "edit_template", "Edit a mail template"
    TEST_MAIL = "test_mail", "Send a test mail"
    MAIL_PROFILE = "mail_profile", "Change mail settings"
    ISSUE = "issue", "Issue invoices"
    ISSUER = "issuer", "Change the issuer"
    ERASE = "erase", "Erase a buyer"
    CANCEL_SUBSCRIPTION = "cancel_sub", "Cancel a subscription"
    PAUSE_SUBSCRIPTION = "pause_sub", "Pause a subscription"
    RESUME_SUBSCRIPTION = "resume_sub", "Resume a subscription"
    ADVANCE_CLOCK = "advance_clock", "Put the test clock forward"
    BROWSER_ORIGINS = "browser_origins", "Change browser origins"
    BRANDING = "branding", "Change the checkout's look"
    PAYMENT_LINK = "payment_link", "Change a payment link"
    CHECKOUT_RULE = "checkout_rule", "Change a checkout rule"
    METHOD_LIMITS = "method_limits", "Change a method's limits"
    RELEASE_GUARD = "release_guard", "Release the guard"
    REDIRECT_HOSTS = "redirect_hosts", "Change where customers are sent back to"
    RESEND_CALLBACK = "resend_callback", "Send a callback again"
    BULK = "bulk", "Bulk action"
    INVOICE_ZIP = "invoice_zip", "Download invoices"
    DECLINE_REFUND = "decline_refund", "Decline a refund"
    WITHDRAW_REFUND = "withdraw_refund", "Withdraw a refund"
    FOUR_EYES = "four_eyes", "Change a four-eyes limit"
    PRINCIPAL = "principal", "Change a principal"
    PROJECT = "project", "Change a project"
    API_KEY = "api_key", "Change an API key"
    PROVIDER_ACCOUNT = "provider_account", "Change a provider account"
    CONNECTION = "connection", "Test a connection"
    ENDPOINT = "endpoint", "Change a webhook endpoint"
    TEST_EVENT = "test_event", "Send a test event"
    TAKE_ITEM = "take_item", "Take an item"
    LEAVE_ITEM = "leave_item", "Leave an item to others"
    REOPEN_ITEM = "reopen_item", "Open an item again"
    LOOK_AGAIN = "look_again", "Look at a notification again"
    NOT_OURS = "not_ours", "Say that a notification is not ours"
    RETRY_STEP = "retry_step", "Try a step again"
    STAFF = "staff", "Change a member of staff"
    STAFF_PASSWORD = "staff_password", "Change a password"
    SECOND_FACTOR = "second_factor", "Change a second factor"
    STAFF_SESSIONS = "staff_sessions", "End sessions"
    UNLOCK_STAFF = "unlock_staff", "Unlock a sign-in"
    ROLE = "role", "Change a role"
    EXPORT = "export", "Export rows"
    DOWNLOAD_EXPORT = "download_export", "Download an export"


class AuditOutcome(models.TextChoices):
    """What came of it."""

    ASKED = "asked", "Begun"
    OK = "ok", "OK"
    KO = "ko", "KO"
    PENDING = "pending", "Not known yet"
    NOT_SENT = "not_sent", "Not sent"
    REFUSED = "refused", "Refused"
    WAITING = "waiting", "Waits for a second person"


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
