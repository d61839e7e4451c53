"""The pages of people under /admin/; they stand before Django's own, and three take the place of one of these."""

from django.contrib import admin
from django.urls import path

from . import account, lockout, second_factor, sessions

app_name = "people"

_wrap = admin.site.admin_view

urlpatterns = [
    path("login/", lockout.login, name="login"),
    path("logout/", lockout.logout, name="logout"),
    path("password_change/", _wrap(account.change_password), name="password_change"),
    path("second-step/", _wrap(second_factor.second_step), name="second_step"),
    path("account/", _wrap(account.show), name="account"),
    path("account/second-factor/", _wrap(second_factor.manage), name="second_factor"),
    path("account/sessions/end/", _wrap(sessions.end_mine), name="end_sessions"),
]
