"""What the screens of plain records share: lists in pages, forms that call a verb, and what was changed lately."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from allclear.accounts.models import User
from allclear.accounts.permissions import Viewer
from allclear.domain.merging import three_way
from allclear.kernel.changes import Noun
from allclear.kernel.errors import AllclearError, Conflict, Invalid, NotFound
from allclear.kernel.events import position_of
from allclear.kernel.models import Event
from allclear.web.history import history, plain
from allclear.web.http import Page
from allclear.web.nouns import NOUNS
from allclear.web.said import localised

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

M = TypeVar("M", bound=Model)
T = TypeVar("T")
PAGE = 50


class RecordForm(forms.Form):
    """A form whose fields are named like the values of its verb; `version` is what the person had seen."""

    use_required_attribute = False
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    conflict: Mapping[str, Any] | None = None
    was: Callable[[int], Mapping[str, Any]] | None = None  # the stored values at an earlier version, where it is known
    clashing: list[str] | None = None  # fields that somebody has to choose; None: not known
    theirs: Sequence[str] = ()  # fields that only others changed
    is_chosen = True
    meanwhile = ""  # a sentence about them, once all was merged
    http_status = 200

    def __init__(
        self, data: Any = None, *, initial: Mapping[str, Any] | None = None, viewer: Viewer | None = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        if viewer is not None:
            self.prepare(viewer)

    def prepare(self, viewer: Viewer) -> None:
        """Fill the choices with what the viewer may know of."""

    def offer(self, name: str, pairs: Iterable[tuple[int, str]]) -> None:
        """Let the field `name` choose among these records."""
        self.fields[name].offer(pairs)  # type: ignore[attr-defined]  # a Key or Keys

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def complain(self, error: AllclearError) -> None:
        """Put what a verb refused where it belongs."""
        self.http_status = error.status
        if isinstance(error, Invalid):
            for name, text in error.fields.items():
                known = name if name in self.fields else next((n for n in self.fields if n == f"{name}_id"), None)
                self.add_error(known, localised(text))
        elif isinstance(error, Conflict):
            self._show_conflict(error)
        else:
            self.add_error(None, localised(error.message))

    def choose(self) -> None:
        """Apply what was chosen on the card of both sides: where theirs stands, the field is as it is stored.

        While something is not chosen the form goes back to the version it began with, so that the card comes again.
        """
        data: Any = self.data
        names = [n for n in data.getlist("clash") if n in self.fields] if hasattr(data, "getlist") else []
        if not names:
            return
        self.data = data = data.copy()
        self.is_chosen = all(data.get(f"keep-{name}") in ("mine", "theirs") for name in names)
        if not self.is_chosen:
            data["version"] = data.get("clash-base", "")
        for name in names:
            if data.get(f"keep-{name}") == "theirs":
                self._put(name, self.initial.get(name))

    def merged(self, error: Conflict) -> tuple[dict[str, Any], int] | None:
        """The values with what only others changed, and the version they fit; None when somebody has to choose."""
        if self.was is None or not self.cleaned_data.get("version"):
            return None
        base = self.was(self.cleaned_data["version"])
        names = [name for name in self.values() if name in self.initial]
        sides = ({n: _compared(side.get(n)) for n in names} for side in (base, self.cleaned_data, self.initial))
        found = three_way(*sides)
        self.clashing = [clash.name for clash in found.clashes]
        self.theirs = [name for name in names if name in found.theirs]
        if self.clashing:
            return None
        stored = {name: self.initial[name] for name in self.theirs}
        both = {n: sorted(map(int, found.values[n])) for n in found.mine & found.theirs}
        self.meanwhile = _meanwhile(error, [str(self.fields[name].label) for name in self.theirs])
        return {**self.values(), **stored, **both}, self.initial["version"]

    def _put(self, name: str, value: Any) -> None:
        """Write a stored value into what was posted."""
        data: Any = self.data
        field, key = self.fields[name], self.add_prefix(name)
        data.pop(key, None)
        value = field.prepare_value(value)
        if isinstance(value, (list, tuple, set, frozenset)):
            data.setlist(key, [str(item) for item in value])
        elif isinstance(value, bool):
            if value:
                data[key] = "on"
        else:
            data[key] = "" if value is None else str(field.widget.format_value(value) or "")

    def _show_conflict(self, error: Conflict) -> None:
        """Both sides, field by field; where the form knows what both began with, a choice for each true conflict."""
        is_choice = self.clashing is not None
        names = [name for name in self.changed_data if name != "version"] if self.clashing is None else self.clashing
        rows = [
            {
                "label": self[name].label,
                "theirs": self._shown(name, self.initial.get(name)),
                "yours": self._shown(name),
                "name": name if is_choice else "",
                "chosen": self.data.get(f"keep-{name}"),
            }
            for name in names
        ]
        changes = error.extra.get("changes") or [{}]
        at = changes[-1].get("at")
        who = User.objects.filter(pk=changes[-1].get("by")).values_list("name", flat=True).first()
        self.conflict = {
            "who": who or _("Somebody"), "at": at and datetime.fromisoformat(at), "rows": rows, "is_choice": is_choice,
            "base": self.cleaned_data.get("version") if is_choice else None,
        }  # fmt: skip
        data = MultiValueDict(self.data) if not hasattr(self.data, "copy") else self.data.copy()
        self.data = data
        for name in self.theirs if is_choice else ():
            self._put(name, self.initial.get(name))
        if not is_choice:
            nothing_saved = _("Nothing is saved yet. Look at both sides below; saving again replaces theirs by yours.")
        elif not self.is_chosen:
            nothing_saved = _("Choose for each line what shall stand: theirs or yours.")
        else:
            nothing_saved = _("Nothing is saved yet. Choose below what shall stand, then save.")
        data["version"] = str(self.initial.get("version", ""))
        self.add_error(None, nothing_saved)

    def _shown(self, name: str, *stored: Any) -> str:
        value = stored[0] if stored else self.cleaned_data.get(name)
        choices = getattr(self.fields[name], "choices", None)
        if choices is None:
            return ", ".join(map(str, value)) if isinstance(value, list) else plain(value)
        words = {str(key): str(text) for key, text in choices}
        keys = value if isinstance(value, (list, tuple, set)) else [value]
        return ", ".join(words.get(str(key), "") for key in keys if key not in (None, ""))


class Lines(forms.CharField):
    """A list, one entry a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, (list, tuple)) else value

    def clean(self, value: Any) -> Any:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or ()) != [line.strip() for line in (data or "").splitlines() if line.strip()]


