from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "allclear.notifications"
    label = "notifications"
