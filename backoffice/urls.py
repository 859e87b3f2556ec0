"""Addresses under /admin/: our own pages first, then the admin site.

Own pages below an app's name take ``<int:id>``: anything wider would shadow the admin's own
(reliability trap 26).
"""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

own_pages = [
    path("features/", include("backoffice.features_urls")),
    path("calendar/", include("backoffice.calendar_urls")),
    path("bookings/", include("backoffice.bookings_urls")),
    path("sessions/", include("backoffice.sessions_urls")),
    path("checkout/", include("backoffice.checkout_urls")),
    path("sales/", include("backoffice.sales_urls")),
    path("calendar-feeds/", include("backoffice.feeds_urls")),
    path("clients/", include("backoffice.client_urls")),
    path("", include("backoffice.time_off_urls")),
    path("", include("backoffice.looking_urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((own_pages, "backoffice"))),
    path("reports/", include("reports.urls")),
    path("", admin.site.urls),
]
