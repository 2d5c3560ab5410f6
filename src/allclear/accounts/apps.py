from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "allclear.accounts"
    label = "accounts"
