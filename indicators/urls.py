from django.urls import path

from indicators import views

app_name = "rounds"
urlpatterns = [
    path("new", views.set_up, name="set_up"),
    path("<slug:community>/<slug:cycle>/", views.what_counts, name="what_counts"),
]
