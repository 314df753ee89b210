from django.contrib import admin
from django.urls import path

from workshops import views

app_name = "workshops"
urlpatterns = [
    path("session/<int:pk>/log/", admin.site.admin_view(views.session_log), name="session_log"),
    path(
        "session/<int:pk>/logged/",
        admin.site.admin_view(views.session_logged),
        name="session_logged",
    ),
]
