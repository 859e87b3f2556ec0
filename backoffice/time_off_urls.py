"""Addresses under /admin/time-off/ and /admin/out-of-order/."""

from django.urls import path

from backoffice import time_off

urlpatterns = [
    path("time-off/", time_off.time_off_list, name="time-off"),
    path("time-off/add/", time_off.time_off_add, name="time-off-add"),
    path("time-off/<int:pk>/", time_off.time_off_change, name="time-off-change"),
    path("time-off/<int:pk>/remove/", time_off.time_off_remove, name="time-off-remove"),
    path("out-of-order/", time_off.out_of_order_list, name="out-of-order"),
    path("out-of-order/add/", time_off.out_of_order_add, name="out-of-order-add"),
    path("out-of-order/<int:pk>/", time_off.out_of_order_change, name="out-of-order-change"),
    path("out-of-order/<int:pk>/remove/", time_off.out_of_order_remove, name="out-of-order-remove"),
]
