from django.urls import path

from heritage.accounts import views

urlpatterns = [
    path("password/", views.OwnPassword.as_view(), name="own-password"),
    path("sessions/", views.end_own_sessions, name="own-sessions"),
    path("token/", views.own_token, name="own-token"),
]
