from django.urls import path

from allclear.web.palette import views

app_name = "palette"
urlpatterns = [
    path("", views.answer, name="answer"),
    path("places/", views.places, name="places"),
    path("language/", views.language, name="language"),
]
