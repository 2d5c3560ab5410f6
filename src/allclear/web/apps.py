from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "allclear.web"
    label = "web"
