"""The last look, what pays, and the button that books (C7)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from bookings.errors import HoldGone, SessionFull
from bookings.holds import held_places, renew_hold, save_details
from bookings.lines import wanted_lines
from bookings.models import Hold, Source, Visit
from bookings.visits import free_to_cancel_at
from foundation import clock
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from giftcards.cards import find_usable_card, spendable_cards_of
from giftcards.models import GiftCard
from loyalty.history import expected_after
from loyalty.rules import points_by_service
from sales.errors import CardBalanceChanged
from sales.quotes import quote, usable_cards
from sales.visits import Guest, book_place, book_visit
from website import flow
from website.address_hints import likelier_address
from website.draft_rewards import chosen_rewards, offered_rewards, packed_rewards
from website.forms_booking import GUEST_FIELDS, BookForm, CodeForm
from website.views.classes import next_sessions
from website.views.drafts import conflict
from website.visitors import (
    business_of,
    ensure_my_client,
    features_of,
    guess_sources,
    my_client,
    my_user,
    wants_fragment,
)


def _is_complete(request: HttpRequest, hold: Hold) -> bool:
    """Whether the details step was done: by whoever is signed in, or by a guest."""
    if my_user(request) is not None:
        return True
    return all(hold.details.get(name) for name in GUEST_FIELDS)


def _card_ids(hold: Hold) -> list[int]:
    return [card_id for card_id in hold.details.get("cards", []) if isinstance(card_id, int)]


def _own_cards(request: HttpRequest) -> list[GiftCard]:
    """The visitor's cards that pay, the largest first: fewest cards for a price."""
    client = my_client(request)
    cards = spendable_cards_of(client) if client else []
    return sorted(cards, key=lambda card: (-card.balance, card.expires_at, card.pk))


def _services(hold: Hold) -> list[tuple[int, int]]:
    """The services of a draft that are paid, and how often each is booked."""
    if hold.session_id is not None:
        return [(hold.service_id, held_places(hold))]
    chosen = chosen_rewards(hold)
    lines = enumerate(wanted_lines(hold))
    return [(line.service.pk, 1) for number, line in lines if number not in chosen]


def _pay_context(request: HttpRequest, hold: Hold, price_minor: int) -> dict[str, Any]:
    """The price box with what pays it: one fragment, so that its parts never disagree."""
    business = business_of(request)
    own = _own_cards(request)
    own_ids = {card.pk for card in own}
    chosen = _card_ids(hold)
    points = points_by_service(features_of(request))
    earn = sum(points.get(service_id, 0) * times for service_id, times in _services(hold))
    price = quote(price_minor=price_minor, card_ids=chosen)
    return {
        "quote": price,
        "own_cards": [(card, card.pk in chosen) for card in own],
        "other_cards": [c for c in usable_cards(chosen) if c.pk not in own_ids],
        "rewards": offered_rewards(hold, my_client(request), business, features_of(request)),
        "earn": earn,
        "earn_at": expected_after(hold.ends_at, business) if earn else None,
        "form_token": new_form_token(),
        "signed_in": my_user(request),
    }


