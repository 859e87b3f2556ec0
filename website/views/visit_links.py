"""Ways to a booked visit for a guest (C9): its link once more, and a code that signs in.

Neither tells whether a visit, an address or an account exists.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from bookings.models import Visit
from sales.asked_links import send_visit_link
from website.forms_visit import LinkForm
from website.limits import count_try
from website.sign_in_codes import send_code
from website.views.visits import own_visit
from website.visitors import features_of, my_user, private_page


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def ask_link(request: HttpRequest, ref: str) -> HttpResponse:
    """Have the link sent to the address that the booking was made with. One answer to whatever
    was typed."""
    form = LinkForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        email = form.cleaned_data["email"]
        count_try(request, "visit-link", email)
        send_visit_link(ref=ref, email=email)
        return redirect(f"{reverse('website:visit_link', args=[ref])}?sent=1")
    context = {"form": form, "is_sent": "sent" in request.GET and request.method != "POST"}
    status = 422 if request.method == "POST" else 200
    return render(request, "website/visit_link.html", context, status=status)


@require_POST
@own_visit
def send_sign_in_code(request: HttpRequest, found: Visit) -> HttpResponse:
    """Mail a sign-in code to who booked, and lead to the page where it is typed."""
    if my_user(request) is not None:
        return redirect("website:account")
    client = found.client
    if not features_of(request).client_login or client is None or not client.email:
        raise Http404
    sent = send_code(request, client)
    return redirect("account_confirm_login_code" if sent else "account_request_login_code")
