"""What the form partials need to know about a field."""

from __future__ import annotations

from dataclasses import dataclass

from django.forms import BaseForm, BoundField, CheckboxInput, FileField, Textarea
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class FieldError:
    """One line of the summary on top of a form."""

    target: str
    label: str
    text: str


def kind_of(bound: BoundField) -> str:
    """The widget's name in lower case, for the style sheet."""
    return type(bound.field.widget).__name__.lower()


def is_checkbox(bound: BoundField) -> bool:
    """A single box stands before its label."""
    return isinstance(bound.field.widget, CheckboxInput)


def file_again(bound: BoundField) -> str:
    """What to say of a file that came with a form that is shown once more: browsers keep everything but files."""
    sent = bound.form.files.get(bound.html_name) if isinstance(bound.field, FileField) and bound.form.is_bound else None
    if not sent:
        return ""
    return _("Choose “{name}” again: browsers do not keep a file when a form comes back.").format(name=sent.name)


def render_control(bound: BoundField, draft: str = "", key: str = "") -> str:
    """The control itself; a textarea keeps a draft when `draft` names one."""
    attrs: dict[str, str | bool] = {}
    if draft and isinstance(bound.field.widget, Textarea):
        attrs["data-draft"] = draft
    if key:
        attrs["data-key"] = key
    return bound.as_widget(attrs=attrs)


def summary(form: BaseForm) -> tuple[list[str], list[FieldError]]:
    """Errors of the form as a whole, and one line for each error of a field."""
    errors = [
        FieldError(bound.auto_id, str(bound.label), str(text))
        for bound in form.visible_fields()
        for text in bound.errors
    ]
    hidden = [str(text) for bound in form.hidden_fields() for text in bound.errors]
    return [str(text) for text in form.non_field_errors()] + hidden, errors
