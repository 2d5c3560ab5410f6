"""Addresses of the incident's screens."""

from __future__ import annotations

from django.urls import path

from allclear.web.incidents import (
    around,
    detail,
    files,
    imports,
    log,
    log_answers,
    logged,
    queue,
    reports,
    searching,
    suggest,
    talk,
    timelines,
    undo,
    verb_views,
)

app_name = "incidents"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("search/", searching.search, name="search"),
    path("search/options/", searching.options, name="search_options"),
    path("import/", imports.imports, name="imports"),
    path("import/<int:pk>/", imports.import_run, name="import_run"),
    path("import/<int:pk>.json", imports.import_json, name="import_json"),
    path("new/", log.log, name="log"),
    path("new/questions/", log_answers.questions, name="log_questions"),
    path("new/weight/", log_answers.weigh, name="weigh"),
    path("new/caller/", log_answers.caller, name="log_caller"),
    path("new/alike/", log_answers.alike, name="log_alike"),
    path("new/part/", log_answers.part, name="log_part"),
    path("new/again/<str:number>/", logged.again, name="log_again"),
    path("new/cis/", log_answers.cis, name="log_cis"),
    path("suggest/people/", suggest.people, name="suggest_people"),
    path("suggest/staff/", suggest.staff, name="suggest_staff"),
    path("suggest/services/", suggest.services, name="suggest_services"),
    path("suggest/cis/", suggest.cis, name="suggest_cis"),
    path("suggest/categories/", suggest.categories, name="suggest_categories"),
    path("suggest/organisations/", suggest.organisations, name="suggest_organisations"),
    path("suggest/incidents/", suggest.incidents, name="suggest_incidents"),
    path("<str:number>/", detail.detail, name="detail"),
    path("<str:number>/logged/", logged.logged, name="logged"),
    path("<str:number>/around/", around.around, name="around"),
    path("<str:number>/reply/", talk.reply, name="reply"),
    path("<str:number>/note/", talk.note, name="note"),
    path("<str:number>/report/", reports.page, name="report"),
    path("<str:number>/report.pdf", reports.pdf, name="report_pdf"),
    path("<str:number>/report.json", reports.as_json, name="report_json"),
    path("<str:number>/files/<uuid:file_id>/", files.download, name="file"),
    path("<str:number>/files/<uuid:file_id>/picture/", files.picture, name="picture"),
    path("<str:number>/look/", timelines.look, name="look"),
    path("<str:number>/why/<int:position>/", timelines.why, name="why"),
    path("<str:number>/tasks/<str:task_id>/", verb_views.task, name="task"),
    path("<str:number>/remove/<slug:what>/<int:key>/", verb_views.remove, name="remove"),
    path("<str:number>/undo/", undo.undo, name="undo"),
    path("<str:number>/do/<slug:verb>/", verb_views.verb, name="verb"),
]
