"""Addresses of the client website (ux 1.2)."""

from website import urls_account, urls_booking

app_name = "website"
urlpatterns = [*urls_booking.urlpatterns, *urls_account.urlpatterns]
