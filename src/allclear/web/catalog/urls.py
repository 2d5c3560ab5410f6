"""Addresses of the catalogue."""

from __future__ import annotations

from django.urls import path

from allclear.web.catalog import categories, items, services

app_name = "catalog"
urlpatterns = [
    path("services/", services.index, name="services"),
    path("services/add/", services.add, name="service_add"),
    path("services/<int:pk>/", services.show, name="service"),
    path("services/<int:pk>/edit/", services.edit, name="service_edit"),
    path("cis/", items.index, name="cis"),
    path("cis/add/", items.add, name="ci_add"),
    path("cis/<int:pk>/", items.show, name="ci"),
    path("cis/<int:pk>/edit/", items.edit, name="ci_edit"),
    path("things/suggest/", items.suggest, name="suggest"),
    path("<slug:noun>/<int:pk>/dependencies/add/", items.edge_add, name="edge_add"),
    path("<slug:noun>/<int:pk>/dependencies/<int:edge>/remove/", items.edge_remove, name="edge_remove"),
    path("categories/", categories.index, name="categories"),
    path("categories/add/", categories.add, name="category_add"),
    path("categories/<int:pk>/", categories.show, name="category"),
    path("categories/<int:pk>/remove/", categories.remove, name="category_remove"),
    path("categories/<int:pk>/questions/add/", categories.question_add, name="question_add"),
    path("questions/<int:pk>/", categories.question_edit, name="question"),
    path("questions/<int:pk>/remove/", categories.question_remove, name="question_remove"),
]
