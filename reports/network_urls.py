from django.urls import path

from reports import network_views as views

app_name = "network"
urlpatterns = [
    path("", views.index, name="index"),
    path("communities/<slug:code>/", views.community, name="community"),
    path("together/", views.reference, name="reference"),
    path("trainers/", views.trainers, name="trainers"),
    path("trainers/year/", views.year, name="year"),
]
