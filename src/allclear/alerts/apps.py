from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "allclear.alerts"
    label = "alerts"
