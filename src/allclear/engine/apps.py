from django.apps import AppConfig


class EngineConfig(AppConfig):
    name = "allclear.engine"
    label = "engine"
