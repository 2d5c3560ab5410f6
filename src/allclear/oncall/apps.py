from django.apps import AppConfig


class OncallConfig(AppConfig):
    name = "allclear.oncall"
    label = "oncall"
