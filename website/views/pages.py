"""Contact, the legal pages, and the small addresses that browsers and robots ask for."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from giftcards.models import GiftCardType
from website.forms_account import ThemeForm
from website.forms_booking import read_query
from website.theme import SYSTEM, keep_theme
from website.visitors import business_of, features_of
from website.ways_back import own_page

# Pages of one person, and those whose address is a secret (ux Annex B). Every language has them.
KEPT_FROM_ROBOTS = ("account/", "book/d/", "booking/", "g/", "m/", "classes/w/")

# Addresses that forms are sent to and nobody opens: no way back leads to them.
ONLY_SENT = frozenset(
    {"theme", "open_account", "book_keep", "book_cards", "book_rewards", "book_code"}
)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the choice of colours and go back to where it was made, on this site only (T18)."""
    chosen = read_query(ThemeForm, request.POST)
    back = own_page(chosen["next"]) or reverse("website:home")
    response = redirect(back)
    keep_theme(request, response, chosen["theme"] or SYSTEM)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came without its token: the page says what to do, in the site's frame, and leads
    back to the form where its address can be opened."""
    match = request.resolver_match
    opens = match is not None and (
        match.view_name.startswith("account_")
        or (match.namespace == "website" and match.url_name not in ONLY_SENT)
    )
    context = {"back": request.get_full_path() if opens else ""}
    return render(request, "403_csrf.html", context, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for what cannot be read, without a look at the request: Django's own asks for the
    form's token, reads the same body once more for it, and so made a fault (500) of a form in
    another charset than UTF-8 (F44)."""
    return HttpResponseBadRequest(render_to_string("400.html"))


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    return render(request, "website/legal_contact.html")


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    features = features_of(request)
    on_show = GiftCardType.objects.filter(shown_online=True, archived_at__isnull=True)
    context = {
        "delay_hours": round(business_of(request).award_delay_minutes / 60),
        "validity_months": sorted(set(on_show.values_list("validity_months", flat=True)))
        if features.gift_cards
        else [],
    }
    return render(request, "website/legal_terms.html", context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "website/legal_privacy.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "website/legal_accessibility.html")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", "Disallow: /admin/"]
    for prefix in _prefixes():
        lines += [f"Disallow: {prefix}{path}" for path in KEPT_FROM_ROBOTS]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain")


@require_safe
def change_password(request: HttpRequest) -> HttpResponse:
    """Where password managers look for the page that changes a password."""
    if not features_of(request).client_login:
        raise Http404
    return redirect("account_change_password")


def _prefixes() -> list[str]:
    return [
        "/" if code == settings.LANGUAGE_CODE else f"/{code}/" for code, _name in settings.LANGUAGES
    ]
