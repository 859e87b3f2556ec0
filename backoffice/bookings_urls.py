"""Addresses under /admin/bookings/. ``<int:id>``: the admin's own pages live there too."""

from django.urls import path

from backoffice import bookings

urlpatterns = [
    path("", bookings.booking_list, name="bookings"),
    path("<int:pk>/", bookings.booking_page, name="booking"),
    path("<int:pk>/arrived/", bookings.arrived, name="booking-arrived"),
    path("<int:pk>/completed/", bookings.completed, name="booking-completed"),
    path("<int:pk>/no-show/", bookings.no_show, name="booking-no-show"),
    path("<int:pk>/points/again/", bookings.points_again, name="booking-points-again"),
    path("<int:pk>/points/give-up/", bookings.points_given_up, name="booking-points-give-up"),
    path("<int:pk>/cancel/", bookings.cancel, name="booking-cancel"),
]
