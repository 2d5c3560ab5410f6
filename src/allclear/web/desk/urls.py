from django.urls import path

from allclear.web.desk import views

app_name = "desk"
urlpatterns = [
    path("", views.drafts, name="drafts"),
    path("at/", views.at, name="at"),
    path("drop/", views.drop, name="drop"),
]
