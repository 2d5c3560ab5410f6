from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "allclear.incidents"
    label = "incidents"
