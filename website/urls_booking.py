"""Addresses of the catalogue, of the booking flow and of a booked visit."""

from django.urls import path

from website.views import (
    booking,
    classes,
    drafts,
    home,
    moving,
    review,
    services,
    visit_links,
    visits,
    waiting,
)

DRAFT = "book/d/<slug:token>"

urlpatterns = [
    path("", home.home, name="home"),
    path("next-time/", home.next_time, name="next_time"),
    path("services/", services.service_list, name="services"),
    path("services/<slug:slug>/", services.service, name="service"),
    path("services/<slug:slug>/next/", services.next_times, name="service_next"),
    path("book/", services.service_list, {"booking": True}, name="book"),
    path("book/<slug:slug>/", booking.provider, name="book_service"),
    path("book/<slug:slug>/times/", booking.times, name="book_times"),
    path("book/<slug:slug>/waiting/", waiting.wait_for_time, name="wait_for_time"),
    path(f"{DRAFT}/details/", drafts.details, name="book_details"),
    path(f"{DRAFT}/keep/", drafts.keep, name="book_keep"),
    path(f"{DRAFT}/review/", review.review, name="book_review"),
    path(f"{DRAFT}/cards/", review.cards, name="book_cards"),
    path(f"{DRAFT}/rewards/", review.rewards, name="book_rewards"),
    path(f"{DRAFT}/code/", review.code, name="book_code"),
    path("classes/", classes.timetable, name="classes"),
    path("classes/s/<int:session_id>/", classes.session, name="session"),
    path("classes/s/<int:session_id>/waiting/", classes.wait_for_place, name="wait_for_place"),
    path("classes/waiting/told/", waiting.waiting_told, name="waiting_told"),
    path("classes/w/<str:token>/", waiting.waiting_place, name="waiting_place"),
    path("classes/<slug:slug>/", classes.class_page, name="class"),
    path("booking/<slug:ref>/", visits.visit, name="visit"),
    path("booking/<slug:ref>/calendar.ics", visits.calendar, name="visit_calendar"),
    path("booking/<slug:ref>/reschedule/", moving.move, name="visit_move"),
    path("booking/<slug:ref>/cancel/", visits.cancel, name="visit_cancel"),
    path("booking/<slug:ref>/link/", visit_links.ask_link, name="visit_link"),
    path("booking/<slug:ref>/sign-in/", visit_links.send_sign_in_code, name="visit_sign_in_code"),
    path("account/appointments/", visits.appointments, name="appointments"),
]
