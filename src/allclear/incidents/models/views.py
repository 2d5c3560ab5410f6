"""A filter that somebody keeps under a name, for themself, for teams or for everybody; and where each one has it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from allclear.accounts.models import Team, User


class SavedView(models.Model):
    """What to show and how. Written by `incidents.actions.views` only."""

    SHARED = [("personal", "Only me"), ("teams", "Teams"), ("everyone", "Everyone")]
    DENSITIES = [("comfortable", "Comfortable"), ("compact", "Compact")]
    owner = models.ForeignKey(User, models.CASCADE, related_name="views")
    name = models.CharField(max_length=80)
    filter = models.CharField(max_length=2000, blank=True, default="", help_text="In the filter language, as typed.")
    sort = models.CharField(max_length=80, default="critical")
    group_by = models.CharField(max_length=80, blank=True, default="")
    columns = ArrayField(models.CharField(max_length=80), default=list, blank=True, help_text="Empty: the usual ones.")
    density = models.CharField(max_length=12, choices=DENSITIES, default="comfortable")
    icon = models.CharField(max_length=40, blank=True, default="")
    shared = models.CharField(max_length=10, choices=SHARED, default="personal")
    teams = models.ManyToManyField(Team, blank=True, related_name="views", help_text="Who sees it, when shared.")

    class Meta:
        db_table = "incidents_saved_view"
        verbose_name = "view"
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                "owner",
                condition=Q(shared="personal"),
                name="view_name_once_a_person",
            ),
            models.UniqueConstraint(Lower("name"), condition=Q(shared="everyone"), name="view_name_once_for_everyone"),
            models.CheckConstraint(condition=Q(shared__in=["personal", "teams", "everyone"]), name="view_shared_known"),
            models.CheckConstraint(condition=Q(density__in=["comfortable", "compact"]), name="view_density_known"),
        ]
        indexes = [models.Index(fields=["shared"], name="view_shared")]  # what everybody sees beside their own

    def __str__(self) -> str:
        return self.name


class PinnedView(models.Model):
    """A view in somebody's side bar, and its place there."""

    view = models.ForeignKey(SavedView, models.CASCADE, related_name="pins")
    user = models.ForeignKey(User, models.CASCADE, related_name="pinned_views")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "incidents_pinned_view"
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["user", "view"], name="view_pinned_once")]

    def __str__(self) -> str:
        return f"{self.view} of {self.user}"


class FirstView(models.Model):
    """The view that a person's queue opens with: a saved one, or one of those that everybody has, by its key."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="first_view")
    view = models.ForeignKey(SavedView, models.CASCADE, null=True, blank=True, related_name="+")
    preset = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        db_table = "incidents_first_view"

    def __str__(self) -> str:
        return f"{self.user} begins with {self.view or self.preset}"
