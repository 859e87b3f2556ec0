"""Addresses of pages that look for something, and of what it is found by."""

from django.urls import path

from backoffice import loyalty_card, outside, search

urlpatterns = [
    path("search/", search.search, name="search"),
    path("clients/<int:pk>/card/", loyalty_card.loyalty_card, name="loyalty-card"),
    path("outside-hours/", outside.outside_page, name="outside-hours"),
]
