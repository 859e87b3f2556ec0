"""The search of the top strip (ux 2.0.2): clients, bookings and gift cards from one box.

Names and references stand in the address (``/admin/search/?q=``). A gift card's code must not: it
is bearer money, and addresses are kept by logs and histories. So the box posts, what can be no code
is led on to its address, and what could be one is answered at once, by that one page.

A code is looked up by the one command that counts guesses, with its one answer to every code that
does not pay (T01, T02).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.base import actor_of
from backoffice.dashboard import visible_bookings
from backoffice.found_clients import first_found
from bookings.models import Booking
from bookings.visits import fold_ref
from clients.card_numbers import is_card_number
from clients.models import Client
from clients.people import search_clients
from foundation import clock
from foundation.errors import DomainError, TooManyAttempts
from foundation.models import User
from foundation.staff import staff_page, staff_response
from giftcards.cards import find_usable_card
from giftcards.codes import fold_code
from giftcards.models import GiftCard
from website.visitors import guess_sources

TITLE = gettext_lazy("Search")
SEE, CLIENTS, CARDS = "bookings.view_booking", "clients.view_client", "giftcards.view_giftcard"
SHOWN = 10
# Bookings are looked for among those of so many clients; more is no answer, but a question.
NAMED = 200
# A code that was read out may lack a letter or two, or have one too many.
SHORTEST_CODE, LONGEST_GROUP, GROUPS = 10, 5, 4


class SearchForm(forms.Form):
    q = forms.CharField(
        required=False,
        max_length=80,
        label=gettext_lazy("Client, booking or gift card code"),
        error_messages={"max_length": gettext_lazy("Enter fewer letters")},
    )


@dataclass
class Results:
    """The first ``SHOWN`` of each; ``more_…`` says whether there are others."""

    clients: list[Client] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    more_clients: bool = False
    more_bookings: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.clients or self.bookings)


def may_be_code(text: str) -> bool:
    """Whether ``text`` is a gift card's code or could be a misspelt one: four groups, or letters
    and digits in one word. Names have no digits, and references are shorter."""
    if fold_code(text) is not None or text.count("-") >= GROUPS - 1:
        return True
    words = text.split()
    plain = "".join(each for each in text if each.isalnum())
    is_mixed = any(each.isdigit() for each in plain) and any(each.isalpha() for each in plain)
    in_groups = len(words) == 1 or all(len(word) <= LONGEST_GROUP for word in words)
    return is_mixed and in_groups and len(plain) >= SHORTEST_CODE and "@" not in text


@staff_page(SEE, what=TITLE)
def search(request: HttpRequest) -> HttpResponseBase:
    form = SearchForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        return _page(request, form, status=422)
    text = form.cleaned_data["q"]
    if request.method == "POST" and may_be_code(text) and not is_card_number(text):
        return _answer_at_once(request, text)
    if request.method == "POST":
        query = f"?{urlencode({'q': text})}" if text else ""
        return redirect(reverse("backoffice:search") + query)
    results = find(actor_of(request), text) if text else None
    return _page(request, form, text=text, results=results)


def find(user: User, text: str) -> Results:
    """Clients by name, mail or phone, and bookings of theirs or with this reference; of each what
    ``user`` may see. What comes next stands before what was."""
    found = Results()
    if user.has_perm(CLIENTS):
        clients = first_found(search_clients(text), text, SHOWN + 1)
        found.clients, found.more_clients = clients[:SHOWN], len(clients) > SHOWN
    bookings = visible_bookings(user).filter(visit__hidden_at__isnull=True)
    named = list(search_clients(text).order_by().values_list("pk", flat=True)[: NAMED + 1])
    way = Q(visit__ref=fold_ref(text))
    if len(named) <= NAMED:
        way |= Q(visit__client_id__in=named)
    bookings = bookings.filter(way).select_related("visit__client", "provider")
    now = clock.now()
    coming, found.more_bookings = _first(
        bookings.filter(ends_at__gt=now).order_by("starts_at", "pk")
    )
    past, more = _first(bookings.filter(ends_at__lte=now).order_by("-starts_at", "-pk"))
    found.bookings = [*coming, *past][:SHOWN]
    found.more_bookings |= more or len(coming) + len(past) > SHOWN
    return found


def _first(rows: Any) -> tuple[list[Any], bool]:
    found = list(rows[: SHOWN + 1])
    return found[:SHOWN], len(found) > SHOWN


def _answer_at_once(request: HttpRequest, text: str) -> HttpResponseBase:
    """The card behind a code, for who may see cards, or the one answer; with what else the text
    may mean, for it may be a name. What did not help stays in the box, to be corrected; a code
    that opened its card does not, and no link or title holds either."""
    card: GiftCard | None = None
    refused, status, wait = "", 200, 0
    if request.user.has_perm(CARDS):
        try:
            card = find_usable_card(text, sources=guess_sources(request))
        except TooManyAttempts as error:
            refused, status, wait = str(error), error.status, error.retry_after
        except DomainError as error:
            refused, status = str(error), error.status
    results = None if card else find(actor_of(request), text)
    form = SearchForm() if card else SearchForm({"q": text})
    response = _page(request, form, results=results, card=card, refused=refused, status=status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _page(
    request: HttpRequest,
    form: SearchForm,
    *,
    text: str = "",
    results: Results | None = None,
    card: GiftCard | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "text": text,
        "results": results,
        "card": card,
        "refused": refused,
        "may_see_cards": request.user.has_perm(CARDS),
        "is_search_page": True,
    }
    title = _("Search: %(text)s") % {"text": text} if text else TITLE
    return staff_response(request, "backoffice/search.html", context, title=title, status=status)
