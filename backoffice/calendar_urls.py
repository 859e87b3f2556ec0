"""The address under /admin/calendar/."""

from django.urls import path

from backoffice import calendar

urlpatterns = [path("", calendar.calendar, name="calendar")]
