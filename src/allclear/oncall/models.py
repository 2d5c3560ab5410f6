"""Who is on call and who is paged: schedules, what changes them for a while, escalation policies and escalations."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from allclear.accounts.models import Team, User


class Schedule(models.Model):
    """Who is on call when: layers in the form of domain/oncall, and the rows below that change it for a while."""

    name = models.CharField(max_length=120)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="schedules")
    note = models.TextField(blank=True, default="")
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name, such as Europe/Berlin.")
    layers = models.JSONField(default=list, blank=True, help_text="From the lowest to the highest.")
    country = models.CharField(max_length=2, blank=True, default="", help_text="Whose public holidays count.")
    region = models.CharField(max_length=10, blank=True, default="")
    feed_key = models.CharField(max_length=64, unique=True, help_text="Names its iCalendar feed; a secret.")
    is_active = models.BooleanField(default=True)
    frozen_until = models.DateTimeField(help_text="Up to here the shifts are history, in `Shift`.")

    class Meta:
        db_table = "oncall_schedule"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="schedule_name_once")]

    def __str__(self) -> str:
        return self.name


class CalendarSource(models.Model):
    """A calendar elsewhere that is read again and again: its events are overrides of the schedule."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="calendars")
    url = models.CharField(max_length=1000, help_text="May hold a key: of it only the host is shown.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    tried_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True, help_text="When it could be read last.")
    problem = models.CharField(max_length=500, blank=True, default="", help_text="Why it could not; empty: it could.")
    skipped = models.JSONField(default=list, blank=True, help_text="Events that did not come in last time, and why.")

    class Meta:
        db_table = "oncall_calendar_source"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["schedule", "url"], name="calendar_source_once")]

    def __str__(self) -> str:
        return urlsplit(self.url).hostname or self.url


class Override(models.Model):
    """For a span, somebody instead of another, besides them, not at all, or nobody else. Never deleted: withdrawn."""

    KINDS = [
        ("replace", _("Replace somebody")),
        ("add", _("Add somebody")),
        ("remove", _("Take somebody off call")),
        ("only", _("Only these people")),
    ]
    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="overrides")
    kind = models.CharField(max_length=10, choices=KINDS)
    people = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="Who is put on call.")
    instead_of = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="overridden")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source = models.ForeignKey(CalendarSource, models.SET_NULL, null=True, blank=True, related_name="overrides")

    class Meta:
        db_table = "oncall_override"
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="override_ends_after_start"),
            models.CheckConstraint(
                condition=Q(kind__in=["replace", "remove"], instead_of__isnull=False)
                | Q(kind__in=["add", "only"], instead_of=None),
                name="override_names_people",
            ),
        ]
        indexes = [models.Index(fields=["schedule", "ends_at"], name="override_schedule")]  # those still to come

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.starts_at:%Y-%m-%d %H:%M}"


class Leave(models.Model):
    """A span in which somebody is away: no schedule counts on them."""

    user = models.ForeignKey(User, models.CASCADE, related_name="leaves")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "oncall_leave"
        ordering = ["starts_at", "id"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="leave_ends_after_start")]
        indexes = [models.Index(fields=["user", "ends_at"], name="leave_user")]

    def __str__(self) -> str:
        return f"{self.user} {self.starts_at:%Y-%m-%d}"


class Swap(models.Model):
    """Somebody asks that others take their shifts of a span. It acts once somebody has agreed."""

    STATES = [
        ("open", pgettext_lazy("swap", "Open")),
        ("taken", pgettext_lazy("swap", "Taken")),
        ("refused", pgettext_lazy("swap", "Refused")),
        ("withdrawn", pgettext_lazy("swap", "Withdrawn")),
        ("expired", pgettext_lazy("swap", "Nobody agreed in time")),
    ]
    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="swaps")
    beneficiary = models.ForeignKey(User, models.PROTECT, related_name="swaps_asked")
    asked = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="swaps_offered")
    benefactor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="swaps_taken")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True, default="")
    state = models.CharField(max_length=10, choices=STATES, default="open")
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "oncall_swap"
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="swap_ends_after_start"),
            models.CheckConstraint(condition=~Q(state="taken") | Q(benefactor__isnull=False), name="swap_taken_by"),
        ]
        indexes = [models.Index(fields=["schedule", "ends_at"], name="swap_schedule")]

    def __str__(self) -> str:
        return f"{self.beneficiary} {self.starts_at:%Y-%m-%d}"


