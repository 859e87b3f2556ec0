"""Addresses under /admin/checkout/."""

from django.urls import path

from backoffice import checkout

urlpatterns = [
    path("new/", checkout.new_sale, name="checkout"),
    path("<int:pk>/", checkout.till, name="till"),
]
