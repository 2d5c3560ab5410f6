"""The row of an incident: a projection of its events, with the fields of `domain.incident.IncidentState`."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from allclear.accounts.models import Organisation, SecurityClass, Team, User
from allclear.accounts.permissions import Viewer
from allclear.catalog.models import Category, Service
from allclear.domain.terms import OPEN, Channel, Effectiveness, HoldReason, Kind, Status


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, viewer: Viewer) -> IncidentQuerySet:
        """What this person may know of: by security class first, then as staff by customer, else as requester."""
        rows = self.all()
        if not viewer.sees_every_class:
            rows = rows.filter(Q(security_class=None) | Q(security_class__in=viewer.security_class_ids))
        if viewer.is_staff:
            if viewer.organisation_ids is None:
                return rows
            own = Q(organisation__in=viewer.organisation_ids) | Q(organisation=None)
            theirs = Q(team__in=viewer.team_ids) | Q(offered_team__in=viewer.team_ids) | Q(assignee=viewer.user_id)
            return rows.filter(own | theirs)
        if viewer.user_id is None:
            return rows.none()
        mine = Q(requester=viewer.user_id) | Q(on_behalf_of=viewer.user_id) | Q(watcher_ids__contains=[viewer.user_id])
        if viewer.sees_organisation_id:
            mine |= Q(organisation=viewer.sees_organisation_id)
        return rows.filter(mine)

    def open(self) -> IncidentQuerySet:
        return self.filter(status__in=OPEN)

    def most_critical_first(self) -> IncidentQuerySet:
        """The queue's order: priority, then the oldest. Stable, for keyset pages."""
        return self.order_by("priority", "logged_at", "id")


def _one_of(field: str, values: type) -> Q:
    return Q(**{f"{field}__in": [str(v) for v in values]})  # type: ignore[attr-defined]  # an enumeration class


