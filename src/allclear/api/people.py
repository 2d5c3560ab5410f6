"""People and groups: users, organisations, teams, skills, security classes."""

from __future__ import annotations

from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from pydantic import Field

from allclear.accounts import actions
from allclear.accounts.models import Membership, SecurityClass, Skill, Team
from allclear.accounts.permissions import Viewer
from allclear.accounts.queries import organisations_visible_to, people_visible_to
from allclear.api.http import answer, viewer_of
from allclear.api.nouns import Resource, find, register
from allclear.api.routing import Routes
from allclear.api.schemas import Key, Shape, Short, Strict
from allclear.domain.terms import Role
from allclear.kernel import clock

Email = Annotated[str, Field(max_length=254)]
Name = Annotated[str, Field(max_length=200)]
Note = Annotated[str, Field(max_length=10_000)]


class UserBody(Strict):
    name: Name
    email: Email | None = None
    phone: Annotated[str, Field(max_length=40)] = ""
    mobile: Annotated[str, Field(max_length=40)] = ""
    location: Short = ""
    organisation_id: Key | None = None
    roles: list[Role] = [Role.REQUESTER]
    sees_organisation: bool = False
    is_vip: bool = False
    is_active: bool = True
    time_zone: Annotated[str, Field(max_length=64)] = "UTC"
    language: Annotated[str, Field(max_length=10)] = "en"
    external_key: Short = ""
    skills: Annotated[list[Key], Field(description="Keys of skills.")] = []
    serves: Annotated[list[Key], Field(description="Staff: only these customers; none means all.")] = []


class NewUserBody(UserBody):
    """Without a password they cannot log in until they get one."""

    password: Annotated[str, Field(max_length=200)] = ""


class OrganisationBody(Strict):
    name: Name
    parent_id: Key | None = None
    is_supplier: bool = False
    is_active: bool = True
    note: Note = ""


class TeamBody(Strict):
    name: Annotated[str, Field(max_length=120)]
    tier: Annotated[int, Field(ge=1, le=3)] = 1
    email: Email = ""
    note: Note = ""
    organisation_id: Annotated[Key | None, Field(description="The supplier, when the team is external.")] = None
    is_active: bool = True


class SkillBody(Strict):
    name: Annotated[str, Field(max_length=80)]


class SecurityClassBody(Strict):
    name: Annotated[str, Field(max_length=80)]
    note: Note = ""
    members: list[Key] = []


def _teams(viewer: Viewer) -> QuerySet[Team]:
    viewer.require("accounts.read")
    return Team.objects.all()


def _skills(viewer: Viewer) -> QuerySet[Skill]:
    viewer.require("accounts.read")
    return Skill.objects.all()


def _classes(viewer: Viewer) -> QuerySet[SecurityClass]:
    """An administrator's, to set them up; anybody else's own: a class's very name may tell too much."""
    viewer.require("accounts.read")
    rows = SecurityClass.objects.all()
    return rows if Role.ADMIN in viewer.roles else rows.filter(members=viewer.user_id or 0)


USERS = Resource(
    "user", "user", UserBody, people_visible_to, actions.add_user, actions.change_user,
    create_body=NewUserBody, search=("name", "email"), sets=("skills", "serves"),
    filters={
        "organisation": (Key, "organisation_id"), "role": (Role, "roles__contains"), "team": (Key, "memberships__team"),
        "is_active": (bool, "is_active"),
    },
)  # fmt: skip
ORGANISATIONS = Resource(
    "organisation", "organisation", OrganisationBody, organisations_visible_to, actions.add_organisation,
    actions.change_organisation,
    filters={"parent": (Key, "parent_id"), "is_supplier": (bool, "is_supplier"), "is_active": (bool, "is_active")},
)  # fmt: skip
TEAMS = Resource(
    "team", "team", TeamBody, _teams, actions.add_team, actions.change_team,
    filters={"member": (Key, "memberships__user"), "is_active": (bool, "is_active")},
)  # fmt: skip
SKILLS = Resource("skill", "skill", SkillBody, _skills, actions.add_skill, actions.change_skill, actions.remove_skill)
CLASSES = Resource(
    "security class", "security_class", SecurityClassBody, _classes, actions.add_security_class,
    actions.change_security_class, actions.remove_security_class, sets=("members",), plural="security classes",
)  # fmt: skip

users, organisations, teams = Routes("Users"), Routes("Organisations"), Routes("Teams")
skills, classes = Routes("Skills"), Routes("Security classes")
for _routes, _resource in (
    (users, USERS), (organisations, ORGANISATIONS), (teams, TEAMS), (skills, SKILLS), (classes, CLASSES),
):  # fmt: skip
    register(_routes, _resource)


class MemberBody(Strict):
    user_id: Key
    is_lead: bool = False


class MemberShape(Shape):
    user_id: int
    name: str
    is_lead: bool


class Members(Shape):
    items: list[MemberShape]


@teams.get("/{pk}/members", Members)
def list_members(request: HttpRequest, pk: Key) -> HttpResponse:
    """List the people of a team."""
    team = find(TEAMS, viewer_of(request), pk)
    return _members(team)


@teams.post("/{pk}/members", Members)
def add_member(request: HttpRequest, pk: Key, payload: MemberBody) -> HttpResponse:
    """Put a person into a team, or make a member lead it or no longer."""
    viewer = viewer_of(request)
    return _members(actions.add_member(viewer, pk, payload.user_id, is_lead=payload.is_lead, now=clock.now()))


@teams.delete("/{pk}/members/{user_id}", Members)
def remove_member(request: HttpRequest, pk: Key, user_id: Key) -> HttpResponse:
    """Take a person out of a team."""
    return _members(actions.remove_member(viewer_of(request), pk, user_id, now=clock.now()))


def _members(team: Team) -> HttpResponse:
    rows = Membership.objects.filter(team=team).order_by("user__name", "user_id")
    found = rows.values_list("user_id", "user__name", "is_lead")
    return answer({"items": [{"user_id": pk, "name": name, "is_lead": lead} for pk, name, lead in found]})