class Key(forms.TypedChoiceField):
    """One record of a list, by key; empty is None."""

    def __init__(self, *, empty: StrOrPromise = "–", required: bool = False, **more: Any) -> None:
        self.empty = empty
        super().__init__(coerce=int, empty_value=None, required=required, **more)

    def offer(self, pairs: Iterable[tuple[int, str]]) -> None:
        self.choices = [("", self.empty), *pairs]


class Keys(forms.TypedMultipleChoiceField):
    """Several records of a list, by key."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **more: Any) -> None:
        super().__init__(coerce=int, required=False, **more)

    def offer(self, pairs: Iterable[tuple[int, str]]) -> None:
        self.choices = list(pairs)


def attempt(form: RecordForm, verb: Callable[[dict[str, Any], int | None], T]) -> T | None:
    """Call the verb with the form's values; what it refuses goes back into the form.

    When others saved meanwhile, what only they changed stays, and only where both changed the same somebody chooses.
    """
    form.choose()
    if not form.is_valid():
        form.http_status = 422
        return None
    try:
        return _merging(form, verb)
    except NotFound:
        raise
    except AllclearError as error:
        form.complain(error)
        return None


def _merging(form: RecordForm, verb: Callable[[dict[str, Any], int | None], T]) -> T:
    try:
        return verb(form.values(), form.cleaned_data.get("version"))
    except Conflict as error:
        found = form.merged(error)
        if found is None:
            raise
    return verb(*found)


def _compared(value: Any) -> Any:
    """A value as forms and events both write it; lists of keys as sets."""
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [str(item) for item in value]
        return frozenset(items) if all(item.isdigit() for item in items) else tuple(items)
    return "" if value is None else value if isinstance(value, (bool, _Unknown)) else str(value)


class _Unknown:
    """A private value of before: events name it and do not tell it."""


def values_at(noun: Noun[M], row: M, version: int) -> dict[str, Any]:
    """What was stored at an earlier version: today's values, with the changes since undone."""
    values = stored_values(noun, row)
    later = Event.objects.filter(stream_type=noun.stream, stream_id=row.pk, position__gt=version)
    for event in later.order_by("-position"):
        values |= {name: old for name, (old, _new) in event.data.get("changes", {}).items()}
        for name in noun.sets:
            added, removed = (set(event.data.get(part, {}).get(name, ())) for part in ("added", "removed"))
            values[name] = sorted((set(values[name]) - added) | removed)
        values |= {name: _Unknown() for name in event.data.get("private", ())}
    return values


