"""Addresses under /admin/bookings/. ``<int:id>``: the admin's own pages live there too."""

from django.urls import path

from backoffice import booking_changes, booking_note, bookings, new_booking

urlpatterns = [
    path("", bookings.booking_list, name="bookings"),
    path("new/", new_booking.new_booking, name="booking-new"),
    path("<int:pk>/", bookings.booking_page, name="booking"),
    path("<int:pk>/arrived/", bookings.arrived, name="booking-arrived"),
    path("<int:pk>/started/", bookings.started, name="booking-started"),
    path("<int:pk>/completed/", bookings.completed, name="booking-completed"),
    path("<int:pk>/no-show/", bookings.no_show, name="booking-no-show"),
    path("<int:pk>/points/return/", bookings.points_returned, name="booking-points-return"),
    path("<int:pk>/points/again/", bookings.points_again, name="booking-points-again"),
    path("<int:pk>/points/give-up/", bookings.points_given_up, name="booking-points-give-up"),
    path("<int:pk>/cancel/", bookings.cancel, name="booking-cancel"),
    path("<int:pk>/edit/", booking_note.edit, name="booking-edit"),
    path("<int:pk>/move/", booking_changes.move, name="booking-move"),
    path("<int:pk>/undo/", booking_changes.undo, name="booking-undo"),
    path("<int:pk>/remove/", booking_changes.delete, name="booking-delete"),
]
