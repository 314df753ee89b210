from django.urls import path

from surveys import after_views, kiosk_views, recordings, views

app_name = "surveys"

urlpatterns = [
    path("", views.enter, name="enter"),
    path("w/<str:token>/", views.enter_openly, name="open"),
    path("kiosk/<str:token>/", kiosk_views.kiosk, name="kiosk"),
    path("kiosk/<str:token>/leave/", kiosk_views.leave, name="leave_kiosk"),
    path("q/<str:handle>/", views.questions, name="questions"),
    path(
        "questions/<str:content_hash>/<str:language>.json",
        views.questions_json,
        name="questions_json",
    ),
    path("audio/<path:name>", recordings.recording, name="recording"),
    path("answers/", views.submit, name="answers"),
    path("thanks/", after_views.thanks, name="thanks"),
    path("receipt/", after_views.receipt, name="receipt"),
    path("leave/", after_views.leave, name="leave"),
    path("clear/", after_views.clear, name="clear"),
    path("worker.js", views.service_worker, name="worker"),
]
