"""Addresses under /admin/clients/: the tabs of a client's card, and what is done from it."""

from django.urls import path

from backoffice import client_merging, client_notes, client_programme, client_tabs, loyalty_card

urlpatterns = [
    path("<int:pk>/visits/", client_tabs.visits, name="client-visits"),
    path("<int:pk>/sales/", client_tabs.sales, name="client-sales"),
    path("<int:pk>/loyalty/", client_tabs.loyalty, name="client-loyalty"),
    path("<int:pk>/gift-cards/", client_tabs.cards, name="client-cards"),
    path("<int:pk>/consents/", client_tabs.consents, name="client-consents"),
    path("<int:pk>/notes/", client_notes.notes, name="client-notes"),
    path("<int:pk>/programme/", client_programme.programme, name="client-programme"),
    path("<int:pk>/merge/", client_merging.merge, name="client-merge"),
    path("<int:pk>/card/", loyalty_card.loyalty_card, name="loyalty-card"),
]
