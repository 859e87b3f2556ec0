"""The mails about a place in line: joined, a place is free, nothing became free in time.

They always go: whoever joins the line asked for them. Each is written from the row as it is when
it is sent; an offer that was taken, or has run out, is not announced any more.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import IN_LINE, WaitingPlace, WaitingState
from bookings.waiting import is_offered, position_of, waiting_token, with_parts
from business.models import Business
from business.profile import get_business
from foundation import clock
from foundation.writing import write_clock, write_day, write_day_time
from notifications.errors import SubjectGone
from notifications.kinds import Context, MessageKind, Placeholder, Text
from notifications.links import site_url
from notifications.models import Message
from sales.message_facts import a_day_time

OF_A_PLACE = {
    "what": Placeholder(
        gettext_lazy("What the place is for, in one line"),
        gettext_lazy("Yoga basics, Tue 4 Nov 17:30"),
    )
}
_LINK = {
    "waiting_link": Placeholder(
        gettext_lazy("Link to the place in line"), "https://example.com/waiting/…/", link=True
    )
}
_JOINED = {
    "position": Placeholder(
        gettext_lazy("The place in line, as a sentence"),
        gettext_lazy("You are number 2 in line."),
    ),
    "how": Placeholder(
        gettext_lazy("What happens when a place opens, as a sentence"),
        gettext_lazy("When a place opens, we write to you and keep it for you for a while."),
    ),
}
_OFFER = {
    "until": Placeholder(gettext_lazy("Until when the place is kept"), a_day_time()),
}
_OVER = {
    "book_link": Placeholder(
        gettext_lazy("Link to book something else"), "https://example.com/book/", link=True
    )
}


def waiting_url(place: WaitingPlace, language: str | None = None) -> str:
    """The address of the place's own page, with the signature that opens it to its holder."""
    return site_url(f"/classes/w/{waiting_token(place)}/", language)


def _place_of(message: Message) -> WaitingPlace:
    places = with_parts(WaitingPlace.objects.filter(pk=message.subjects["waiting_place"]))
    place = places.filter(client__anonymised_at__isnull=True).first()
    if place is None:
        raise SubjectGone
    return place


def _what(place: WaitingPlace, business: Business) -> str:
    """``Yoga basics, Tue 4 Nov 17:30``; of a day without an offer only the day."""
    starts_at = place.session.starts_at if place.session is not None else None
    if place.hold is not None:
        starts_at = place.hold.starts_at
    if starts_at is not None:
        when = write_day_time(starts_at, business.zone)
    else:
        when = write_day(place.day)
    return _("%(service)s, %(when)s") % {"service": place.service.name, "when": when}


def _joined(messages: Sequence[Message]) -> Context:
    place, business = _place_of(messages[0]), get_business()
    if place.state not in IN_LINE:
        raise SubjectGone
    if place.automatic:
        how = _("When a place opens, we book it for you and tell you.")
    else:
        how = _("When a place opens, we write to you and keep it for you for a while.")
    return Context(
        {
            "what": _what(place, business),
            "position": _("You are number %(number)s in line.") % {"number": position_of(place)},
            "how": how,
            "waiting_link": waiting_url(place, messages[0].language),
        }
    )


def _offered(messages: Sequence[Message]) -> Context:
    place, business = _place_of(messages[0]), get_business()
    until = place.offered_until
    if until is None or not is_offered(place):
        raise SubjectGone
    day = until.astimezone(business.zone).date()
    today = clock.now().astimezone(business.zone).date()
    # Half an hour or two: the day is said only where it is another one.
    when = write_clock(until, business.zone)
    return Context(
        {
            "what": _what(place, business),
            "until": when if day == today else write_day_time(until, business.zone),
            "waiting_link": waiting_url(place, messages[0].language),
        }
    )


