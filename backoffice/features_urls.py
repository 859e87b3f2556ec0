"""Addresses under /admin/features/ (ux S10, and the editor of S16 for its messages)."""

from django.urls import path

from backoffice import feature_messages, features

urlpatterns = [
    path("", features.features_page, name="features"),
    path("loyalty/delay/", features.save_delay, name="feature-delay"),
    path(
        "messages/<slug:kind>/<slug:language>/",
        feature_messages.editor,
        name="feature-message",
    ),
    path(
        "messages/<slug:kind>/<slug:language>/preview/",
        feature_messages.show_preview,
        name="feature-message-preview",
    ),
    path(
        "messages/<slug:kind>/<slug:language>/test/",
        feature_messages.send_test,
        name="feature-message-test",
    ),
    path(
        "messages/<slug:kind>/<slug:language>/reset/",
        feature_messages.reset,
        name="feature-message-reset",
    ),
    path("<slug:code>/", features.features_page, name="feature"),
    path("<slug:code>/on/", features.switch, {"on": True}, name="feature-on"),
    path("<slug:code>/off/", features.switch, {"on": False}, name="feature-off"),
]
