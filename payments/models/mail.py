"""Mails as rows: what is to be sent, every try, the templates of a project and its mail settings."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ._base import Mode, Row
from .merchant import Project
from .payment import Payment


class MailState(models.TextChoices):
    """How far a mail got. Skipped: it was never to be sent, and `reason` says why."""

    DUE = "due", _("Due")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Not sent")


class MailAudience(models.TextChoices):
    """For whom it is, or who asked for it."""

    CUSTOMER = "customer", _("Customer")
    STAFF = "staff", _("Staff")
    API = "api", _("Order system")


class MailChannel(models.TextChoices):
    """By which way a notification goes."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")


class Mail(Row):
    """One message to one envelope, once per event, object, version and channel.

    `content_sealed` holds recipients, subject, texts and attachments; it is erased some time after sending. What is shown
    of the recipients is masked.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="mails", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="mails")
    audience = models.CharField(max_length=16, choices=MailAudience)
    channel = models.CharField(max_length=8, choices=MailChannel, default=MailChannel.EMAIL)
    event = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64, help_text="What it is about: a payment, an item, a request.")
    version = models.CharField(max_length=64, help_text="Which news about it; a deliberate resend has its own.")
    language = models.CharField(max_length=8, blank=True)
    template = models.CharField(max_length=255, blank=True, help_text="Whose template was used, and why not another.")
    recipients_shown = models.CharField(max_length=255, blank=True, help_text="Masked.")
    content_sealed = models.TextField(blank=True, editable=False)

    state = models.CharField(max_length=16, choices=MailState, default=MailState.DUE)
    reason = models.CharField(max_length=255, blank=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    wait_until = models.DateTimeField(null=True, blank=True, help_text="Until when attachments are waited for.")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer_to = models.CharField(max_length=128, blank=True, help_text="The saga that is told how it ended.")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("resend_mail", "Can send a mail again")]
        constraints = [
            models.UniqueConstraint(fields=["event", "object_id", "version", "channel"], name="mail_once_per_version")
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state=MailState.DUE), name="mail_due"),
            models.Index(
                fields=["decided_at"],
                condition=Q(answered_at=None) & ~Q(answer_to="") & ~Q(state=MailState.DUE),
                name="mail_unanswered",
            ),
            models.Index(
                fields=["decided_at"],
                condition=~Q(content_sealed="") & ~Q(state=MailState.DUE),
                name="mail_to_erase",
            ),
            models.Index(fields=["project", "event", "created_at"], name="mail_by_event"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.recipients_shown}"


class MailTry(Row):
    """One conversation with the mail server. `code`: the server's last status, where it gave one."""

    mail = models.ForeignKey(Mail, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    accepted = models.BooleanField(default=False)
    permanent = models.BooleanField(default=False)
    code = models.PositiveIntegerField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    elapsed_ms = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "mail tries"
        constraints = [models.UniqueConstraint(fields=["mail", "number"], name="mail_try_number")]

    def __str__(self) -> str:
        return f"try {self.number}: {self.code or self.error}"


class MailTemplate(Row):
    """One version of a project's template; the highest number counts. An empty one means: the hub's own again."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="mail_templates", db_index=False)
    event = models.CharField(max_length=64)
    language = models.CharField(max_length=8)
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=500, blank=True)
    html = models.TextField(blank=True)
    text = models.TextField(blank=True)
    author = models.CharField(max_length=128)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        permissions = [("edit_mailtemplate", "Can edit mail templates and send tests")]
        constraints = [
            models.UniqueConstraint(fields=["project", "event", "language", "number"], name="mail_template_version")
        ]

    def __str__(self) -> str:
        return f"{self.event} ({self.language}) version {self.number}"


class MailProfile(Row):
    """A project's mail settings; empty values mean the hub's."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="mail_profile")
    sender = models.CharField(max_length=320, blank=True, help_text="`Shop <pay@shop.example>`; empty: EMAIL_FROM.")
    reply_to = models.CharField(max_length=320, blank=True)
    language = models.CharField(max_length=8, blank=True, help_text="For payments that name none.")
    customer_mails = models.BooleanField(default=True, help_text="Whether customers get mails at all.")
    events_off = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    staff_to = ArrayField(models.CharField(max_length=320), default=list, blank=True)
    sender_domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)

    class Meta:
        permissions = [("edit_mailprofile", "Can change a project's mail settings")]

    def __str__(self) -> str:
        return f"Mail settings of {self.project}"
