"""Putting somebody into a class: a client who is known or new, or who is in line (S9).

When it is full, a role that may change classes gives it the place more in the same press.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.base import actor_of
from backoffice.new_booking_client import (
    Who,
    change_who,
    check_who,
    complete,
    look_alikes,
    read_who,
)
from backoffice.sessions import (
    BOOK,
    CHANGE,
    ONE,
    do,
    find_session,
    is_open_at_desk,
    show_roster,
    title_of,
    with_session,
)
from bookings.errors import AlreadyBooked, NotInLine, SessionFull
from bookings.models import ClassSession, Source, Visit, WaitingPlace
from bookings.waiting import places_open_to
from business.profile import get_business
from foundation import clock
from foundation.errors import DomainError
from foundation.form_tokens import content_hash, new_form_token, was_used
from foundation.models import User
from foundation.staff import post_only, refusal, staff_page, staff_response
from sales.visits import book_place
from sales.waiting import take_waiting_place

MOST = 500
BOOKING, ANYWAY, RAISING = "book", "anyway", "raise"


class PlacesForm(forms.Form):
    places = forms.IntegerField(
        label=gettext_lazy("Places"),
        min_value=1,
        max_value=MOST,
        error_messages={"required": gettext_lazy("Enter how many places")},
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    note = forms.CharField(
        label=gettext_lazy("Note (optional)"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Stands with the booking. The client does not see it."),
    )
    tell = forms.BooleanField(required=False)
    raise_to = forms.IntegerField(required=False, min_value=1, max_value=MOST)


@dataclass
class Addition:
    """The form, read. ``raise_to`` is the number of places that would let them in."""

    data: QueryDict
    who: Who
    form: PlacesForm
    refused: str = ""
    raise_to: int | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def all_errors(self) -> list[tuple[str, str]]:
        found = {**self.who.errors, **self.errors}
        return [(f"id_{name}", text) for name, text in found.items()]

    @property
    def question(self) -> str:
        """What *Book for the new client* says yes to; "" where there is nothing to ask."""
        if not self.who.alike:
            return ""
        return content_hash([[each.pk for each in self.who.alike], self.who.typed])[:16]


@staff_page(BOOK, what=ONE)
def add(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Add someone: who, how many places, and one press."""

    def answer(session: ClassSession) -> HttpResponseBase:
        actor = actor_of(request)
        if not is_open_at_desk(session):
            return redirect("backoffice:session", session.pk)
        if request.method != "POST":
            data = QueryDict(mutable=True)
            data.update({"tell": "on", "places": "1", "client": request.GET.get("client", "")})
            return _show(request, session, _read(data, actor))
        data = request.POST.copy()
        step = "pick" if "pick" in data else data.get("step", BOOKING)
        change_who(data, step)
        addition = _read(data, actor)
        if step not in (BOOKING, ANYWAY, RAISING):
            return _show(request, session, addition)
        if step == RAISING and not request.user.has_perm(CHANGE):
            return refusal(request, permission=CHANGE, what=ONE)
        return _book(request, session, addition, step)

    return with_session(request, pk, answer)


@post_only
@staff_page(BOOK, what=ONE)
def take(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Move somebody from the line into the class, out of turn too."""

    def answer(session: ClassSession) -> HttpResponseBase:
        sent = request.POST.get("place", "")
        is_number = sent.isascii() and sent.isdigit() and len(sent) < 19
        line = WaitingPlace.objects.filter(session=session)
        place = line.filter(pk=int(sent)).first() if is_number else None
        return do(request, session, lambda: _take(place, actor_of(request)))

    return with_session(request, pk, answer)


def _take(place: WaitingPlace | None, actor: User) -> str:
    if place is None:
        raise NotInLine
    visit = take_waiting_place(place=place, actor=actor, by_staff=True)
    return _("%(who)s is in the class now.") % {"who": _name(visit)}


def _name(visit: Visit) -> str:
    return visit.client.full_name if visit.client else _("Personal data erased")


def _read(data: QueryDict, actor: User) -> Addition:
    form = PlacesForm(data)
    form.is_valid()
    return Addition(data, read_who(data, actor), form)


def _book(
    request: HttpRequest, session: ClassSession, addition: Addition, step: str
) -> HttpResponseBase:
    check_who(addition.who)
    for name, errors in addition.form.errors.items():
        addition.errors[name] = str(errors[0])
    if addition.all_errors:
        return _show(request, session, addition, status=422)
    addition.who.alike = look_alikes(addition.who, actor_of(request))
    question, token = addition.question, addition.data.get("form_token", "")
    is_answered = step != BOOKING and addition.data.get("asked") == question
    # A second press of what is booked by now: its client is known.
    if question and not is_answered and not was_used(token):
        return _show(request, session, addition, status=422, is_asking=True)
    try:
        visit = _command(request, session, addition, is_raised=step == RAISING)
    except DomainError as error:
        fresh = find_session(session.pk)
        if not is_open_at_desk(fresh):
            return show_roster(request, fresh, error=str(error), status=error.status)
        addition.refused = str(error)
        if isinstance(error, AlreadyBooked):
            addition.refused = _("This client already has a place in this class.")
        if isinstance(error, SessionFull):
            addition.raise_to = _raised(request, fresh, addition, left=error.params["left"])
        return _show(request, fresh, addition, status=error.status)
    messages.success(request, _("%(who)s is in the class now.") % {"who": _name(visit)})
    return redirect("backoffice:session", session.pk)


def _command(
    request: HttpRequest, session: ClassSession, addition: Addition, *, is_raised: bool
) -> Visit:
    asked = addition.form.cleaned_data
    return book_place(
        client=addition.who.client,
        guest=addition.who.guest(),
        session=session,
        source=Source.DESK,
        form_token=addition.data.get("form_token", ""),
        actor=actor_of(request),
        places=asked["places"],
        note=asked.get("note") or "",
        tell=bool(asked.get("tell")),
        raise_to=asked.get("raise_to") if is_raised else None,
    )


def _raised(
    request: HttpRequest, session: ClassSession, addition: Addition, *, left: int
) -> int | None:
    """How many places there would have to be, for who may say so."""
    needed = session.places + addition.form.cleaned_data["places"] - left
    is_coming = session.starts_at > clock.now()
    if needed > MOST or not is_coming or not request.user.has_perm(CHANGE):
        return None
    return needed


def _show(
    request: HttpRequest,
    session: ClassSession,
    addition: Addition,
    *,
    status: int = 200,
    is_asking: bool = False,
) -> HttpResponseBase:
    complete(addition.who, actor_of(request))
    client = addition.who.client
    open_now = places_open_to(session, client.pk if client else None)
    context = {
        "session": session,
        # The desk may book them: who stands there goes before who waits at home.
        "is_for_the_line": open_now < session.places_left,
        "addition": addition,
        "who": addition.who,
        "form": addition.form,
        "errors": addition.all_errors,
        "question": addition.question if is_asking or addition.refused else "",
        "is_asking": is_asking,
        "is_told": "tell" in addition.data,
        "form_token": addition.data.get("form_token") or new_form_token(),
    }
    title = _("Add someone to %(what)s") % {"what": title_of(session, get_business())}
    return staff_response(
        request, "backoffice/session_add.html", context, title=title, status=status
    )
