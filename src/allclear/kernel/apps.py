from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "allclear.kernel"
    label = "kernel"
