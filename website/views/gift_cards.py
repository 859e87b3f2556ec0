"""Gift cards: the shop, choosing one by points, one's own cards, and the balance check
(ux C13, C15, C16, C17, C24).

A code is shown in the answer to a POST only, so that it never stands in an address, a log or a
browser's history.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from business.errors import FeatureOff
from clients.models import Client
from foundation.errors import BadInput, DomainError, TooManyAttempts
from foundation.form_tokens import new_form_token
from giftcards.cards import cards_of, find_usable_card, reveal_code
from giftcards.errors import CodeNotUsable
from giftcards.models import GiftCardType
from loyalty.errors import InsufficientPoints, RewardGone
from sales.exchange import exchange_points_for_card
from website.card_history import movements_of
from website.forms_account import BalanceForm, ExchangeForm, RevealForm
from website.forms_booking import read_query
from website.private import for_clients, secret_address
from website.purse import offer_of, offers, shown
from website.visitors import (
    business_of,
    features_of,
    guess_sources,
    my_client,
    my_user,
    private_page,
    wants_fragment,
)

MOST_CARDS = 100


@require_safe
def shop(request: HttpRequest) -> HttpResponse:
    client = my_client(request)
    context = {"offers": offers(request, client) if features_of(request).gift_cards else []}
    return render(request, "website/gift_cards.html", context)


@for_clients
@require_http_methods(["GET", "HEAD", "POST"])
def choose_by_points(request: HttpRequest, client: Client, slug: str) -> HttpResponse:
    """The page that confirms an exchange. The POST is harmless to repeat: its one-time token
    leads to the card that the first one made."""
    card_type = get_object_or_404(GiftCardType, slug=slug)
    refusal, status = "", 200
    if request.method == "POST":
        form = ExchangeForm(request.POST)
        try:
            if not form.is_valid():
                raise BadInput
            made = exchange_points_for_card(
                client=client,
                card_type=card_type,
                form_token=form.cleaned_data["form_token"],
                expected_points=form.cleaned_data["points"],
                actor=my_user(request),
            )
        except FeatureOff as error:
            messages.error(request, str(error))
            return redirect("website:gift_cards")
        except DomainError as error:
            refusal, status = _said(error), error.status
        else:
            messages.success(request, _("The gift card is yours. We have e-mailed it to you too."))
            return redirect("website:gift_card", token=made.token)
    offer = offer_of(request, card_type, client)
    if offer.points is None:
        messages.warning(request, _("This gift card can't be chosen by points right now."))
        return redirect("website:gift_cards")
    context = {"offer": offer, "refusal": refusal, "form_token": new_form_token()}
    return render(request, "website/gift_card_points.html", context, status=status)


def _said(error: DomainError) -> str:
    """The page shows balance and price anew; these say why it is here again."""
    if isinstance(error, InsufficientPoints):
        return _("Your points have changed. Nothing was spent.")
    if isinstance(error, RewardGone):
        return _("This offer has changed. Nothing was spent.")
    return str(error)


def _opens(asked: dict[str, Any]) -> bool:
    return bool(asked["show"] or asked["copy"])


@secret_address
@for_clients
@require_http_methods(["GET", "HEAD", "POST"])
def card(request: HttpRequest, client: Client, token: str) -> HttpResponse:
    """One card, for its owner; for anybody else it is not there."""
    found = get_object_or_404(cards_of(client), token=token)
    asked = read_query(RevealForm, request.POST)
    codes = {found.pk: reveal_code(found)} if _opens(asked) else {}
    (owned,) = shown([found], codes=codes)
    context = {"owned": owned, "action": request.path, "copy_now": False}
    if wants_fragment(request, f"code-{found.token}"):
        context["copy_now"] = asked["copy"]
        return render(request, "website/parts/card_code.html", context)
    context["movements"] = movements_of(found, client, business_of(request))
    return render(request, "website/gift_card.html", context)


@for_clients
@require_http_methods(["GET", "HEAD", "POST"])
def own_cards(request: HttpRequest, client: Client) -> HttpResponse:
    """All cards of a client; a POST shows or hides one card's code."""
    cards = list(cards_of(client)[:MOST_CARDS])
    asked = read_query(RevealForm, request.POST)
    codes = {}
    if asked["card"]:
        opened = next((each for each in cards if each.token == asked["card"]), None)
        if opened is None:
            raise Http404
        codes = {opened.pk: reveal_code(opened)} if _opens(asked) else {}
        if wants_fragment(request, f"code-{opened.token}"):
            (owned,) = shown([opened], codes=codes)
            context = {"owned": owned, "action": request.path, "copy_now": asked["copy"]}
            return render(request, "website/parts/card_code.html", context)
    items = sorted(shown(cards, codes=codes), key=lambda each: not each.is_usable)
    any_usable = any(each.is_usable for each in items)
    context = {"items": items, "any_usable": any_usable, "action": request.path}
    return render(request, "website/your_gift_cards.html", context)


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def balance(request: HttpRequest) -> HttpResponse:
    """What is left on a card, for whoever holds its code. One answer to every code that pays
    nothing, whatever the reason (T02)."""
    form = BalanceForm(request.POST if request.method == "POST" else None)
    found, wait, status = None, 0, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                code = form.cleaned_data["code"]
                found = find_usable_card(code, sources=guess_sources(request))
                status = 200
            except CodeNotUsable as error:
                form.add_error("code", str(error))
            except TooManyAttempts as error:
                form.add_error("code", str(error))
                wait, status = error.retry_after, 429
    context = {"form": BalanceForm() if found else form, "found": found}
    fragment = wants_fragment(request, "result")
    template = "website/parts/balance_result.html" if fragment else "website/balance.html"
    response = render(request, template, context, status=status)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response
