"""Addresses of the account, of points and of gift cards."""

from django.urls import path

from website.views import (
    account,
    consents,
    feeds,
    gift_cards,
    guests,
    loyalty_card,
    pages,
    points,
    rewards,
)

urlpatterns = [
    path("rewards/", rewards.rewards, name="rewards"),
    path("gift-cards/", gift_cards.shop, name="gift_cards"),
    path("gift-cards/balance/", gift_cards.balance, name="card_balance"),
    path("gift-cards/<slug:slug>/points/", gift_cards.choose_by_points, name="gift_card_points"),
    path("g/<slug:token>/", gift_cards.card, name="gift_card"),
    path("account/", account.overview, name="account"),
    path("account/open/", account.open_record, name="open_account"),
    path("account/card/", loyalty_card.loyalty_card, name="loyalty_card"),
    path("account/points/", points.points, name="points"),
    path("account/gift-cards/", gift_cards.own_cards, name="your_gift_cards"),
    path("account/profile/", account.profile, name="profile"),
    path("account/consents/", consents.consents, name="consents"),
    path("account/guest-bookings/", guests.guest_bookings, name="guest_bookings"),
    path("m/<str:token>/", consents.stop_messages, name="stop_messages"),
    path("c/<str:token>/", guests.confirm_news, name="confirm_news"),
    path("calendar/<slug:token>.ics", feeds.provider_feed, name="provider_feed"),
    path("theme/", pages.theme, name="theme"),
    path("contact/", pages.contact, name="contact"),
    path("terms/", pages.terms, name="terms"),
    path("privacy/", pages.privacy, name="privacy"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("robots.txt", pages.robots, name="robots"),
    path(".well-known/change-password", pages.change_password, name="change_password"),
]
