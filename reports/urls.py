from django.urls import path

from reports import schedule_views, share_views, verify_views, views

app_name = "reports"
urlpatterns = [
    path("", views.index, name="index"),
    path("verify/", verify_views.verify, name="verify"),
    path("shared/<str:token>/", share_views.shared, name="shared"),
    path("runs/", views.runs, name="runs"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("runs/<int:pk>/progress", views.progress, name="progress"),
    path("runs/<int:pk>/cancel", views.cancel, name="cancel"),
    path("runs/<int:pk>/<str:language>.<str:form>", views.download, name="download"),
    path("<slug:community>/<slug:cycle>/", views.report, name="report"),
    path("<slug:community>/<slug:cycle>/publish", views.publish, name="publish"),
    path("<slug:community>/<slug:cycle>/documents", views.make_documents, name="documents"),
    path("<slug:community>/<slug:cycle>/links/", share_views.links, name="links"),
    path("<slug:community>/<slug:cycle>/links/<int:pk>/revoke", share_views.revoke, name="revoke"),
    path(
        "<slug:community>/<slug:cycle>/schedules/",
        schedule_views.schedules,
        name="schedules",
    ),
    path(
        "<slug:community>/<slug:cycle>/schedules/<int:pk>/end",
        schedule_views.end,
        name="end_schedule",
    ),
]