class Incident(models.Model):
    """An unplanned interruption, an impending one, or a service request. Written by `incidents.actions` only."""

    number = models.CharField(max_length=40, unique=True)
    version = models.IntegerField(default=0, help_text="Events in its stream.")
    kind = models.CharField(max_length=20, default=Kind.INCIDENT)
    status = models.CharField(max_length=20, default=Status.NEW)
    external_source = models.CharField(max_length=60, blank=True, default="")
    external_key = models.CharField(max_length=200, blank=True, default="")
    title = models.CharField(max_length=250, help_text="A copy of the content row, for lists and search.")
    channel = models.CharField(max_length=20, blank=True, default="")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="incidents")
    requester = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="reported")
    on_behalf_of = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="reported_for")
    logged_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    location = models.CharField(max_length=200, blank=True, default="")
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="incidents")
    ci_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    first_category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="+", db_index=False)
    category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="incidents")
    final_category = models.ForeignKey(Category, models.PROTECT, null=True, related_name="+", db_index=False)
    security_class = models.ForeignKey(SecurityClass, models.PROTECT, null=True, blank=True, related_name="+")
    is_impending = models.BooleanField(default=False)
    predicted_impact_at = models.DateTimeField(null=True, blank=True)
    custom = models.JSONField(default=dict, blank=True)
    impact = models.PositiveSmallIntegerField(null=True)
    urgency = models.PositiveSmallIntegerField(null=True)
    priority = models.PositiveSmallIntegerField(null=True)
    severity = models.CharField(max_length=40, blank=True, default="")
    matrix_version = models.IntegerField(null=True)
    is_vip = models.BooleanField(default=False, db_default=False, help_text="Whether the affected person is a VIP.")
    criticality = models.PositiveSmallIntegerField(null=True, help_text="Of service and CIs, the most critical.")
    promised_at = models.DateTimeField(null=True, help_text="Agreements as of this instant apply to it.")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="incidents")
    assignee = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="assigned")
    supplier = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    routing_version = models.IntegerField(null=True)
    responder_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    watcher_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    reassignment_count = models.IntegerField(default=0)
    offered_team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    offered_to = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    offered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    offered_at = models.DateTimeField(null=True, blank=True)
    handover_unanswered_at = models.DateTimeField(null=True, blank=True)
    bounce_count = models.IntegerField(default=0, help_text="Hand-overs that were refused.")
    coordinator_called_at = models.DateTimeField(null=True, blank=True)
    hold_reason = models.CharField(max_length=20, blank=True, default="")
    hold_until = models.DateTimeField(null=True, blank=True)
    cause_code = models.CharField(max_length=60, blank=True, default="")
    resolution_code = models.CharField(max_length=60, blank=True, default="")
    is_workaround_in_place = models.BooleanField(default=False)
    verified_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    acknowledged_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    resolved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    reopen_count = models.IntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    downtime_minutes = models.IntegerField(null=True, blank=True)
    has_data_loss = models.BooleanField(default=False)
    completeness = models.PositiveSmallIntegerField(null=True)
    process_effectiveness = models.CharField(max_length=10, blank=True, default="")
    followed_up_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    is_cascade_opted_out = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="duplicates")
    links = models.JSONField(default=list, blank=True, help_text="[[kind, other id], ...]")
    texts = models.JSONField(default=dict, blank=True, help_text="{slot: {id, sha256}} of content rows.")
    occurred_at = models.DateTimeField(null=True, blank=True)
    detected_at = models.DateTimeField(null=True, blank=True)
    logged_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    followed_up_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True, help_text="The requester's word that waits for ours.")
    last_progress_at = models.DateTimeField(null=True, blank=True)
    retention_hold_at = models.DateTimeField(null=True, blank=True, help_text="Legal hold: nothing is erased.")
    retention_hold_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    erased_at = models.DateTimeField(null=True, blank=True, help_text="Words of it were erased, last at this instant.")
    # what its clocks say, for lists (`incidents/promises.py`); no part of the state
    due_at = models.DateTimeField(null=True, help_text="When the first of its running clocks is used up.")
    due_metric = models.CharField(max_length=12, blank=True, default="", db_default="")
    at_risk_at = models.DateTimeField(null=True, help_text="When three quarters of that clock are used up.")
    is_breached = models.BooleanField(default=False, db_default=False, help_text="A promise was not kept.")

    objects = IncidentQuerySet.as_manager()

    class Meta:
        db_table = "incidents_incident"
        constraints = [
            models.CheckConstraint(condition=_one_of("status", Status), name="incident_status_known"),
            models.CheckConstraint(condition=_one_of("kind", Kind), name="incident_kind_known"),
            models.CheckConstraint(
                condition=Q(channel="") | _one_of("channel", Channel), name="incident_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(process_effectiveness="") | _one_of("process_effectiveness", Effectiveness),
                name="incident_effectiveness_known",
            ),
            models.CheckConstraint(condition=Q(priority=None) | Q(priority__range=(1, 5)), name="incident_p1_to_p5"),
            models.CheckConstraint(
                condition=(Q(status=Status.ON_HOLD) & _one_of("hold_reason", HoldReason))
                | (~Q(status=Status.ON_HOLD) & Q(hold_reason="")),
                name="incident_hold_has_reason",
            ),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="incident_not_own_parent"),
            models.CheckConstraint(
                condition=Q(offered_team=None, offered_at=None)
                | Q(offered_team__isnull=False, offered_at__isnull=False),
                name="incident_offer_is_whole",
            ),
            models.UniqueConstraint(
                fields=["external_source", "external_key"],
                condition=~Q(external_key=""),
                name="incident_external_key_once",
            ),
        ]
        indexes = [
            # sort by due time, and what is at risk, among the open ones
            models.Index(
                fields=["due_at", "id"],
                condition=Q(status__in=["new", "assigned", "in_progress", "on_hold"]),
                name="incident_due",
            ),
            # the queue: most critical first, among the open ones
            models.Index(
                fields=["priority", "logged_at", "id"],
                condition=Q(status__in=["new", "assigned", "in_progress", "on_hold"]),
                name="incident_queue",
            ),
            # what a person holds: their own list, and their load when routing looks for the least
            models.Index(
                fields=["assignee"],
                condition=Q(status__in=["new", "assigned", "in_progress", "on_hold"]),
                name="incident_open_by_person",
            ),
            models.Index(fields=["status", "priority", "logged_at", "id"], name="incident_by_status"),  # filtered lists
            models.Index(fields=["-logged_at", "-id"], name="incident_newest"),  # newest first, keyset pages
            # offers that wait for an answer: the receiving team's list, and the engine's
            models.Index(
                fields=["offered_team", "offered_at"],
                condition=Q(offered_team__isnull=False),
                name="incident_offered",
            ),
            # what was closed or resolved in a span: views such as "closed this week"
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="incident_closed"),
            models.Index(fields=["resolved_at"], condition=Q(resolved_at__isnull=False), name="incident_resolved"),
            # auto-close looks for the oldest resolved
            models.Index(fields=["resolved_at"], condition=Q(status="resolved"), name="incident_to_close"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="incident_title_trgm"),  # parts of words
            GinIndex(fields=["watcher_ids"], name="incident_watchers"),  # what a requester follows
            GinIndex(fields=["ci_ids"], name="incident_cis"),  # incidents of a configuration item
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def affected_id(self) -> int | None:
        """Whose fault it is about: the person on whose behalf it was reported, else the requester."""
        return self.on_behalf_of_id or self.requester_id
