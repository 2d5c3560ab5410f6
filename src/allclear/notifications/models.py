"""How somebody is reached, what is sent to them, and what became of each try."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from allclear.accounts.models import User

KINDS = [
    ("email", _("E-mail")),
    ("push", _("Browser push")),
    ("ntfy", "ntfy"),
    ("chat", pgettext_lazy("channel", "Chat")),
    ("sms", _("Text message")),
    ("voice", _("Phone call")),
    ("webhook", _("Web-hook")),
]
SENT_KINDS = [
    ("page", _("Page")),
    ("notice", _("Notice")),
    ("digest", _("Digest")),
    ("test", _("Test")),
    ("code", _("Confirmation")),
]
STATES = [
    ("queued", _("Queued")),
    ("handed_over", _("Handed over")),
    ("accepted", _("Accepted")),
    ("delivered", _("Delivered")),
    ("opened", _("Opened")),
    ("acknowledged", _("Acknowledged")),
    ("failed", _("Failed")),
    ("cancelled", _("Not needed any more")),
]


class ContactMethods(models.QuerySet["ContactMethod"]):
    def unserved(self) -> Self:
        """Numbers for which no gateway is in use."""
        gateway = Gateway.objects.filter(kind=OuterRef("kind"), is_active=True)
        return self.filter(~Exists(gateway), address__has_key="number")

    def working(self) -> Self:
        """Those that a page may go to."""
        good = self.filter(is_enabled=True, verified_at__isnull=False, bad_since=None)
        return good.exclude(pk__in=self.unserved().values("pk"))


class ContactMethod(models.Model):
    """One address of one person. Pages go to verified ones only, and to none that is known to be bad."""

    user = models.ForeignKey(User, models.CASCADE, related_name="contact_methods")
    kind = models.CharField(max_length=10, choices=KINDS)
    name = models.CharField(max_length=80, blank=True, default="", help_text="What its owner calls it.")
    address = models.JSONField(help_text="As its channel keeps it; secrets in it are never shown again.")
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True, blank=True)
    code_sha256 = models.CharField(max_length=64, blank=True, default="", help_text="Of the code that confirms it.")
    code_until = models.DateTimeField(null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    bad_since = models.DateTimeField(null=True, blank=True, help_text="Refused for good, until somebody mends it.")
    bad_reason = models.CharField(max_length=500, blank=True, default="")

    objects = ContactMethods.as_manager()

    class Meta:
        db_table = "notifications_contact_method"
        ordering = ["user_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "address"], name="contact_method_once"),
            models.CheckConstraint(condition=Q(kind__in=[k for k, _ in KINDS]), name="contact_method_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}".strip()

    @property
    def is_working(self) -> bool:
        """Whether a page may go there."""
        is_good = self.is_enabled and self.verified_at is not None and self.bad_since is None
        return is_good and not self.is_unserved

    @property
    def is_unserved(self) -> bool:
        """Whether it is a number for which no gateway is in use."""
        if "number" not in self.address:
            return False
        return not Gateway.objects.filter(kind=self.kind, is_active=True).exists()


LONGEST_REMINDER = 14 * 24 * 60  # minutes


class Profile(models.Model):
    """How one person wants to be told: rules for pages and for the rest, quiet hours, digest, word of their shifts."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="notification_profile")
    rules = models.JSONField(null=True, blank=True, help_text="As domain/notifying keeps them; empty: the usual ones.")
    remind_minutes = models.PositiveIntegerField(
        default=24 * 60, db_default=24 * 60, help_text="How long before a shift its person is reminded; 0: never."
    )
    tells_own_changes = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Whether they also hear of changes to their time on call that they made themselves.",
    )

    class Meta:
        db_table = "notifications_profile"
        constraints = [
            models.CheckConstraint(condition=Q(remind_minutes__lte=LONGEST_REMINDER), name="profile_remind_minutes"),
        ]

    def __str__(self) -> str:
        return f"Rules of {self.user}"


class Webhook(models.Model):
    """A program that escalation policies may tell; it belongs to nobody."""

    name = models.CharField(max_length=120)
    address = models.JSONField(help_text="Address and signing secret.")
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "notifications_webhook"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="webhook_name_once")]

    def __str__(self) -> str:
        return self.name


