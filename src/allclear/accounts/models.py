"""People and what they may do: organisations, users, teams, skills, security classes, API tokens."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from allclear.accounts.folding import LOOKED_THROUGH, NUMBERS
from allclear.domain.terms import Role

ROLES = [(role.value, role.value.replace("_", " ").capitalize()) for role in Role]
SCOPES = ("read", "write", "admin", "all")


class Organisation(models.Model):
    """A customer that records belong to, or a part of one; `is_supplier` marks who provides to us."""

    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    is_supplier = models.BooleanField(default=False, help_text="A supplier that work can wait for.")
    is_active = models.BooleanField(default=True)
    note = models.TextField(blank=True, default="")

    class Meta:
        db_table = "accounts_organisation"
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(Lower("name"), "parent", name="organisation_name_once", nulls_distinct=False),
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="organisation_not_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name


class Skill(models.Model):
    """Something a person can do that routing may ask for."""

    name = models.CharField(max_length=80, unique=True)

    class Meta:
        db_table = "accounts_skill"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> User:
        """A user with a hashed password, or one who cannot log in when there is none."""
        user = self.model(email=email.strip().lower() if email else None, **fields)
        user.set_password(password) if password else user.set_unusable_password()
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person: requester or staff. People without an address (from a phone call or an import) cannot log in."""

    email = models.EmailField(max_length=254, null=True, blank=True, unique=True)
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=40, blank=True, default="")
    mobile = models.CharField(max_length=40, blank=True, default="")
    location = models.CharField(max_length=200, blank=True, default="")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="people")
    roles = ArrayField(models.CharField(max_length=20, choices=ROLES), default=list, blank=True)
    skills = models.ManyToManyField(Skill, blank=True, related_name="people")
    serves = models.ManyToManyField(
        Organisation, blank=True, related_name="served_by", help_text="Staff: only these customers; none means all."
    )
    sees_organisation = models.BooleanField(default=False, help_text="A requester who sees all of the organisation's.")
    is_vip = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name, such as Europe/Berlin.")
    language = models.CharField(max_length=10, default="en")
    external_key = models.CharField(max_length=200, blank=True, default="", help_text="The key in an imported source.")
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    objects = UserManager()

    class Meta:
        db_table = "accounts_user"
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(roles__contained_by=[r.value for r in Role]), name="user_roles_known"
            ),
            models.UniqueConstraint(
                fields=["external_key"], condition=~models.Q(external_key=""), name="user_external_key_once"
            ),
        ]
        indexes = [
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="user_name_trgm"),  # find a caller as one types
            GinIndex(OpClass(LOOKED_THROUGH, name="gin_trgm_ops"), name="user_looked_through"),  # a caller by any word
            GinIndex(OpClass(NUMBERS, name="gin_trgm_ops"), name="user_numbers"),  # a caller by any part of a number
            models.Index(fields=["organisation"], name="user_organisation"),  # the people of a customer
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """Whether they work on incidents; no relation to Django's own admin, which is not used."""
        return bool(set(self.roles) - {Role.REQUESTER})

    @property
    def initials(self) -> str:
        words = [w for w in self.name.replace(".", " ").split() if w]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else "?"


class Team(models.Model):
    """A support group. Tier 1 takes calls, tier 2 knows the system, tier 3 builds it."""

    name = models.CharField(max_length=120)
    tier = models.PositiveSmallIntegerField(default=1, choices=[(1, _("Tier 1")), (2, _("Tier 2")), (3, _("Tier 3"))])
    email = models.EmailField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, help_text="The supplier, when the team is external."
    )
    members = models.ManyToManyField(User, through="Membership", related_name="teams")
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "accounts_team"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="team_name_once"),
            models.CheckConstraint(condition=models.Q(tier__range=(1, 3)), name="team_tier_1_to_3"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person in a team; leads answer for it."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    is_lead = models.BooleanField(default=False)

    class Meta:
        db_table = "accounts_membership"
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class SecurityClass(models.Model):
    """Incidents of such a class are seen, counted and found by its members only."""

    name = models.CharField(max_length=80, unique=True)
    note = models.TextField(blank=True, default="")
    members = models.ManyToManyField(User, blank=True, related_name="security_classes")

    class Meta:
        db_table = "accounts_security_class"
        ordering = ["name"]
        verbose_name_plural = "security classes"

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A key for programs. Only its SHA-256 is kept: 256 random bits need no slow hash."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, help_text="The first characters, to recognise it by.")
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20), default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "accounts_api_token"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(scopes__contained_by=list(SCOPES)), name="token_scopes_known"),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"
