from django.urls import path

from heritage.accounts import views

urlpatterns = [path("password/", views.OwnPassword.as_view(), name="own-password")]
