from django.urls import path

from heritage.accounts.views import confirmation, institution, own_account, second_factor

urlpatterns = [
    path("password/", own_account.OwnPassword.as_view(), name="own-password"),
    path("sessions/", own_account.end_own_sessions, name="own-sessions"),
    path("token/", own_account.own_token, name="own-token"),
    path("institution/", institution.own_institution, name="own-institution"),
    path("confirm/", confirmation.confirm_account, name="confirm-account"),
    path("second-factor/", second_factor.own_second_factor, name="own-second-factor"),
    path("second-factor/app/", second_factor.own_app, name="own-app"),
    path("second-factor/key/", second_factor.own_key, name="own-key"),
    path("second-factor/codes/", second_factor.own_recovery_codes, name="own-recovery-codes"),
    path("second-factor/remove/", second_factor.remove_own_factor, name="remove-own-factor"),
]
