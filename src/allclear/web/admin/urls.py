"""Addresses of administration."""

from __future__ import annotations

from django.urls import path

from allclear.web.account import rules, shifts, told
from allclear.web.admin import (
    audit,
    catalogue,
    erasing,
    groups,
    home,
    matrix,
    people,
    policies,
    retention,
    routing,
    teams,
)

app_name = "admin_area"
urlpatterns = [
    path("", home.index, name="index"),
    path("people/", people.index, name="people"),
    path("people/add/", people.add, name="person_add"),
    path("people/<int:pk>/", people.show, name="person"),
    path("people/<int:pk>/password/", people.password, name="person_password"),
    path("people/<int:pk>/erase/", erasing.erase, name="person_erase"),
    path("people/<int:pk>/deactivate/", people.set_active, {"is_active": False}, name="person_deactivate"),
    path("people/<int:pk>/activate/", people.set_active, {"is_active": True}, name="person_activate"),
    path("people/<int:pk>/tokens/<int:token>/revoke/", people.token_revoke, name="person_token_revoke"),
    path("people/<int:pk>/told/", told.show, name="person_told"),
    path("people/<int:pk>/told/add/", told.add, name="person_told_add"),
    path("people/<int:pk>/told/shifts/", shifts.choose, name="person_told_shifts"),
    path("people/<int:pk>/told/rules/", rules.edit, name="person_told_rules"),
    path("organisations/", groups.organisations, name="organisations"),
    path("organisations/add/", groups.organisation, name="organisation_add"),
    path("organisations/<int:pk>/", groups.organisation, name="organisation"),
    path("teams/", teams.teams, name="teams"),
    path("teams/add/", teams.team_add, name="team_add"),
    path("teams/<int:pk>/", teams.team, name="team"),
    path("teams/<int:pk>/members/add/", teams.member_add, name="member_add"),
    path("teams/<int:pk>/members/<int:user>/", teams.member_change, name="member_change"),
    path("skills/", groups.skills, name="skills"),
    path("skills/add/", groups.skill, name="skill_add"),
    path("skills/<int:pk>/", groups.skill, name="skill"),
    path("skills/<int:pk>/remove/", groups.skill_remove, name="skill_remove"),
    path("security-classes/", groups.classes, name="security_classes"),
    path("security-classes/add/", groups.security_class, name="security_class_add"),
    path("security-classes/<int:pk>/", groups.security_class, name="security_class"),
    path("security-classes/<int:pk>/remove/", groups.security_class_remove, name="security_class_remove"),
    path("templates/", catalogue.templates, name="templates"),
    path("templates/add/", catalogue.template, name="template_add"),
    path("templates/<int:pk>/", catalogue.template, name="template"),
    path("codes/", catalogue.codes, name="codes"),
    path("codes/add/", catalogue.code, name="code_add"),
    path("codes/<int:pk>/", catalogue.code, name="code"),
    path("fields/", catalogue.fields, name="fields"),
    path("fields/add/", catalogue.field, name="field_add"),
    path("fields/<int:pk>/", catalogue.field, name="field"),
    path("policies/", policies.index, name="policies"),
    path("policies/matrix/", matrix.edit, name="matrix"),
    path("policies/routing/", routing.edit, name="routing"),
    path("policies/lifecycle/", policies.lifecycle, name="lifecycle"),
    path("policies/retention/", retention.edit, name="retention"),
    path("policies/<slug:kind>/versions/", policies.versions, name="versions"),
    path("audit/", audit.index, name="audit"),
]
