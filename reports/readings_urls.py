from django.urls import path

from reports import readings_views as views

app_name = "readings"
OF_CYCLE = "<slug:community>/<slug:cycle>"
urlpatterns = [
    path(f"{OF_CYCLE}/readings/", views.page, name="page"),
    path(f"{OF_CYCLE}/readings/add", views.add_reading, name="add"),
    path(f"{OF_CYCLE}/readings/<int:pk>/edit", views.edit_reading, name="edit"),
    path(f"{OF_CYCLE}/readings/<int:pk>/approve", views.approve, name="approve"),
    path(f"{OF_CYCLE}/readings/<int:pk>/discard", views.discard, name="discard"),
    path(f"{OF_CYCLE}/readings/<int:pk>/withdraw", views.withdraw, name="withdraw"),
    path(f"{OF_CYCLE}/next-steps/add", views.add_action, name="add_action"),
    path(f"{OF_CYCLE}/next-steps/<int:pk>/change", views.change_action, name="change_action"),
    path(f"{OF_CYCLE}/next-steps/<int:pk>/end", views.end, name="end_action"),
]
