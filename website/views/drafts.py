"""Who is coming, and keeping the time meanwhile (C6).

A draft keeps its typed data when its time runs out: the step that needs the time asks for the
same one again, and where it is gone offers the nearest (409).
"""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from bookings.errors import HoldGone, SlotTaken
from bookings.holds import extend_hold, renew_hold, save_details
from bookings.models import Hold
from clients.people import update_client
from foundation.errors import DomainError
from website import flow
from website.forms_booking import GUEST_FIELDS, GuestForm, OwnDetailsForm
from website.visitors import business_of, ensure_my_client, my_client, my_user


def _details_form(request: HttpRequest, hold: Hold, data: Any = None) -> Form:
    business = business_of(request)
    client = my_client(request)
    initial = hold.details | hold.details.get("typed", {})
    if my_user(request) is None:
        return GuestForm(data, initial=initial, business=business)
    ask_phone = client is None or not client.phone
    return OwnDetailsForm(data, initial=initial, business=business, ask_phone=ask_phone)


def _render_details(
    request: HttpRequest, hold: Hold, form: Form, *, status: int = 200, **extra: Any
) -> HttpResponse:
    context = flow.draft_context(request, hold, "details")
    context |= {"form": form, "client": my_client(request), "signed_in": my_user(request)}
    return render(request, "website/book_details.html", context | extra, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@flow.draft_page
def details(request: HttpRequest, hold: Hold) -> HttpResponse:
    """Who is coming."""
    if request.method != "POST":
        return _render_details(request, hold, _details_form(request, hold))
    form = _details_form(request, hold, request.POST)
    if not form.is_valid():
        return _render_details(request, hold, form, status=422)
    hold = save_details(hold=hold, details=_plain(form))
    try:
        if flow.is_expired(hold):
            hold = renew_hold(hold=hold)
    except HoldGone:
        raise  # booked meanwhile: the draft leads to its visit
    except DomainError as error:
        return _render_details(request, hold, form, **conflict(error))
    if my_user(request) is not None:
        _keep_phone(request, form)
    return redirect("website:book_review", hold.token)


def _plain(form: Form) -> dict[str, Any]:
    """The values as the draft's JSON holds them, a phone number in its full form; what was only
    typed and never checked goes."""
    checked = {
        name: value if isinstance(value, bool) else str(value)
        for name, value in form.cleaned_data.items()
    }
    return checked | {"typed": {}}


def _keep_phone(request: HttpRequest, form: Form) -> None:
    """A number typed once by somebody signed in is not asked for again."""
    client = ensure_my_client(request)
    if client is not None and form.cleaned_data.get("phone"):
        update_client(client=client, actor=my_user(request), phone=str(form.cleaned_data["phone"]))


def conflict(error: DomainError) -> dict[str, Any]:
    """What a page says when a command refused: the reason, and other times where there are."""
    nearest = error.nearest if isinstance(error, SlotTaken) else []
    return {"status": error.status, "conflict": str(error), "nearest": nearest}


@require_POST
@flow.draft_page
def keep(request: HttpRequest, hold: Hold) -> HttpResponse:
    """Ten more minutes. What stands in the form is kept too, so that nothing typed is lost."""
    typed: dict[str, Any] = {
        name: request.POST[name].replace("\0", "")[:1000]
        for name in (*GUEST_FIELDS, "note")
        if name in request.POST
    }
    if typed:
        typed["news"] = "news" in request.POST
        # Apart from the checked values: the review must never run on these.
        hold = save_details(hold=hold, details={"typed": typed})
    extra: dict[str, Any] = {"just_kept": True}
    status = 200
    try:
        hold = renew_hold(hold=hold) if flow.is_expired(hold) else extend_hold(hold=hold)
    except DomainError as error:
        extra, status = {"conflict": str(error)}, error.status
    if getattr(request, "htmx", None):
        context = flow.draft_context(request, hold, "details") | extra
        return render(request, "website/book_hold.html", context, status=status)
    if status != 200:
        return _render_details(
            request, hold, _details_form(request, hold), status=status, **extra, nearest=[]
        )
    step = "website:book_review" if "form_token" in request.POST else "website:book_details"
    return redirect(step, hold.token)
