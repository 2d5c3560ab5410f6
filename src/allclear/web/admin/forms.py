"""The forms of administration; fields are named like the values of their verbs."""

from __future__ import annotations

from typing import Any

from django import forms

from allclear.accounts.models import User
from allclear.accounts.permissions import SEES_ALL, Viewer
from allclear.catalog.models import Code, CustomField, IncidentTemplate
from allclear.domain.terms import Role, label
from allclear.web import choices
from allclear.web.account.entrance import PASSWORD_HELP
from allclear.web.account.profile import ROLE_WORDS
from allclear.web.records import Key, Keys, Lines, RecordForm

ROLE_CHOICES = [(str(role), f"{label(role)}: {ROLE_WORDS[role][:1].lower()}{ROLE_WORDS[role][1:]}") for role in Role]


class PersonForm(RecordForm):
    name = forms.CharField(max_length=200)
    email = forms.EmailField(
        label="E-mail address",
        required=False,
        max_length=254,
        help_text="They log in with it. Somebody without one can be a requester on the phone.",
    )
    organisation_id = Key(label="Organisation")
    roles = forms.MultipleChoiceField(
        choices=ROLE_CHOICES, widget=forms.CheckboxSelectMultiple, initial=[Role.REQUESTER]
    )
    phone = forms.CharField(required=False, max_length=40)
    mobile = forms.CharField(required=False, max_length=40)
    location = forms.CharField(required=False, max_length=200)
    time_zone = forms.CharField(
        initial="UTC",
        help_text="Type a few letters of a large city.",
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    skills = Keys(help_text="Routing can look for them.")
    serves = Keys(label="Works only for", help_text="Staff: these customers and their parts; none chosen means all.")
    sees_organisation = forms.BooleanField(label="Sees all incidents of the organisation", required=False)
    is_vip = forms.BooleanField(label="VIP: may raise the urgency, as the matrix says", required=False)

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
        label="First password",
        required=False,
        strip=False,
        help_text=f"{PASSWORD_HELP} Empty: no log-in yet. Tell them to choose their own in their profile.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class NewPasswordForm(RecordForm):
    password = forms.CharField(
        label="New password",
        strip=False,
        help_text=PASSWORD_HELP,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class OrganisationForm(RecordForm):
    name = forms.CharField(max_length=200)
    parent_id = Key(label="Part of", empty="Nothing: it stands on its own")
    is_supplier = forms.BooleanField(label="A supplier: work can wait for it", required=False)
    is_active = forms.BooleanField(label="Active", required=False, initial=True)
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def prepare(self, viewer: Viewer) -> None:
        self.offer("parent_id", choices.organisations(viewer, without=self.initial.get("id")))


class TeamForm(RecordForm):
    name = forms.CharField(max_length=120)
    tier = forms.TypedChoiceField(
        coerce=int,
        initial=1,
        choices=[(1, "Tier 1: takes calls"), (2, "Tier 2: knows the system"), (3, "Tier 3: builds it")],
    )
    email = forms.EmailField(label="E-mail address", required=False)
    organisation_id = Key(label="Supplier", empty="Our own team")
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    is_active = forms.BooleanField(label="Active: gets new work", required=False, initial=True)

    def prepare(self, viewer: Viewer) -> None:
        self.offer("organisation_id", choices.organisations(viewer, suppliers=True))


class MemberForm(RecordForm):
    user_id = forms.IntegerField(label="Person", error_messages={"required": "Type a few letters and choose one."})
    is_lead = forms.BooleanField(label="Leads the team", required=False)


class SkillForm(RecordForm):
    name = forms.CharField(max_length=80, help_text="One word or two: DNS, SAP, Spanish.")


class SecurityClassForm(RecordForm):
    name = forms.CharField(max_length=80)
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="What belongs into it.")
    members = Keys(help_text="Only they see, count and find its incidents. Not even an administrator does without.")

    def prepare(self, viewer: Viewer) -> None:
        staff = User.objects.filter(is_active=True, roles__overlap=sorted(SEES_ALL))
        kept = User.objects.filter(pk__in=self.initial.get("members") or ())
        self.offer("members", (staff | kept).order_by("name").values_list("pk", "name"))


class TemplateForm(RecordForm):
    name = forms.CharField(max_length=150, help_text="What the agent looks for in the list.")
    kind = forms.ChoiceField(choices=list(IncidentTemplate._meta.get_field("kind").flatchoices))
    title = forms.CharField(label="Title of the incident", required=False, max_length=250)
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 4}))
    category_id = Key(label="Category")
    service_id = Key(label="Service")
    impact = Key(empty="As the category says")
    urgency = Key(empty="As the category says")
    tasks = Lines(
        required=False, help_text="One a line, in the order they are done.", widget=forms.Textarea(attrs={"rows": 4})
    )
    is_active = forms.BooleanField(label="Offered while logging", required=False, initial=True)

    def prepare(self, viewer: Viewer) -> None:
        self.offer("category_id", choices.categories(keep=self.initial.get("category_id")))
        self.offer("service_id", choices.services(viewer, keep=self.initial.get("service_id")))
        self.offer("impact", choices.impacts())
        self.offer("urgency", choices.urgencies())


class CodeForm(RecordForm):
    list = forms.ChoiceField(choices=Code.LISTS)
    key = forms.SlugField(
        max_length=60, help_text="What incidents and reports keep, such as no_fault_found. Never changes."
    )
    name = forms.CharField(max_length=120)
    position = forms.IntegerField(min_value=1, max_value=32000, initial=100, help_text="Smaller comes first.")
    is_active = forms.BooleanField(label="Offered", required=False, initial=True)

    def prepare(self, viewer: Viewer) -> None:
        _fix(self, ("list", "key"))


class FieldForm(RecordForm):
    name = forms.CharField(max_length=120)
    key = forms.SlugField(max_length=60, help_text="The name for programs, such as asset_tag. Never changes.")
    kind = forms.ChoiceField(choices=CustomField.KINDS, help_text="Never changes.")
    help = forms.CharField(required=False, max_length=300)
    choices = Lines(
        required=False, help_text="For one of a list: one choice a line.", widget=forms.Textarea(attrs={"rows": 3})
    )
    category_id = Key(label="Only for", empty="All categories", help_text="This category and those below it.")
    is_required = forms.BooleanField(label="Must be filled in by staff", required=False)
    position = forms.IntegerField(min_value=1, max_value=32000, initial=100, help_text="Smaller comes first.")
    is_active = forms.BooleanField(label="Shown on incidents", required=False, initial=True)

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
