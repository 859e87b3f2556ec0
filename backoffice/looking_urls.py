"""Addresses of pages that look for something, and of what it is found by."""

from django.urls import path

from backoffice import outside, search

urlpatterns = [
    path("search/", search.search, name="search"),
    path("outside-hours/", outside.outside_page, name="outside-hours"),
]