class Shift(models.Model):
    """A shift that has been: written once as time passes, and never moved by a later change of the schedule."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="past_shifts")
    user = models.ForeignKey(User, models.PROTECT, related_name="past_shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_shadow = models.BooleanField(default=False)
    why = models.CharField(max_length=300, blank=True, default="")
    said = models.JSONField(null=True, blank=True, help_text="How `why` was made, to say it in other languages.")
    source = models.CharField(max_length=10, blank=True, default="", help_text="layer, swap, or a kind of override.")

    class Meta:
        db_table = "oncall_shift"
        ordering = ["starts_at", "id"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_start")]
        indexes = [
            models.Index(fields=["schedule", "starts_at"], name="shift_schedule"),  # the calendar's past
            models.Index(fields=["user", "starts_at"], name="shift_user"),  # the fairness of a person's load
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.starts_at:%Y-%m-%d %H:%M}"


class KnownShifts(models.Model):
    """The coming shifts of a schedule as its people were told them last: what a change is measured against."""

    schedule = models.OneToOneField(Schedule, models.CASCADE, primary_key=True, related_name="known_shifts")
    at = models.DateTimeField(help_text="When they were told.")
    until = models.DateTimeField(help_text="How far into the future.")
    stints = models.JSONField(default=list, help_text="Person, start and end of each time on call.")

    class Meta:
        db_table = "oncall_known_shifts"

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.at:%Y-%m-%d %H:%M}"


class Feed(models.Model):
    """The secret address at which a person's own shifts can be read as a calendar."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="oncall_feed")
    key = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "oncall_feed"

    def __str__(self) -> str:
        return f"{self.user}"


class EscalationPolicy(models.Model):
    """Who is paged, after what delay, how often round. `definition` in the form of domain/escalation.

    It applies to incidents of its services, else of its teams, of the priorities named.
    """

    BEGINS = [
        ("logged", pgettext_lazy("escalation policy", "When an incident is logged")),
        ("response", pgettext_lazy("escalation policy", "When nobody has acknowledged it for so long")),
        ("resolution", pgettext_lazy("escalation policy", "When it is not resolved for so long")),
    ]
    name = models.CharField(max_length=120)
    note = models.TextField(blank=True, default="")
    begins_on = models.CharField(max_length=10, choices=BEGINS, default="logged")
    begins_after_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="The threshold, counted from the logging; none for `logged`."
    )
    definition = models.JSONField(default=dict)
    service_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    teams = models.ManyToManyField(Team, blank=True, related_name="escalation_policies")
    priorities = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "oncall_policy"
        ordering = ["name"]
        verbose_name_plural = "escalation policies"
        constraints = [
            models.UniqueConstraint(Lower("name"), name="escalation_policy_name_once"),
            models.CheckConstraint(
                condition=Q(begins_on="logged", begins_after_minutes=None)
                | Q(begins_on__in=("response", "resolution"), begins_after_minutes__gte=1),
                name="escalation_policy_threshold",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Escalation(models.Model):
    """One policy being carried out for one subject, under the policy as it was when it began."""

    STATES = [
        ("running", pgettext_lazy("escalation", "Paging")),
        ("acknowledged", pgettext_lazy("escalation", "Acknowledged")),
        ("snoozed", pgettext_lazy("escalation", "Snoozed")),
        ("exhausted", pgettext_lazy("escalation", "Everybody was paged")),
        ("stopped", pgettext_lazy("escalation", "Ended")),
    ]
    policy = models.ForeignKey(EscalationPolicy, models.PROTECT, null=True, blank=True, related_name="escalations")
    subject_kind = models.CharField(max_length=20, help_text="incident, test ...")
    subject_id = models.BigIntegerField(null=True, blank=True)
    facts = models.JSONField(
        default=dict, help_text="What steps ask for: priority, service; and the words of its pages."
    )
    state = models.JSONField(help_text="In the form of domain/escalation, with the policy that it began under.")
    status = models.CharField(max_length=14, choices=STATES, default="running")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    started_by_hand = models.BooleanField(default=False)
    next_at = models.DateTimeField(null=True, blank=True, help_text="When the next step is due; empty: nothing waits.")
    alarmed_at = models.DateTimeField(null=True, blank=True, help_text="When the auditor found that it stands still.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "oncall_escalation"
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(  # one at a time about one record under one stored policy
                fields=["subject_kind", "subject_id", "policy"],
                condition=~Q(status="stopped") & Q(subject_id__isnull=False, policy__isnull=False),
                name="escalation_one_open",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="escalation_due"),  # what to move
            models.Index(fields=["subject_kind", "subject_id"], name="escalation_subject"),  # of one incident
        ]

    def __str__(self) -> str:
        return f"{self.policy} for {self.subject_kind} {self.subject_id}"


class EscalationEntry(models.Model):
    """What happened to an escalation, in order, each with its reason."""

    escalation = models.ForeignKey(Escalation, models.CASCADE, related_name="entries")
    at = models.DateTimeField()
    kind = models.CharField(max_length=20, help_text="started, paged, skipped, acknowledged, snoozed, exhausted ...")
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    people = ArrayField(models.BigIntegerField(), default=list)
    trace = models.JSONField(default=list)

    class Meta:
        db_table = "oncall_escalation_entry"
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["escalation"], name="escalation_entry_of")]

    def __str__(self) -> str:
        return f"{self.escalation_id} {self.kind}"
