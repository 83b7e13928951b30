"""Signing in and the account. The names are allauth's, so that its own redirects work."""

from allauth.account import views as auth
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.google import views as google
from allauth.usersessions import views as sessions
from django.conf import settings
from django.urls import path

from accounts import pages

urlpatterns = [
    path("auth/signin", auth.login, name="account_login"),
    path("auth/signup", auth.signup, name="account_signup"),
    path("auth/signout", auth.logout, name="account_logout"),
    path("auth/code", auth.request_login_code, name="account_request_login_code"),
    path("auth/code/confirm", auth.confirm_login_code, name="account_confirm_login_code"),
    path("auth/verify", auth.email_verification_sent, name="account_email_verification_sent"),
    path("auth/confirm", auth.reauthenticate, name="account_reauthenticate"),
    path("auth/inactive", auth.account_inactive, name="account_inactive"),
    path("auth/error", pages.auth_error, name="auth_error"),
    path("auth/password", auth.password_reset, name="account_reset_password"),
    path(
        "auth/password/code",
        auth.confirm_password_reset_code,
        name="account_confirm_password_reset_code",
    ),
    path("auth/password/new", auth.complete_password_reset, name="account_complete_password_reset"),
    path(
        "auth/password/done",
        auth.password_reset_from_key_done,
        name="account_password_reset_completed",
    ),
    path("auth/social/cancelled", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("auth/social/error", social.login_error, name="socialaccount_login_error"),
    path("auth/social/signup", social.signup, name="socialaccount_signup"),
    path("account", pages.account, name="account"),
    path("account/theme", pages.theme, name="account_theme"),
    path("account/email", auth.email, name="account_email"),
    path("account/password", auth.password_change, name="account_change_password"),
    path("account/password/set", auth.password_set, name="account_set_password"),
    path("account/sessions", sessions.list_usersessions, name="usersessions_list"),
    path("account/connections", social.connections, name="socialaccount_connections"),
    path("account/tokens", pages.token_create, name="account_token_create"),
    path("account/tokens/<uuid:token_id>", pages.token_revoke, name="account_token_revoke"),
    path("account/close", pages.close, name="account_close"),
]

if settings.GOOGLE_CLIENT_ID:
    urlpatterns += [
        path("auth/google", google.oauth2_login, name="google_login"),
        path("auth/google/callback", google.oauth2_callback, name="google_callback"),
    ]
