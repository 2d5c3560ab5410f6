"""The places of the program that a person may go to: their words, their rights, and the letter after G."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django_stubs_ext import StrOrPromise

from allclear.accounts.permissions import Viewer
from allclear.web.addresses import address_of

GO, VIEWS, REPORTS, SETTINGS = "go", "views", "reports", "settings"
GROUPS: dict[str, StrOrPromise] = {
    GO: _("Go to"),
    VIEWS: _("Views"),
    REPORTS: _("Reports"),
    SETTINGS: _("Settings"),
}
STAFF = "incident.read_internal"
EVERYBODY = "profile.own"


@dataclass(frozen=True, slots=True)
class Place:
    """A page. `words`: what else people call it. `go`: the letter that goes there after G. `query`: after the ?."""

    label: StrOrPromise
    address: str
    icon: str
    permission: str = EVERYBODY
    go: str = ""
    group: str = GO
    words: StrOrPromise = ""
    query: str = ""

    @property
    def url(self) -> str:
        """Empty when this installation has no such page."""
        path = address_of(self.address)
        return f"{path}?{self.query}" if path and self.query else path

    @property
    def key(self) -> str:
        """Names it on a device, so that what was chosen lately comes first."""
        return f"place:{self.address}:{self.query}" if self.query else f"place:{self.address}"

    @property
    def also(self) -> str:
        """More words to find it by, the English ones among them: not everybody says it in the language of the page."""
        with override("en"):
            english = f"{self.label} {self.words}"
        return f"{self.words} {english}".strip()


_QUEUE = "incidents:queue"
FOR_STAFF = [
    Place(_("Incidents"), _QUEUE, "inbox", STAFF, "q", words=_("queue list home"), query="view=open"),
    Place(_("Assigned to me"), _QUEUE, "circle-user", STAFF, "m", VIEWS, _("mine my incidents"), "view=mine"),
    Place(_("My teams"), _QUEUE, "users", STAFF, "t", VIEWS, _("group"), "view=teams"),
    Place(_("Offered to my teams"), _QUEUE, "hand", STAFF, "o", VIEWS, _("hand-over"), "view=offered"),
    Place(_("Nobody yet"), _QUEUE, "user-plus", STAFF, "b", VIEWS, _("unassigned without assignee"), "view=nobody"),
    Place(_("On hold: requester"), _QUEUE, "circle-pause", STAFF, "w", VIEWS, _("waiting"), "view=requester"),
    Place(_("Resolved, to verify"), _QUEUE, "clipboard-check", STAFF, "e", VIEWS, _("check confirm"), "view=verify"),
    Place(_("Stalled or ageing"), _QUEUE, "hourglass", STAFF, "z", VIEWS, _("old stuck"), "view=ageing"),
]
FOR_REQUESTERS = [
    Place(_("Your reports"), _QUEUE, "inbox", go="q", words=_("queue list home"), query="view=open"),
    Place(_("Waiting for you"), _QUEUE, "message-square", go="w", group=VIEWS, words=_("answer"), query="view=answer"),
    Place(_("Done"), _QUEUE, "circle-check", go="e", group=VIEWS, words=_("closed resolved"), query="view=done"),
]
FOR_ALL = [
    Place(_("Log incident"), "incidents:log", "plus", "incident.log", "l", words=_("new report create fault")),
    Place(_("Search"), "incidents:search", "search", go="s", words=_("find")),
    Place(_("Drafts"), "desk:drafts", "pencil", go="d", words=_("unsent half-written")),
    Place(
        _("Your profile"), "account_area:profile", "circle-user", go="y", words=_("account time zone language token")
    ),
    Place(
        _("How you are told"),
        "account_area:told",
        "bell-ring",
        words=_("contact methods notification rules push e-mail quiet hours"),
    ),
    Place(_("What you were sent"), "notifications:list", "bell", words=_("notifications pages delivery evidence")),
    Place(_("Change your password"), "account_area:password", "key-round", words=_("account log-in")),
    Place(_("All keys"), "help:keys", "keyboard", go="k", words=_("shortcuts keyboard help")),
    Place(_("Alerts"), "alerts:index", "bell-ring", "alert.read", "f", words=_("firing monitoring events")),
    Place(
        _("Integrations"),
        "alerts:integrations",
        "activity",
        "alert.read",
        words=_("sources of monitoring, keys"),
    ),
    Place(_("Add integration"), "alerts:integration_kinds", "plus", "alert.change", words=_("connect a source")),
    Place(_("On call"), "schedules:index", "phone-call", "oncall.read", "n", words=_("schedules rota shifts duty")),
    Place(_("Coverage"), "schedules:coverage", "shield", "oncall.read", words=_("holes gaps on call fairness")),
    Place(_("Services"), "catalog:services", "layers", "catalog.read", "v", words=_("catalogue")),
    Place(_("Configuration items"), "catalog:cis", "server", "catalog.read", "c", words=_("ci cmdb assets devices")),
    Place(_("Categories"), "catalog:categories", "tag", "catalog.read", words=_("catalogue questions")),
    Place(_("Escalation policies"), "policies:index", "siren", "oncall.read", words=_("paging on-call who is paged")),
    Place(_("Web-hooks"), "policies:webhooks", "link", "oncall.change", words=_("paging programs chat")),
    Place(_("Rules about alerts"), "alerts:rules", "git-branch", "alert.read", words=_("grouping routing of alerts")),
    Place(_("What keeps alerts quiet"), "alerts:quiet", "bell-off", "alert.read", words=_("silences inhibitions mute")),
    Place(_("Silence alerts"), "alerts:silence_add", "bell-off", "alert.work", words=_("mute snooze quiet")),
    Place(_("Plan maintenance"), "alerts:window_add", "wrench", "alert.change", words=_("planned work downtime")),
    Place(_("Calendar of maintenance"), "alerts:calendar", "calendar", "alert.read", words=_("planned work changes")),
    Place(_("Noise ledger"), "alerts:noise", "chart-column", "alert.read", words=_("false alarms precision verdicts")),
    Place(_("Heartbeats"), "alerts:heartbeats", "activity", "alert.read", words=_("cron jobs backups ping dead man")),
    Place(_("API for programs"), "api_docs", "book-open", STAFF, words=_("openapi documentation")),
    Place(_("Channels"), "reports:channels", "chart-column", "report.read", "r", REPORTS, _("report statistics")),
    Place(_("What-ifs"), "reports:what_ifs", "rotate-ccw", "report.read", "", REPORTS, _("replay simulate promises")),
    Place(_("People"), "admin_area:people", "user", "accounts.read", "p", SETTINGS, _("users agents requesters")),
    Place(_("Teams"), "admin_area:teams", "users", "accounts.read", "", SETTINGS, _("groups members")),
    Place(_("All settings"), "admin_area:index", "cog", "accounts.read", "a", SETTINGS, _("administration")),
    Place(_("Organisations"), "admin_area:organisations", "building-2", "accounts.read", "", SETTINGS, _("customers")),
    Place(_("Skills"), "admin_area:skills", "star", "accounts.read", "", SETTINGS),
    Place(_("Security classes"), "admin_area:security_classes", "shield", "accounts.change", "", SETTINGS, _("secret")),
    Place(_("Gateways"), "admin_area:gateways", "phone", "accounts.change", "", SETTINGS, _("text message phone call")),
    Place(_("Agreements"), "admin_area:agreements", "timer", "policy.read", "", SETTINGS, _("SLA OLA promises")),
    Place(_("Policies"), "admin_area:policies", "git-branch", "policy.read", "", SETTINGS, _("rules")),
    Place(_("Priority matrix"), "admin_area:matrix", "flag", "policy.change", "", SETTINGS, _("impact urgency policy")),
    Place(
        _("Routing rules"), "admin_area:routing", "git-branch", "policy.change", "", SETTINGS, _("assignment policy")
    ),
    Place(_("Lifecycle"), "admin_area:lifecycle", "history", "policy.change", "", SETTINGS, _("auto-close policy")),
    Place(
        _("Business calendars"),
        "admin_area:calendars",
        "calendar",
        "policy.read",
        "",
        SETTINGS,
        _("hours holidays"),
    ),
    Place(_("Retention"), "admin_area:retention", "archive", "policy.change", "", SETTINGS, _("erase privacy policy")),
    Place(_("Templates"), "admin_area:templates", "file-text", "catalog.change", "", SETTINGS, _("quick starts")),
    Place(_("Codes"), "admin_area:codes", "list-checks", "catalog.change", "", SETTINGS, _("cause resolution")),
    Place(_("Custom fields"), "admin_area:fields", "sliders-horizontal", "catalog.change", "", SETTINGS, _("own")),
    Place(_("Audit log"), "admin_area:audit", "history", "audit.read", "", SETTINGS, _("who changed what")),
    Place(_("Import"), "incidents:imports", "upload", "incident.import", "i", SETTINGS, _("bring in a log csv")),
    Place(_("Components"), "styleguide", "sparkles", "policy.change", "", SETTINGS, _("style guide design")),
]


def places_for(viewer: Viewer) -> Iterator[Place]:
    """Those that exist here and that the person may open."""
    for place in [*(FOR_STAFF if viewer.is_staff else FOR_REQUESTERS), *FOR_ALL]:
        if viewer.may(place.permission) and place.url:
            yield place


def letters_for(viewer: Viewer) -> dict[str, str]:
    """The letter after G to the address."""
    return {place.go: place.url for place in places_for(viewer) if place.go}
