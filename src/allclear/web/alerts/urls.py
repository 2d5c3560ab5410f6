"""Addresses below /alerts/."""

from __future__ import annotations

from django.urls import include, path

from allclear.web.alerts import detail, heartbeats, integrations, listing, live, mapping, payloads, storms, verbs

app_name = "alerts"
urlpatterns = [
    path("", listing.index, name="index"),
    path("live/", live.changes, name="live"),
    path("do/<slug:verb>/", verbs.act, name="act"),
    path("<int:pk>/", detail.show, name="alert"),
    path("<int:pk>/why/", detail.why, name="why"),
    path("integrations/", integrations.index, name="integrations"),
    path("integrations/add/", integrations.choose, name="integration_kinds"),
    path("integrations/add/<slug:dialect>/", integrations.add, name="integration_add"),
    path("integrations/preview/<slug:dialect>/", mapping.preview, name="integration_preview"),
    path("integrations/<int:pk>/", integrations.show, name="integration"),
    path("integrations/<int:pk>/edit/", integrations.edit, name="integration_edit"),
    path("integrations/<int:pk>/key/", integrations.new_key, name="integration_key"),
    path("integrations/<int:pk>/keys/<int:key_id>/revoke/", integrations.revoke, name="integration_revoke"),
    path("integrations/<int:pk>/switch/", integrations.switch, name="integration_switch"),
    path("integrations/<int:pk>/test/", integrations.test, name="integration_test"),
    path("integrations/<int:pk>/remove/", integrations.remove, name="integration_remove"),
    path("heartbeats/", heartbeats.index, name="heartbeats"),
    path("heartbeats/add/", heartbeats.add, name="heartbeat_add"),
    path("heartbeats/<int:pk>/", heartbeats.show, name="heartbeat"),
    path("heartbeats/<int:pk>/edit/", heartbeats.edit, name="heartbeat_edit"),
    path("heartbeats/<int:pk>/pause/", heartbeats.pause, name="heartbeat_pause"),
    path("heartbeats/<int:pk>/resume/", heartbeats.resume, name="heartbeat_resume"),
    path("heartbeats/<int:pk>/remove/", heartbeats.remove, name="heartbeat_remove"),
    path("deliveries/<int:pk>/", payloads.show, name="delivery"),
    path("deliveries/<int:pk>/body/", payloads.download, name="delivery_body"),
    path("deliveries/<int:pk>/replay/", payloads.replay, name="delivery_replay"),
    path("storms/<int:pk>/accept/", storms.accept, name="storm_accept"),
    path("storms/<int:pk>/dismiss/", storms.dismiss, name="storm_dismiss"),
    path("rules/", include("allclear.web.alert_rules.urls")),
    path("quiet/", include("allclear.web.quiet.urls")),
    path("noise/", include("allclear.web.noise.urls")),
]