def _meanwhile(error: Conflict, fields: Sequence[str]) -> str:
    changes = error.extra.get("changes") or [{}]
    who = User.objects.filter(pk=changes[-1].get("by")).values_list("name", flat=True).first() or _("Somebody")
    if not fields:
        return ""
    return _("{who} changed this meanwhile and it stays: {fields}.").format(who=who, fields=", ".join(fields))


def stored_values(noun: Noun[M], row: M) -> dict[str, Any]:
    """What a form begins with: the row's fields, its sets, and its version."""
    values = {name: getattr(row, name) for name in noun.fields}
    values |= {name: list(getattr(row, name).values_list("pk", flat=True)) for name in noun.sets}
    return values | {"version": position_of(noun.stream, row.pk)}


@dataclass(frozen=True)
class Editor(Generic[M]):
    """One form page: what it edits, in which words, with which verbs."""

    noun: Noun[M]
    form: type[RecordForm]
    add: Callable[..., M]
    change: Callable[..., M]
    done: Callable[[M], str]  # the address after saving
    one: str  # a name of `web.nouns`
    template: str = "records/form.html"

    def page(
        self, request: Page, row: M | None, context: Mapping[str, Any], *, initial: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """Show the form, or do what it says."""
        start = stored_values(self.noun, row) if row else dict(initial or {})
        form = self.form(request.POST if request.method == "POST" else None, initial=start, viewer=request.viewer)
        if row is not None:
            form.was = partial(values_at, self.noun, row)
        if request.method == "POST":

            def verb(values: dict[str, Any], version: int | None) -> M:
                if row is None:
                    return self.add(request.viewer, values, now=request.now)
                return self.change(request.viewer, row.pk, values, now=request.now, expected_version=version)

            saved = attempt(form, verb)
            if saved is not None:
                text = _("{name} is saved.") if row else _("{name} is added.")
                messages.success(request, " ".join(filter(None, (text.format(name=saved), form.meanwhile))))
                return HttpResponseRedirect(self.done(saved))
        shown = {"form": form, "row": row, "noun_words": NOUNS[self.one], **context}
        if row is not None:
            shown["history"] = history(self.noun.stream, row.pk)
        return render(request, self.template, shown, status=form.http_status)


def found(rows: QuerySet[M], pk: int, one: str) -> M:
    """The record, or a page that says there is none; `one` is a name of `web.nouns`."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound(str(NOUNS[one].missing))
    return row


@dataclass(frozen=True)
class Listing:
    """One page of a list, with the words and links around it."""

    rows: list[Any]
    total: int
    count_text: str
    newer_url: str
    older_url: str


def listing(request: Page, rows: QuerySet[Any] | list[Any], one: str, *, size: int = PAGE) -> Listing:
    """The page that `?page=` asks for; a page beyond the end is the last one."""
    page = Paginator(rows, size).get_page(request.GET.get("page"))
    total = page.paginator.count

    def url(number: int) -> str:
        query = request.GET.copy()
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    noun = NOUNS[one]
    text = noun.part(page.start_index(), page.end_index(), total) if total > size else noun.counted(total)
    return Listing(
        list(page.object_list),
        total,
        text,
        url(page.previous_page_number()) if page.has_previous() else "",
        url(page.next_page_number()) if page.has_next() else "",
    )
