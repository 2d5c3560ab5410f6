from django.apps import AppConfig


class SlasConfig(AppConfig):
    name = "allclear.slas"
    label = "slas"
