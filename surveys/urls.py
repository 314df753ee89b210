from django.urls import path

from surveys import views

app_name = "surveys"

urlpatterns = [
    path("", views.enter, name="enter"),
    path("q/<str:handle>/", views.questions, name="questions"),
    path(
        "questions/<str:content_hash>/<str:language>.json",
        views.questions_json,
        name="questions_json",
    ),
    path("answers/", views.submit, name="answers"),
    path("thanks/", views.thanks, name="thanks"),
    path("leave/", views.leave, name="leave"),
    path("clear/", views.clear, name="clear"),
    path("worker.js", views.service_worker, name="worker"),
]
