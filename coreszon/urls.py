from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from coreszon import views

urlpatterns = [
    path("", views.home, name="home"),
    path("-/health", views.health, name="health"),
    path("-/ready", views.ready, name="ready"),
    path("language/", set_language, name="set_language"),
    path("s/", include("surveys.urls")),
    path("or/", include("surveys.openrosa.urls")),
    path("network/", include("reports.network_urls")),
    path("network/rounds/", include("indicators.urls")),
    path("reports/", include("reports.readings_urls")),
    path("reports/", include("reports.urls")),
    path("admin/workshops/", include("workshops.urls")),
    path("admin/", admin.site.urls),
]
