from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("", views.index, name="index"),
    path("runs/<int:pk>/", views.run, name="run"),
    path("runs/<int:pk>/progress", views.progress, name="progress"),
    path("runs/<int:pk>/cancel", views.cancel, name="cancel"),
    path("runs/<int:pk>/<str:language>.<str:form>", views.download, name="download"),
    path("<slug:community>/<slug:cycle>/", views.report, name="report"),
    path("<slug:community>/<slug:cycle>/publish", views.publish, name="publish"),
    path("<slug:community>/<slug:cycle>/documents", views.make_documents, name="documents"),
]
