"""Who may see a page that is for one person, and what keeps its address a secret."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from website.visitors import (
    View,
    ensure_my_client,
    features_of,
    my_client,
    my_user,
    private_page,
)


def secret_address(view: View) -> View:
    """A private page whose address carries a token: no referrer ever holds its path.

    Not ``no-referrer``: browsers then send ``Origin: null`` with a form, which the CSRF check
    refuses.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = private_page(view)(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "strict-origin"
        return response

    return wrapped


def for_clients(view: View) -> View:
    """For somebody signed in as a client, who is the view's second argument; others sign in
    first and come back here.

    While client login is off the page is not there. A member of staff who never booked has no
    client record, and looking at a page makes none: the first form sent does.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not features_of(request).client_login:
            raise Http404
        if my_user(request) is None:
            return to_sign_in(request)
        client = ensure_my_client(request) if request.method == "POST" else my_client(request)
        if client is None:
            return render(request, "website/account_open.html")
        return view(request, client, *args, **kwargs)

    return private_page(wrapped)


def to_sign_in(request: HttpRequest, back: str = "") -> HttpResponse:
    """Off to the sign-in page and then to ``back``, else to where the visitor was; a fragment
    cannot hold it, so htmx moves the page."""
    sign_in = reverse("account_login")
    if getattr(request, "htmx", None):
        address = redirect_to_login(back or reverse("website:account"), sign_in)
        return HttpResponse(status=401, headers={"HX-Redirect": address.headers["Location"]})
    return redirect_to_login(back or request.get_full_path(), sign_in)
