"""Bring in a log: the runs so far, a form that starts one, and the account of every row."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from allclear.incidents import importing
from allclear.incidents.models import ImportRun
from allclear.kernel.errors import AllclearError, Invalid, NotFound
from allclear.web.http import Page, signed_in, wants_fragment
from allclear.web.said import localised

PAGE = 25
SHOWN = 200  # rejected rows on the page; the JSON has what the run keeps
LARGEST_MAPPING = 200_000  # bytes


class ImportForm(forms.Form):
    """Which file, and how it is read."""

    use_required_attribute = False
    file = forms.FileField(
        label=_("File"), allow_empty_file=True, help_text=_("CSV, plain or packed as .gz or .zst. One row per update.")
    )
    format = forms.ChoiceField(label=_("Format"), choices=[("servicenow-audit", _("ServiceNow audit log"))])
    source = forms.CharField(
        label=_("Source"),
        required=False,
        max_length=60,
        help_text=_("A name for where it comes from. The same source twice adds nothing twice."),
    )
    mapping = forms.FileField(
        required=False,
        label=_("Mapping file"),
        help_text=_("Only when the columns are called otherwise (docs/import.md)."),
    )

    def complain(self, error: AllclearError) -> None:
        fields = error.fields if isinstance(error, Invalid) else {"": error.message}
        for name, text in fields.items():
            self.add_error(name if name in self.fields else None, localised(text))

    def mapping_text(self) -> str | None:
        given = self.cleaned_data["mapping"]
        if given is None:
            return None
        if given.size > LARGEST_MAPPING:
            raise Invalid({"mapping": gettext("This is too large for a mapping file. Did you choose the log itself?")})
        try:
            return str(given.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise Invalid({"mapping": gettext("The mapping file is not UTF-8 text.")}) from None


@signed_in
@require_http_methods(["GET", "POST"])
def imports(request: Page) -> HttpResponse:
    """The runs, the newest first, and the form."""
    request.viewer.require("incident.import")
    form = ImportForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        run = _start(request, form)
        if run:
            words = gettext("{file} was taken. The rows are being checked and brought in.")
            messages.success(request, words.format(file=run.file_name))
            return redirect("incidents:import_run", run.pk)
        status = 422
    runs = Paginator(ImportRun.objects.select_related("started_by").defer("report"), PAGE)
    context = {"form": form, "page": runs.get_page(request.GET.get("page"))}
    return render(request, "incidents/imports.html", context, status=status)


def _start(request: Page, form: ImportForm) -> ImportRun | None:
    """The new run; None when the form has to be shown again."""
    if not form.is_valid():
        return None
    said = form.cleaned_data
    try:
        return importing.start(
            request.viewer,
            Path(said["file"].temporary_file_path()),
            said["file"].name,
            said["format"],
            form.mapping_text(),
            request.now,
            source=said["source"],
        )
    except AllclearError as error:
        form.complain(error)
        return None


def _found(request: Page, pk: int) -> ImportRun:
    request.viewer.require("incident.import")
    run = ImportRun.objects.select_related("started_by").filter(pk=pk).first()
    if run is None:
        raise NotFound(gettext("There is no such import. Look at the list of imports."))
    return run


@signed_in
def import_run(request: Page, pk: int) -> HttpResponse:
    """One run: where every row went, and the source's figures beside the database's."""
    run = _found(request, pk)
    report: dict[str, Any] = run.report if isinstance(run.report, dict) else {}
    rejected = report.get("rejected", [])
    context = {
        "run": run,
        "report": report,
        "is_running": run.state == "running",
        "accounted": run.rows_imported + run.rows_merged + run.rows_rejected,
        "adds_up": run.rows_read == run.rows_imported + run.rows_merged + run.rows_rejected,
        "checks": _grouped(report.get("checks", [])),
        "rejected": rejected[:SHOWN],
        "rejected_more": run.rows_rejected - len(rejected[:SHOWN]),
    }
    template = "incidents/_import_run.html" if wants_fragment(request) else "incidents/import_run.html"
    return render(request, template, context)


def _grouped(checks: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    return [(what, list(group)) for what, group in groupby(checks, key=lambda check: str(check["what"]))]


@signed_in
def import_json(request: Page, pk: int) -> JsonResponse:
    """The same as a file."""
    run = _found(request, pk)
    data = {
        "run": run.pk,
        "file": run.file_name,
        "sha256": run.file_sha256,
        "source": run.source,
        "state": run.state,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "rows": {
            "read": run.rows_read,
            "imported": run.rows_imported,
            "merged": run.rows_merged,
            "rejected": run.rows_rejected,
        },
        "report": run.report,
    }
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="import-{run.pk}.json"'
    return response
