from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "allclear.api"
    label = "api"
