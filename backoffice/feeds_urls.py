"""Addresses under /admin/calendar-feeds/."""

from django.urls import path

from backoffice import feeds

urlpatterns = [
    path("", feeds.own_feed, name="own-feed"),
    path("<int:pk>/", feeds.provider_feed, name="provider-feed"),
]
