"""Templates, codes and custom fields: lists and forms."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from allclear.catalog import actions
from allclear.catalog.actions.nouns import CODE, FIELD, TEMPLATE
from allclear.catalog.models import Code, CustomField, IncidentTemplate
from allclear.catalog.queries import category
from allclear.web.admin.forms import CodeForm, FieldForm, TemplateForm
from allclear.web.http import Page, signed_in
from allclear.web.records import Editor, found
from allclear.web.tables import Cell, Table, cell, words


def _url(name: str, pk: int) -> str:
    return reverse(f"admin_area:{name}", args=[pk])


def _mark(is_active: bool) -> str:
    return "" if is_active else _("not offered")


def _template_cells(row: IncidentTemplate) -> list[Cell]:
    node = category(row.category_id)
    return [
        cell(row.name, url=_url("template", row.pk), sub=row.title, mark=_mark(row.is_active)),
        cell(row.get_kind_display()),
        cell(node.label if node else ""),
        cell(row.service),
        cell(len(row.tasks) or ""),
    ]


TEMPLATES = Table(
    gettext_lazy("Templates"),
    "template",
    [
        gettext_lazy("Template"),
        gettext_lazy("Kind"),
        gettext_lazy("Category"),
        gettext_lazy("Service"),
        gettext_lazy("Tasks"),
    ],
    _template_cells,
    icon="file-text",
    numeric=frozenset({4}),
    empty_text=gettext_lazy(
        "A quick start for what comes again and again: title, category, weight and tasks are filled in at once."
    ),
    placeholder=gettext_lazy("Name of a template"),
)


@signed_in
def templates(request: Page) -> HttpResponse:
    """Quick starts for frequent incidents."""
    request.viewer.require("catalog.change")
    q = words(request)
    rows = IncidentTemplate.objects.select_related("service").order_by("-is_active", "name")
    rows = rows.filter(name__icontains=q) if q else rows
    return TEMPLATES.page(request, rows, add_url=reverse("admin_area:template_add"), filtered=bool(q))


TEMPLATE_EDITOR = Editor(
    TEMPLATE,
    TemplateForm,
    actions.add_template,
    actions.change_template,
    lambda row: reverse("admin_area:templates"),
    "template",
    template="admin_area/template.html",
)


@signed_in
def template(request: Page, pk: int | None = None) -> HttpResponse:
    """The form of a template."""
    request.viewer.require("catalog.change")
    row = found(IncidentTemplate.objects.all(), pk, "template") if pk else None
    return TEMPLATE_EDITOR.page(request, row, {"back": reverse("admin_area:templates"), "back_label": _("Templates")})


def _code_cells(row: Code) -> list[Cell]:
    return [
        cell(row.name, url=_url("code", row.pk), mark=_mark(row.is_active)),
        cell(row.get_list_display()),
        cell(row.key),
        cell(row.position),
    ]


CODES = Table(
    gettext_lazy("Codes"),
    "code",
    [gettext_lazy("Name"), gettext_lazy("List"), gettext_lazy("Key"), gettext_lazy("Place")],
    _code_cells,
    icon="list-checks",
    numeric=frozenset({3}),
    intro=gettext_lazy(
        "How an incident was resolved, and what caused it. Few and clear ones make reports that say something."
    ),
    empty_text=gettext_lazy("Resolving needs a resolution code. Add at least one: fixed."),
)


@signed_in
def codes(request: Page) -> HttpResponse:
    """The closed lists of resolution and cause codes."""
    request.viewer.require("catalog.change")
    rows = Code.objects.order_by("-list", "-is_active", "position", "name")
    return CODES.page(request, rows, add_url=reverse("admin_area:code_add"))


CODE_EDITOR = Editor(
    CODE, CodeForm, actions.add_code, actions.change_code, lambda row: reverse("admin_area:codes"), "code"
)


@signed_in
def code(request: Page, pk: int | None = None) -> HttpResponse:
    """The form of a code."""
    request.viewer.require("catalog.change")
    row = found(Code.objects.all(), pk, "code") if pk else None
    return CODE_EDITOR.page(request, row, {"back": reverse("admin_area:codes"), "back_label": _("Codes")})


def _field_cells(row: CustomField) -> list[Cell]:
    node = category(row.category_id)
    return [
        cell(row.name, url=_url("field", row.pk), sub=row.help, mark="" if row.is_active else _("not shown")),
        cell(row.key),
        cell(row.get_kind_display()),
        cell(node.label if node else _("all categories")),
        cell(_("yes") if row.is_required else _("no")),
    ]


FIELDS = Table(
    gettext_lazy("Custom fields"),
    "custom field",
    [
        gettext_lazy("Field"),
        gettext_lazy("Key"),
        gettext_lazy("Kind"),
        gettext_lazy("Only for"),
        gettext_lazy("Needed"),
    ],
    _field_cells,
    icon="sliders-horizontal",
    empty_text=gettext_lazy(
        "What your company needs to know and Allclear has no field for: an asset tag, a cost centre, a shift."
    ),
)


@signed_in
def fields(request: Page) -> HttpResponse:
    """The company's own fields of incidents."""
    request.viewer.require("catalog.change")
    rows = CustomField.objects.order_by("-is_active", "position", "name")
    return FIELDS.page(request, rows, add_url=reverse("admin_area:field_add"))


FIELD_EDITOR = Editor(
    FIELD, FieldForm, actions.add_field, actions.change_field, lambda row: reverse("admin_area:fields"), "custom field"
)


@signed_in
def field(request: Page, pk: int | None = None) -> HttpResponse:
    """The form of a custom field."""
    request.viewer.require("catalog.change")
    row = found(CustomField.objects.all(), pk, "custom field") if pk else None
    return FIELD_EDITOR.page(request, row, {"back": reverse("admin_area:fields"), "back_label": _("Custom fields")})
