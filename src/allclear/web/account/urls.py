"""Addresses of log-in and of one's own profile."""

from __future__ import annotations

from allauth.account.views import LoginView, LogoutView
from django.urls import include, path

from allclear.web.account import entrance, profile, pushing, rules, shifts, told

area = [
    path("", profile.show, name="profile"),
    path("password/", profile.password, name="password"),
    path("tokens/add/", profile.add_token, name="token_add"),
    path("tokens/<int:pk>/revoke/", profile.revoke, name="token_revoke"),
    path("told/", told.show, name="told"),
    path("told/add/", told.add, name="told_add"),
    path("told/rules/", rules.edit, name="told_rules"),
    path("told/shifts/", shifts.choose, name="told_shifts"),
    path("told/push/", pushing.subscribe, name="push"),
    path("told/push/renewed/", pushing.renewed, name="push_renewed"),
    path("told/<int:pk>/<slug:verb>/", told.do, name="contact"),
]

urlpatterns = [
    path("welcome/", entrance.welcome, name="welcome"),
    path("account/login/", LoginView.as_view(template_name="account_area/login.html"), name="account_login"),
    path("account/logout/", LogoutView.as_view(template_name="account_area/logout.html"), name="account_logout"),
    path("account/inactive/", entrance.inactive, name="account_inactive"),
    path("account/help/", entrance.get_in, name="account_reset_password"),
    path("account/join/", entrance.get_in, name="account_signup"),  # no open sign-up; allauth asks for the name
    path("profile/", include((area, "account_area"))),
]
