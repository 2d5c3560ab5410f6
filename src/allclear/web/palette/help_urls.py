from django.urls import path

from allclear.web.palette import help_pages

app_name = "help"
urlpatterns = [path("keys/", help_pages.keys, name="keys")]
