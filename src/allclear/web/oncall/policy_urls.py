"""Addresses of escalation policies and of the web-hooks that they tell."""

from __future__ import annotations

from django.urls import path

from allclear.web.oncall import hooks, policies, policy_editing

app_name = "policies"
urlpatterns = [
    path("policies/", policies.index, name="index"),
    path("policies/add/", policy_editing.add, name="add"),
    path("policies/<int:pk>/", policies.show, name="policy"),
    path("policies/<int:pk>/edit/", policy_editing.edit, name="edit"),
    path("policies/<int:pk>/remove/", policies.remove, name="remove"),
    path("webhooks/", hooks.index, name="webhooks"),
    path("webhooks/add/", hooks.add, name="webhook_add"),
    path("webhooks/<int:pk>/", hooks.edit, name="webhook"),
    path("webhooks/<int:pk>/test/", hooks.test, name="webhook_test"),
    path("webhooks/<int:pk>/remove/", hooks.remove, name="webhook_remove"),
    path("webhooks/<int:pk>/secret/", hooks.renew, name="webhook_secret"),
]
