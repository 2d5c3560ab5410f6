from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "allclear.catalog"
    label = "catalog"