def _render_review(
    request: HttpRequest, hold: Hold, *, status: int = 200, **extra: Any
) -> HttpResponse:
    context = flow.draft_context(request, hold, "review")
    context |= _pay_context(request, hold, context["price_minor"])
    if wants_fragment(request, "pay"):
        return render(request, "website/book_pay.html", context | extra, status=status)
    until = free_to_cancel_at(hold.starts_at, business_of(request))
    context |= {
        "client": my_client(request),
        "cancel_until": until,
        "still_free": clock.now() <= until,
        "likelier_email": likelier_address(hold.details.get("email", "")),
        "guest_fields": [
            (name, hold.details.get(name, ""))
            for name in (*GUEST_FIELDS, "note")
            if name != "email"
        ],
    }
    return render(request, "website/book_review.html", context | extra, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@flow.draft_page
def review(request: HttpRequest, hold: Hold) -> HttpResponse:
    """Last look, and the button that books."""
    if not _is_complete(request, hold):
        return redirect("website:book_details", hold.token)
    if request.method != "POST":
        return _render_review(request, hold)
    posted = BookForm(request.POST)
    if not posted.is_valid():
        return _render_review(request, hold, status=422)
    try:
        visit = _book(request, hold, posted.cleaned_data)
    except HoldGone:
        raise  # overtaken by another press: the draft leads to its visit
    except DomainError as error:
        hold.service.refresh_from_db(fields=["price_minor"])
        extra = conflict(error)
        if isinstance(error, CardBalanceChanged):
            extra["changed_cards"] = _cards_now(hold)
        if isinstance(error, SessionFull):
            rows = next_sessions(request, hold.service, without=hold.session_id)
            extra["other_sessions"] = rows[:3]
        return _render_review(request, hold, **extra)
    return redirect(flow.visit_address(request, visit))


def _cards_now(hold: Hold) -> list[tuple[str, int]]:
    """The cards chosen for a draft as they are now: last four characters, and what each can pay
    with in minor units, 0 for one that cannot be used any more."""
    usable = {card.pk for card in usable_cards(_card_ids(hold))}
    found = GiftCard.objects.in_bulk(_card_ids(hold)).values()
    return [(card.last_four, card.balance if card.pk in usable else 0) for card in found]


def _book(request: HttpRequest, hold: Hold, sent: dict[str, Any]) -> Visit:
    if flow.is_expired(hold):
        hold = renew_hold(hold=hold)
    client = ensure_my_client(request)
    common: dict[str, Any] = {
        "client": client,
        "guest": None if client else _guest(hold),
        "source": Source.ONLINE,
        "form_token": sent["form_token"],
        "actor": my_user(request),
        "hold": hold,
        "note": hold.details.get("note", ""),
        "card_ids": _card_ids(hold),
        "expected_card_minor": sent["cards_pay"],
        "expected_total_minor": sent["total"],
    }
    if hold.session is not None:
        return book_place(session=hold.session, places=held_places(hold), **common)
    return book_visit(
        lines=wanted_lines(hold),
        starts_at=hold.starts_at,
        rewards=chosen_rewards(hold),
        **common,
    )


def _guest(hold: Hold) -> Guest:
    language = (get_language() or "en").split("-")[0]
    return Guest(
        **{name: hold.details[name] for name in GUEST_FIELDS},
        language=language,
        wants_news=hold.details.get("news") is True,
    )


@require_POST
@flow.draft_page
def cards(request: HttpRequest, hold: Hold) -> HttpResponse:
    """Which of the visitor's own cards pay, and taking back one that was added by its code."""
    own = {card.token: card.pk for card in _own_cards(request)}
    wanted = request.POST.getlist("card")
    kept = [card_id for card_id in _card_ids(hold) if card_id not in own.values()]
    removed = request.POST.get("remove", "")
    if removed:
        gone = {card.pk for card in usable_cards(kept) if card.token == removed}
        chosen = [card_id for card_id in _card_ids(hold) if card_id not in gone]
    else:
        chosen = [own[card] for card in own if card in wanted] + kept
    hold = save_details(hold=hold, details={"cards": chosen})
    return _after_change(request, hold)


@require_POST
@flow.draft_page
def rewards(request: HttpRequest, hold: Hold) -> HttpResponse:
    """Which services of the draft the client books by points."""
    numbers = request.POST.getlist("reward") if my_client(request) else []
    chosen = packed_rewards(hold, numbers)
    hold = save_details(hold=hold, details={"rewards": chosen})
    return _after_change(request, hold)


@require_POST
@flow.draft_page
def code(request: HttpRequest, hold: Hold) -> HttpResponse:
    """A gift card code. One sentence for every failure; the reason goes to the log (T02)."""
    typed = request.POST.get("code", "")[:200]
    try:
        card = find_usable_card(typed, sources=guess_sources(request))
    except DomainError as error:
        form = CodeForm.refused(typed, str(error))
        return _render_review(request, hold, status=error.status, form=form)
    if card.pk not in _card_ids(hold):
        hold = save_details(hold=hold, details={"cards": [*_card_ids(hold), card.pk]})
    return _after_change(request, hold, applied=card)


def _after_change(
    request: HttpRequest, hold: Hold, *, applied: GiftCard | None = None
) -> HttpResponse:
    if getattr(request, "htmx", None):
        return _render_review(request, hold, changed=True, applied=applied)
    return redirect("website:book_review", hold.token)
