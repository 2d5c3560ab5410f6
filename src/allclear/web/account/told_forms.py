"""The forms of contact methods: one for each kind of address, and the code that confirms it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from allclear.kernel.errors import AllclearError, Invalid
from allclear.web.records import RecordForm

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

DAYS: Mapping[int, StrOrPromise] = {
    1: gettext_lazy("Mon"),
    2: gettext_lazy("Tue"),
    3: gettext_lazy("Wed"),
    4: gettext_lazy("Thu"),
    5: gettext_lazy("Fri"),
    6: gettext_lazy("Sat"),
    7: gettext_lazy("Sun"),
}


@dataclass(frozen=True, slots=True)
class KindWords:
    """What the form of one kind says: its name, the label and the help of its address, and an example."""

    label: StrOrPromise
    address: StrOrPromise
    help: StrOrPromise
    example: str = ""


KIND_WORDS: Mapping[str, KindWords] = {
    "email": KindWords(
        gettext_lazy("E-mail"),
        gettext_lazy("E-mail address"),
        gettext_lazy("A code is sent there; pages go there once you have typed it here."),
        "name@example.org",
    ),
    "push": KindWords(gettext_lazy("Browser push"), "", ""),
    "ntfy": KindWords(
        "ntfy",
        gettext_lazy("Address of the topic"),
        gettext_lazy("ntfys:// with your server and your topic. Choose a topic that nobody can guess."),
        "ntfys://ntfy.sh/your-topic",
    ),
    "chat": KindWords(
        pgettext_lazy("channel", "Chat"),
        gettext_lazy("Address of the service"),
        gettext_lazy("In the form of the Apprise library: Slack, Teams, Matrix, Mattermost, Telegram and many others."),
        "mmosts://chat.example.org/token",
    ),
    "sms": KindWords(
        gettext_lazy("Text message"),
        gettext_lazy("Address of the service"),
        gettext_lazy("Your provider's account and your number, in the form of the Apprise library."),
        "twilio://account:token@sender/number",
    ),
    "voice": KindWords(
        gettext_lazy("Phone call"),
        gettext_lazy("Address of the service"),
        gettext_lazy("A provider that reads messages aloud, in the form of the Apprise library."),
        "clickatell://token/number",
    ),
    "webhook": KindWords(
        gettext_lazy("Web-hook"),
        gettext_lazy("Address"),
        gettext_lazy("A program that is told by POST, signed as the Standard Webhooks specification says."),
        "https://example.org/hook",
    ),
}


class AddressForm(RecordForm):
    """One kind of contact method: a name of one's own, and the fields of its address."""

    field_order = ["email", "number", "url", "secret", "name"]
    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("What you call it, such as work or phone."),
    )

    def complain(self, error: AllclearError) -> None:
        """Verbs call the address `address`; here it is the field of its kind."""
        if isinstance(error, Invalid):
            here = next(name for name in ("email", "number", "url") if name in self.fields)
            error = Invalid({here if name == "address" else name: text for name, text in error.fields.items()})
        super().complain(error)


def form_for(kind: str, data: Any = None, *, number: str | None = None) -> AddressForm:
    """The empty or the posted form of a kind. `number`: where there is a gateway, the number to begin with."""
    words = KIND_WORDS[kind]
    form = AddressForm(data)
    del form.fields["version"]
    attrs = {"placeholder": words.example, "autocomplete": "email" if kind == "email" else "off", "spellcheck": "false"}
    if kind == "email":
        form.fields["email"] = forms.CharField(
            label=words.address, help_text=words.help, max_length=254, widget=forms.EmailInput(attrs=attrs)
        )
    elif number is not None:
        form.fields["number"] = forms.CharField(
            label=gettext_lazy("Phone number"),
            help_text=gettext_lazy("With + and the country. A code goes there; type it here when it has come."),
            max_length=40,
            initial=number,
            widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "placeholder": "+49 40 1234567"}),
        )
    else:
        form.fields["url"] = forms.CharField(
            label=words.address, help_text=words.help, max_length=1000, widget=forms.TextInput(attrs=attrs)
        )
    if kind == "webhook":
        form.fields["secret"] = forms.CharField(
            label=gettext_lazy("Secret"),
            required=False,
            max_length=200,
            help_text=gettext_lazy("Leave it empty, and a good one is made. It begins with whsec_."),
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        )
    form.order_fields(form.field_order)
    return form


class CodeForm(RecordForm):
    """The code that came."""

    pk = 0
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, *, auto_id: str = "id_%s") -> None:
        super().__init__(data)
        self.auto_id = auto_id
        del self.fields["version"]
