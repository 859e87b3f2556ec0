"""Addresses under /admin/sessions/."""

from django.urls import path

from backoffice import session_changes, session_places, session_rules, session_week, sessions

urlpatterns = [
    path("", session_week.week, name="sessions"),
    path("<int:pk>/", sessions.roster, name="session"),
    path("<int:pk>/check-in/", sessions.check_in, name="session-check-in"),
    path("<int:pk>/offer/", sessions.offer_now, name="session-offer"),
    path("<int:pk>/change/", session_changes.change, name="session-change"),
    path("<int:pk>/cancel/", session_changes.cancel, name="session-cancel"),
    path("<int:pk>/add/", session_places.add, name="session-add"),
    path("<int:pk>/take/", session_places.take, name="session-take"),
    path("weekly/<int:pk>/change/", session_rules.change_from, name="session-rule-change"),
    path("weekly/<int:pk>/stop/", session_rules.stop, name="session-rule-stop"),
]
