"""What is offered and what it stands on: services, configuration items, dependencies, categories, policies."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from allclear.accounts.models import Organisation, SecurityClass, Team, User
from allclear.domain.terms import BaseClass, Kind, label

NUMBER_KIND = ("number", pgettext_lazy("kind of answer", "Number"))
CRITICALITY = [(1, _("Critical")), (2, _("High")), (3, _("Medium")), (4, _("Low"))]


class Service(models.Model):
    """What is offered to customers; incidents name the one they interrupt."""

    name = models.CharField(max_length=150)
    description = models.TextField(blank=True, default="")
    owner_team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="services")
    criticality = models.PositiveSmallIntegerField(default=3, choices=CRITICALITY)
    runbook_url = models.URLField(max_length=500, blank=True, default="")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, help_text="Its customer.")
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "catalog_service"
        ordering = ["criticality", "name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="service_name_once"),
            models.CheckConstraint(condition=Q(criticality__range=(1, 4)), name="service_criticality_1_to_4"),
        ]
        indexes = [GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="service_name_trgm")]  # find as one types

    def __str__(self) -> str:
        return self.name


class ConfigurationItem(models.Model):
    """A thing that services stand on: a server, a switch, an application, a contract."""

    name = models.CharField(max_length=200)
    kind = models.CharField(
        max_length=60, blank=True, default="", help_text="Server, network, application, database ..."
    )
    status = models.CharField(
        max_length=20,
        default="in_use",
        choices=[("in_use", _("In use")), ("stock", _("In stock")), ("retired", _("Retired"))],
    )
    serial_number = models.CharField(max_length=120, blank=True, default="")
    location = models.CharField(max_length=200, blank=True, default="")
    owner_team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="cis")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True)
    supplier = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="supplied_cis")
    criticality = models.PositiveSmallIntegerField(null=True, blank=True, choices=CRITICALITY)
    used_by = models.ManyToManyField(
        User, blank=True, related_name="cis_used", help_text="Who works with it: offered when they report something."
    )
    note = models.TextField(blank=True, default="")
    external_key = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "catalog_ci"
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="ci_name_once"),
            models.CheckConstraint(
                condition=Q(criticality=None) | Q(criticality__range=(1, 4)), name="ci_criticality_1_to_4"
            ),
        ]
        indexes = [
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="ci_name_trgm"),  # find as one types
            models.Index(
                Lower("external_key"), condition=~Q(external_key=""), name="ci_external_key"
            ),  # alerts name it
        ]

    def __str__(self) -> str:
        return self.name


class Dependency(models.Model):
    """One typed edge: the upper (a service or CI) stands on the lower (a service or CI)."""

    KINDS = [
        ("runs_on", _("runs on")),
        ("depends_on", _("depends on")),
        ("hosted_by", _("is hosted by")),
        ("connects_through", _("connects through")),
        ("backed_up_by", _("is backed up by")),
    ]
    kind = models.CharField(max_length=20, choices=KINDS, default="depends_on")
    upper_service = models.ForeignKey(Service, models.CASCADE, null=True, blank=True, related_name="stands_on")
    upper_ci = models.ForeignKey(ConfigurationItem, models.CASCADE, null=True, blank=True, related_name="stands_on")
    lower_service = models.ForeignKey(Service, models.CASCADE, null=True, blank=True, related_name="carries")
    lower_ci = models.ForeignKey(ConfigurationItem, models.CASCADE, null=True, blank=True, related_name="carries")

    class Meta:
        db_table = "catalog_dependency"
        verbose_name_plural = "dependencies"
        constraints = [
            models.UniqueConstraint(
                fields=["upper_service", "upper_ci", "lower_service", "lower_ci", "kind"],
                nulls_distinct=False,
                name="dependency_once",
            ),
            models.CheckConstraint(
                condition=(Q(upper_service=None) ^ Q(upper_ci=None)) & (Q(lower_service=None) ^ Q(lower_ci=None)),
                name="dependency_one_upper_one_lower",
            ),
        ]

    def __str__(self) -> str:
        upper, lower = self.upper_service or self.upper_ci, self.lower_service or self.lower_ci
        return f"{upper} {self.get_kind_display()} {lower}"


class Category(models.Model):
    """A node of the category tree, of any depth. What is empty here is inherited from above."""

    name = models.CharField(max_length=150)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    base_class = models.CharField(
        max_length=20, choices=[(b.value, _(label(b))) for b in BaseClass], blank=True, default=""
    )
    description = models.TextField(blank=True, default="", help_text="When to choose this one.")
    default_impact = models.PositiveSmallIntegerField(null=True, blank=True)
    default_urgency = models.PositiveSmallIntegerField(null=True, blank=True)
    runbook_url = models.URLField(max_length=500, blank=True, default="")
    security_class = models.ForeignKey(
        SecurityClass, models.PROTECT, null=True, blank=True, help_text="Incidents get it."
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "catalog_category"
        ordering = ["name"]
        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint(Lower("name"), "parent", nulls_distinct=False, name="category_name_once"),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="category_not_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name


class Question(models.Model):
    """Asked while logging an incident of this category or one below it."""

    KINDS = [("text", _("Text")), ("choice", _("One of a list")), ("yes_no", _("Yes or no")), NUMBER_KIND]
    category = models.ForeignKey(Category, models.CASCADE, related_name="questions")
    text = models.CharField(max_length=300)
    help = models.CharField(max_length=300, blank=True, default="")
    kind = models.CharField(max_length=10, choices=KINDS, default="text")
    choices = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    is_required = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        db_table = "catalog_question"
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.text


class IncidentTemplate(models.Model):
    """A quick start for a frequent incident: what is filled in, and the tasks it brings."""

    name = models.CharField(max_length=150, unique=True)
    kind = models.CharField(max_length=20, choices=[(k.value, _(label(k))) for k in Kind], default=Kind.INCIDENT)
    title = models.CharField(max_length=250, blank=True, default="")
    description = models.TextField(blank=True, default="")
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True)
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True)
    impact = models.PositiveSmallIntegerField(null=True, blank=True)
    urgency = models.PositiveSmallIntegerField(null=True, blank=True)
    tasks = ArrayField(models.CharField(max_length=250), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "catalog_template"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Code(models.Model):
    """An entry of a closed list: how an incident was resolved, or what caused it."""

    LISTS = [("resolution", _("Resolution")), ("cause", _("Cause"))]
    list = models.CharField(max_length=12, choices=LISTS)
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "catalog_code"
        ordering = ["list", "position", "name"]
        constraints = [models.UniqueConstraint(fields=["list", "key"], name="code_once")]

    def __str__(self) -> str:
        return self.name


class CustomField(models.Model):
    """A field that this company adds to incidents; values are kept in the incident's `custom` under `key`."""

    KINDS = [
        ("text", _("Text")),
        NUMBER_KIND,
        ("yes_no", _("Yes or no")),
        ("choice", _("One of a list")),
        ("date", _("Date")),
    ]
    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    help = models.CharField(max_length=300, blank=True, default="")
    kind = models.CharField(max_length=10, choices=KINDS, default="text")
    choices = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    category = models.ForeignKey(Category, models.CASCADE, null=True, blank=True, help_text="Only here and below.")
    is_required = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=100)

    class Meta:
        db_table = "catalog_custom_field"
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """One version of a policy; never changed. The highest version of a kind is in force; incidents pin theirs."""

    KINDS = [
        ("priority_matrix", _("Priority matrix")),
        ("routing", _("Routing")),
        ("lifecycle", _("Lifecycle")),
        ("retention", _("Retention")),
        ("alert_rules", _("Alert rules")),
    ]
    kind = models.CharField(max_length=20, choices=KINDS)
    version = models.PositiveIntegerField()
    body = models.JSONField()
    note = models.CharField(max_length=300, blank=True, default="", help_text="Why it was changed.")
    author_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "catalog_policy_version"
        ordering = ["kind", "-version"]
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="policy_version_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} version {self.version}"
