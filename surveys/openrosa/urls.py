from django.urls import path

from surveys.openrosa import views

app_name = "openrosa"

urlpatterns = [
    path("<str:token>", views.door, {"rest": ""}),
    path("<str:token>/", views.door, {"rest": ""}),
    path("<str:token>/<path:rest>", views.door, name="door"),
]