def _over(messages: Sequence[Message]) -> Context:
    place, business = _place_of(messages[0]), get_business()
    if place.state not in (WaitingState.OVER, WaitingState.PASSED):
        raise SubjectGone
    path = "/classes/" if place.session_id is not None else "/book/"
    return Context(
        {
            "what": _what(place, business),
            "book_link": site_url(path, messages[0].language),
        }
    )


WAITING_JOINED = MessageKind(
    code="waiting_joined",
    label=gettext_lazy("Waiting list joined"),
    consent_class="service",
    own_placeholders=OF_A_PLACE | _JOINED | _LINK,
    build=_joined,
    texts={
        "en": Text(
            "On the waiting list: {what}",
            "Hi {client_name},\n\n"
            "You are on the waiting list for **{what}**.\n\n"
            "{position}\n\n"
            "{how}\n\n"
            "[See your place or leave the list]({waiting_link})",
        ),
        "da": Text(
            "På ventelisten: {what}",
            "Hej {client_name}\n\n"
            "Du står på ventelisten til **{what}**.\n\n"
            "{position}\n\n"
            "{how}\n\n"
            "[Se din plads eller forlad listen]({waiting_link})",
        ),
        "fi": Text(
            "Jonossa: {what}",
            "Hei {client_name}\n\n"
            "Olet jonossa: **{what}**.\n\n"
            "{position}\n\n"
            "{how}\n\n"
            "[Katso paikkasi tai poistu jonosta]({waiting_link})",
        ),
    },
)

WAITING_OFFER = MessageKind(
    code="waiting_offer",
    label=gettext_lazy("Waiting list: a place is free"),
    consent_class="service",
    own_placeholders=OF_A_PLACE | _OFFER | _LINK,
    required=("waiting_link",),
    build=_offered,
    texts={
        "en": Text(
            "A place is free: {what}",
            "Hi {client_name},\n\n"
            "A place is free: **{what}**.\n\n"
            "We keep it for you until **{until}**. After that it goes to the next in line.\n\n"
            "[See and take the place]({waiting_link})",
        ),
        "da": Text(
            "Der er en ledig plads: {what}",
            "Hej {client_name}\n\n"
            "Der er en ledig plads: **{what}**.\n\n"
            "Vi holder den til dig indtil **{until}**. Derefter går den til den næste i køen.\n\n"
            "[Se og tag pladsen]({waiting_link})",
        ),
        "fi": Text(
            "Paikka vapautui: {what}",
            "Hei {client_name}\n\n"
            "Paikka vapautui: **{what}**.\n\n"
            "Pidämme sen sinulle **{until}** asti. Sen jälkeen sitä tarjotaan seuraavalle.\n\n"
            "[Katso ja varaa paikka]({waiting_link})",
        ),
    },
)

WAITING_OVER = MessageKind(
    code="waiting_over",
    label=gettext_lazy("Waiting list: nothing became free"),
    consent_class="service",
    own_placeholders=OF_A_PLACE | _OVER,
    build=_over,
    texts={
        "en": Text(
            "No place this time: {what}",
            "Hi {client_name},\n\n"
            "We are sorry: no place became free in time for **{what}**, and your place in line "
            "has ended.\n\n"
            "[Find another time]({book_link})",
        ),
        "da": Text(
            "Ingen plads denne gang: {what}",
            "Hej {client_name}\n\n"
            "Vi beklager: der blev ikke en plads ledig i tide til **{what}**, og din plads i "
            "køen er slut.\n\n"
            "[Find en anden tid]({book_link})",
        ),
        "fi": Text(
            "Paikkaa ei vapautunut: {what}",
            "Hei {client_name}\n\n"
            "Olemme pahoillamme: paikkaa ei vapautunut ajoissa (**{what}**), ja jonotuksesi on "
            "päättynyt.\n\n"
            "[Etsi toinen aika]({book_link})",
        ),
    },
)

WAITING_KINDS = (WAITING_JOINED, WAITING_OFFER, WAITING_OVER)
