"""The forms of administration; fields are named like the values of their verbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from allclear.accounts.models import User
from allclear.accounts.permissions import SEES_ALL, Viewer
from allclear.catalog.models import Code, CustomField, IncidentTemplate
from allclear.domain.terms import Role
from allclear.web import choices
from allclear.web.account.entrance import PASSWORD_HELP
from allclear.web.records import Key, Keys, Lines, RecordForm

ROLE_CHOICES = [
    (str(Role.REQUESTER), _("Requester: reports incidents and follows their own.")),
    (str(Role.AGENT), _("Agent: logs and works on incidents.")),
    (str(Role.TEAM_LEAD), _("Team lead: an agent who also reopens closed incidents and sets security classes.")),
    (str(Role.INCIDENT_MANAGER), _("Incident manager: a lead who also changes the catalogue and the policies.")),
    (str(Role.ADMIN), _("Admin: everything, with people, teams and imports.")),
    (str(Role.AUDITOR), _("Auditor: reads everything and exports it; changes nothing.")),
]


class PersonForm(RecordForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        max_length=254,
        help_text=_("They log in with it. Somebody without one can be a requester on the phone."),
    )
    organisation_id = Key(label=_("Organisation"))
    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=ROLE_CHOICES, widget=forms.CheckboxSelectMultiple, initial=[Role.REQUESTER]
    )
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    mobile = forms.CharField(label=_("Mobile"), required=False, max_length=40)
    location = forms.CharField(label=_("Location"), required=False, max_length=200)
    time_zone = forms.CharField(
        label=_("Time zone"),
        initial="UTC",
        help_text=_("Type a few letters of a large city."),
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    skills = Keys(label=_("Skills"), help_text=_("Routing can look for them."))
    serves = Keys(
        label=_("Works only for"), help_text=_("Staff: these customers and their parts; none chosen means all.")
    )
    sees_organisation = forms.BooleanField(label=_("Sees all incidents of the organisation"), required=False)
    is_vip = forms.BooleanField(label=_("VIP: may raise the urgency, as the matrix says"), required=False)

    def prepare(self, viewer: Viewer) -> None:
        organisations = choices.organisations(viewer)
        self.offer("organisation_id", organisations)
        self.offer("serves", organisations)
        self.offer("skills", choices.skills())
        for name in ("skills", "serves"):
            if not self.fields[name].choices:  # type: ignore[attr-defined]  # a Keys
                del self.fields[name]


class NewPersonForm(PersonForm):
    password = forms.CharField(
        label=_("First password"),
        required=False,
        strip=False,
        help_text=format_lazy(
            "{} {}", PASSWORD_HELP, _("Empty: no log-in yet. Tell them to choose their own in their profile.")
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class NewPasswordForm(RecordForm):
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class OrganisationForm(RecordForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    parent_id = Key(label=_("Part of"), empty=_("Nothing: it stands on its own"))
    is_supplier = forms.BooleanField(label=_("A supplier: work can wait for it"), required=False)
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def prepare(self, viewer: Viewer) -> None:
        self.offer("parent_id", choices.organisations(viewer, without=self.initial.get("id")))


class TeamForm(RecordForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    tier = forms.TypedChoiceField(
        label=_("Tier"),
        coerce=int,
        initial=1,
        choices=[(1, _("Tier 1: takes calls")), (2, _("Tier 2: knows the system")), (3, _("Tier 3: builds it"))],
    )
    email = forms.EmailField(label=_("E-mail address"), required=False)
    organisation_id = Key(label=_("Supplier"), empty=_("Our own team"))
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    is_active = forms.BooleanField(label=_("Active: gets new work"), required=False, initial=True)

    def prepare(self, viewer: Viewer) -> None:
        self.offer("organisation_id", choices.organisations(viewer, suppliers=True))


class MemberForm(RecordForm):
    user_id = forms.IntegerField(
        label=_("Person"), error_messages={"required": _("Type a few letters and choose one.")}
    )
    is_lead = forms.BooleanField(label=_("Leads the team"), required=False)


class SkillForm(RecordForm):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("One word or two: DNS, SAP, Spanish."))


class SecurityClassForm(RecordForm):
    name = forms.CharField(label=_("Name"), max_length=80)
    note = forms.CharField(
        label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("What belongs into it.")
    )
    members = Keys(
        label=_("Members"),
        help_text=_("Only they see, count and find its incidents. Not even an administrator does without."),
    )

    def prepare(self, viewer: Viewer) -> None:
        staff = User.objects.filter(is_active=True, roles__overlap=sorted(SEES_ALL))
        kept = User.objects.filter(pk__in=self.initial.get("members") or ())
        self.offer("members", (staff | kept).order_by("name").values_list("pk", "name"))


class TemplateForm(RecordForm):
    name = forms.CharField(label=_("Name"), max_length=150, help_text=_("What the agent looks for in the list."))
    kind = forms.ChoiceField(label=_("Kind"), choices=list(IncidentTemplate._meta.get_field("kind").flatchoices))
    title = forms.CharField(label=_("Title of the incident"), required=False, max_length=250)
    description = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 4}))
    category_id = Key(label=_("Category"))
    service_id = Key(label=_("Service"))
    impact = Key(label=_("Impact"), empty=_("As the category says"))
    urgency = Key(label=_("Urgency"), empty=_("As the category says"))
    tasks = Lines(
        label=_("Tasks"),
        required=False,
        help_text=_("One a line, in the order they are done."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    is_active = forms.BooleanField(label=_("Offered while logging"), required=False, initial=True)

    def prepare(self, viewer: Viewer) -> None:
        self.offer("category_id", choices.categories(keep=self.initial.get("category_id")))
        self.offer("service_id", choices.services(viewer, keep=self.initial.get("service_id")))
        self.offer("impact", choices.impacts())
        self.offer("urgency", choices.urgencies())


class CodeForm(RecordForm):
    list = forms.ChoiceField(label=_("List"), choices=Code.LISTS)
    key = forms.SlugField(
        label=_("Key"),
        max_length=60,
        help_text=_("What incidents and reports keep, such as no_fault_found. Never changes."),
    )
    name = forms.CharField(label=_("Name"), max_length=120)
    position = forms.IntegerField(
        label=_("Position"), min_value=1, max_value=32000, initial=100, help_text=_("Smaller comes first.")
    )
    is_active = forms.BooleanField(label=_("Offered"), required=False, initial=True)

    def prepare(self, viewer: Viewer) -> None:
        _fix(self, ("list", "key"))


class FieldForm(RecordForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    key = forms.SlugField(
        label=_("Key"), max_length=60, help_text=_("The name for programs, such as asset_tag. Never changes.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=CustomField.KINDS, help_text=_("Never changes."))
    help = forms.CharField(label=_("Help"), required=False, max_length=300)
    choices = Lines(
        label=_("Choices"),
        required=False,
        help_text=_("For one of a list: one choice a line."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    category_id = Key(label=_("Only for"), empty=_("All categories"), help_text=_("This category and those below it."))
    is_required = forms.BooleanField(label=_("Must be filled in by staff"), required=False)
    position = forms.IntegerField(
        label=_("Position"), min_value=1, max_value=32000, initial=100, help_text=_("Smaller comes first.")
    )
    is_active = forms.BooleanField(label=_("Shown on incidents"), required=False, initial=True)

    def prepare(self, viewer: Viewer) -> None:
        self.offer("category_id", choices.categories(keep=self.initial.get("category_id")))
        _fix(self, ("key", "kind"))


def _fix(form: RecordForm, names: tuple[str, ...]) -> None:
    """A record that is there already keeps these: shown, not to be typed."""
    for name in names if "version" in form.initial else ():
        form.fields[name].disabled = True


def values_of_new_person(values: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The facts, and the password apart."""
    return {name: value for name, value in values.items() if name != "password"}, values.get("password") or ""
