from django.urls import path

from allclear.web.live import views

app_name = "live"
urlpatterns = [path("here/<str:number>/", views.here, name="here")]
