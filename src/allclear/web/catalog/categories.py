"""The category tree and the questions that its nodes ask."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from allclear.catalog import actions
from allclear.catalog.actions.nouns import CATEGORY, QUESTION
from allclear.catalog.models import Category, Question
from allclear.catalog.queries import CategoryNode, category_tree, questions_for
from allclear.domain.terms import label
from allclear.web import choices
from allclear.web.catalog.forms import CategoryForm, QuestionForm
from allclear.web.http import Page, signed_in
from allclear.web.records import Editor, found
from allclear.web.said import localised
from allclear.web.tables import Cell, Table, cell, words


def _back() -> dict[str, str]:
    return {"back": reverse("catalog:categories"), "back_label": _("Categories")}


def _base_class(node: CategoryNode) -> str:
    return localised(label(node.base_class))


def _cells(node: CategoryNode) -> list[Cell]:
    names = (dict(choices.impacts()), dict(choices.urgencies()))
    questions = getattr(node, "questions", 0)
    return [
        cell(
            node.name,
            url=reverse("catalog:category", args=[node.id]),
            indent=min(len(node.path) - 1, 9),
            mark="" if node.is_active else _("not offered"),
        ),
        cell(_base_class(node)),
        cell(names[0].get(node.default_impact or 0, "")),
        cell(names[1].get(node.default_urgency or 0, "")),
        cell(questions or ""),
    ]


@signed_in
def index(request: Page) -> HttpResponse:
    """The tree, each node below the one it belongs to."""
    request.viewer.require("catalog.read")
    q = words(request).lower()
    nodes = [n for n in category_tree.get().values() if q in n.label.lower()]
    asked = dict(Question.objects.values_list("category").annotate(n=Count("pk")))

    def cells(node: CategoryNode) -> list[Cell]:
        row = _cells(node)
        if q:
            row[0] |= {"indent": 0, "text": node.label}
        row[-1] |= {"text": str(asked.get(node.id, ""))}
        return row

    table = Table(
        gettext_lazy("Categories"),
        "category",
        [
            gettext_lazy("Category"),
            gettext_lazy("Base class"),
            gettext_lazy("Impact"),
            gettext_lazy("Urgency"),
            gettext_lazy("Questions"),
        ],
        cells,
        icon="tag",
        numeric=frozenset({4}),
        intro=gettext_lazy("What an incident is about. What a category leaves empty, it has from the one above it."),
        empty_text=gettext_lazy(
            "Begin with four or five: hardware, software, network, access. Depth comes when reports ask for it."
        ),
        placeholder=gettext_lazy("Name of a category"),
        size=500,  # a tree that is cut into pages is no tree
    )
    add_url = reverse("catalog:category_add") if request.viewer.may("catalog.change") else ""
    return table.page(request, nodes, add_url=add_url, filtered=bool(q))


def _url(row: Category) -> str:
    return reverse("catalog:category", args=[row.pk])


EDITOR = Editor(
    CATEGORY,
    CategoryForm,
    actions.add_category,
    actions.change_category,
    _url,
    "category",
    template="catalog/category.html",
)


@signed_in
def add(request: Page) -> HttpResponse:
    """The form of a new category; `?below=` puts it under another."""
    request.viewer.require("catalog.change")
    below = request.GET.get("below", "")
    initial = {"parent_id": int(below)} if below.isdigit() else {}
    return EDITOR.page(request, None, _back(), initial=initial)


@signed_in
def show(request: Page, pk: int) -> HttpResponse:
    """One category: its form for those who may change it, the facts for others; and its questions."""
    request.viewer.require("catalog.read")
    row = found(Category.objects.all(), pk, "category")
    node = category_tree.get()[pk]
    inherited = [q for q in questions_for(pk) if q.category_id != pk]
    context: dict[str, Any] = {
        **_back(),
        "node": node,
        "questions": list(row.questions.all()),
        "inherited": inherited,
        "children": [n for n in category_tree.get().values() if n.path[:-1] == node.path],
        "may_change": request.viewer.may("catalog.change"),
    }
    if not context["may_change"]:
        facts = [
            (_("Base class"), _base_class(node)),
            (_("Part of"), node.label),
            (_("Description"), row.description),
        ]
        return render(request, "catalog/category_read.html", context | {"row": row, "facts": facts})
    return EDITOR.page(request, row, context)


@signed_in
def remove(request: Page, pk: int) -> HttpResponseBase:
    """Delete a category that nothing refers to; one in use is refused with the way on."""
    return _remove(request, pk)


@require_POST
def _remove(request: Page, pk: int) -> HttpResponse:
    actions.remove_category(request.viewer, pk, now=request.now)
    messages.success(request, _("The category is deleted."))
    return redirect("catalog:categories")


def _question_editor(category_id: int) -> Editor[Question]:
    class Form(QuestionForm):
        pass

    Form.category_id = category_id
    return Editor(
        QUESTION,
        Form,
        actions.add_question,
        actions.change_question,
        lambda row: reverse("catalog:category", args=[row.category_id]),
        "question",
    )


@signed_in
def question_add(request: Page, pk: int) -> HttpResponse:
    """A new question of a category."""
    request.viewer.require("catalog.change")
    row = found(Category.objects.all(), pk, "category")
    last = max((q.position for q in row.questions.all()), default=0)
    back = {"back": _url(row), "back_label": row.name}
    return _question_editor(pk).page(request, None, back, initial={"position": last + 10, "kind": "text"})


@signed_in
def question_edit(request: Page, pk: int) -> HttpResponse:
    """Change a question."""
    request.viewer.require("catalog.change")
    row = found(Question.objects.select_related("category"), pk, "question")
    back = {"back": _url(row.category), "back_label": row.category.name}
    return _question_editor(row.category_id).page(request, row, back)


@signed_in
def question_remove(request: Page, pk: int) -> HttpResponseBase:
    """Ask it no more."""
    return _question_remove(request, pk)


@require_POST
def _question_remove(request: Page, pk: int) -> HttpResponse:
    request.viewer.require("catalog.change")
    category_id = found(Question.objects.all(), pk, "question").category_id
    actions.remove_question(request.viewer, pk, now=request.now)
    messages.success(request, _("The question is removed. Answers that were given stay."))
    return redirect("catalog:category", category_id)