class Gateway(models.Model):
    """The organisation's way to text messages or phone calls, so that people give a number and nothing else."""

    KINDS = [("sms", _("Text message")), ("voice", _("Phone call"))]
    kind = models.CharField(max_length=10, choices=KINDS)
    name = models.CharField(max_length=120)
    address = models.JSONField(help_text="As channels/phone.py keeps it; secrets in it are never shown again.")
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "notifications_gateway"
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="gateway_name_once"),
            models.UniqueConstraint(fields=["kind"], condition=Q(is_active=True), name="gateway_one_in_use"),
            models.CheckConstraint(condition=Q(kind__in=("sms", "voice")), name="gateway_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Notification(models.Model):
    """One message to one address: the outbox, and afterwards the evidence.

    Written in the transaction of its cause. `key` is unique, so that the same cause never queues it twice.
    """

    key = models.CharField(max_length=200, unique=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="notifications")
    method = models.ForeignKey(ContactMethod, models.SET_NULL, null=True, blank=True, related_name="notifications")
    channel = models.CharField(max_length=10, choices=KINDS)
    address = models.JSONField(
        null=True, blank=True, help_text="Where there is no contact method: a policy's web-hook."
    )
    kind = models.CharField(max_length=10, choices=SENT_KINDS)
    priority = models.PositiveSmallIntegerField(null=True, blank=True)
    webhook = models.ForeignKey(Webhook, models.SET_NULL, null=True, blank=True, related_name="notifications")
    message = models.JSONField(help_text="Subject, text, links and facts, finished, in the reader's language.")
    subject_kind = models.CharField(max_length=20, blank=True, default="", help_text="What it is about: incident ...")
    subject_id = models.BigIntegerField(null=True, blank=True)
    escalation_id = models.BigIntegerField(null=True, blank=True)
    why = models.JSONField(default=list, help_text="The steps of the rules that sent it.")
    state = models.CharField(max_length=12, choices=STATES, default="queued")
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="Not before this instant: a rule's delay, or the wait before another try.")
    claimed_until = models.DateTimeField(null=True, blank=True, help_text="Somebody is sending it until then.")
    tries = models.PositiveSmallIntegerField(default=0)
    handed_over_at = models.DateTimeField(null=True, blank=True, help_text="When the channel took it.")
    delivered_at = models.DateTimeField(null=True, blank=True, help_text="When the device said that it has it.")
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When its link was opened first.")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=500, blank=True, default="")
    reference = models.CharField(max_length=500, blank=True, default="", help_text="The other side's name for it.")
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="bundled", help_text="Sent inside this one."
    )

    class Meta:
        db_table = "notifications_notification"
        ordering = ["-queued_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[k for k, _ in STATES]), name="notification_state_known"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="queued"), name="notification_due"),  # what to send next
            models.Index(fields=["subject_kind", "subject_id"], name="notification_subject"),  # who was told of it
            models.Index(fields=["user", "-queued_at"], name="notification_user"),  # what somebody got
            models.Index(  # what an acknowledgement makes superfluous
                fields=["escalation_id"], condition=Q(state="queued"), name="notification_escalation"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Attempt(models.Model):
    """One try to hand a notification over. Insert-only by habit: the evidence of what happened."""

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    is_accepted = models.BooleanField()
    is_permanent = models.BooleanField(default=False)
    said = models.CharField(max_length=500, blank=True, default="", help_text="What the other side answered.")

    class Meta:
        db_table = "notifications_attempt"
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["notification"], name="attempt_notification")]

    def __str__(self) -> str:
        return f"{self.notification_id} {self.at:%H:%M:%S} {self.said}"


class ReceivedMail(models.Model):
    """One mail that came in, and how it was read. Its words are not kept here: they are a note of the incident."""

    KINDS = [
        ("answer", _("Answer to a page")),
        ("bounce", _("Could not be delivered")),
        ("automatic", _("Sent by a machine")),
        ("unknown", _("Not for us")),
        ("broken", _("Could not be read")),
    ]
    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of its Message-ID: the same mail acts once.")
    received_at = models.DateTimeField()
    sender = models.CharField(max_length=320, blank=True, default="")
    size = models.PositiveIntegerField(help_text="In bytes.")
    sha256 = models.CharField(max_length=64, help_text="Of the whole mail, to compare it with the mail server's copy.")
    kind = models.CharField(max_length=10, choices=KINDS)
    verb = models.CharField(max_length=12, blank=True, default="", help_text="acknowledge, next, snooze, note.")
    outcome = models.CharField(max_length=500, help_text="What became of it, in words.")
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="received_mail")
    notification = models.ForeignKey(
        Notification, models.CASCADE, null=True, blank=True, related_name="answers", help_text="What it is about."
    )
    escalation_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        db_table = "notifications_received_mail"
        ordering = ["-received_at", "-id"]
        indexes = [models.Index(fields=["received_at"], name="received_mail_at")]  # what is old enough to forget

    def __str__(self) -> str:
        return f"{self.received_at:%Y-%m-%d %H:%M} {self.kind}"
