"""Every address of the program."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

from allclear.api.dialects import urls as dialects
from allclear.config import health
from allclear.web import browser_words, installed, styleguide
from allclear.web.live import views as live_views

handler400 = "allclear.web.errors.bad_request"
handler403 = "allclear.web.errors.permission_denied"
handler404 = "allclear.web.errors.not_found"
handler500 = "allclear.web.errors.server_error"

_alertmanager_lives = [path("-/healthy", health.healthz), path("-/ready", health.healthz)]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="incidents:queue", query_string=True), name="home"),
    path("incidents/", include("allclear.web.incidents.urls")),
    path("live", live_views.no_stream),  # asgi.py answers it; a plain WSGI server has none
    path("drafts/", include("allclear.web.desk.urls")),
    path("live/", include("allclear.web.live.urls")),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("api/v2/", include(dialects.alertmanager_api)),
    path("webhooks/<str:key>/api/v2/", include(dialects.alertmanager_api)),
    path("", include(_alertmanager_lives)),
    path("webhooks/<str:key>/", include(_alertmanager_lives)),
    path("v2/", include(dialects.opsgenie_api)),
    path("api/", include("allclear.api.urls")),
    path("healthz", health.healthz),
    path("words/<slug:language>.<slug:digest>.js", browser_words.serve, name="browser_words"),
    path("alerts/", include("allclear.web.alerts.urls")),
    path("catalog/", include("allclear.web.catalog.urls")),
    path("oncall/", include("allclear.web.oncall.schedule_urls")),
    path("oncall/", include("allclear.web.oncall.policy_urls")),
    path("page/", include("allclear.web.oncall.page_urls")),  # the link in a page: no log-in
    path("notifications/", include("allclear.web.evidence.urls")),
    path("sw.js", installed.worker, name="worker"),
    path("manifest.webmanifest", installed.manifest, name="manifest"),
    path("reports/", include("allclear.web.reports.urls")),
    path("palette/", include("allclear.web.palette.urls")),
    path("help/", include("allclear.web.palette.help_urls")),
    path("admin/", include("allclear.web.admin.urls")),
    path("", include("allclear.web.account.urls")),
]
