"""The closure report as page, PDF and JSON."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from allclear.incidents.report import pdf_of, report_of
from allclear.web.http import Page, signed_in
from allclear.web.incidents.common import find


@signed_in
def page(request: Page, number: str) -> HttpResponse:
    row = find(request, number)
    return render(request, "report/page.html", {"report": report_of(row, request.viewer, request.now), "incident": row})


@signed_in
def pdf(request: Page, number: str) -> HttpResponse:
    row = find(request, number)
    response = HttpResponse(pdf_of(report_of(row, request.viewer, request.now)), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{row.number}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@signed_in
def as_json(request: Page, number: str) -> JsonResponse:
    row = find(request, number)
    response = JsonResponse(report_of(row, request.viewer, request.now), json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "private, no-store"
    return response
