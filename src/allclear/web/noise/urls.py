"""Address of the noise ledger, within those of alerts."""

from __future__ import annotations

from django.urls import path

from allclear.web.noise import views

urlpatterns = [path("", views.index, name="noise")]
