"""The mails about a visit: it is booked, it is cancelled. Both go whatever was agreed to.

They tell facts and nothing else: a sentence that sells would turn them into marketing
(ux Annex A). What a cancellation gave back is read from the rows it wrote.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Sum
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings.models import Booking, Visit
from bookings.visits import free_to_cancel_until
from business.models import Business
from business.profile import get_business
from foundation import clock
from foundation.money import format_money
from foundation.writing import local, write_clock, write_day, write_day_time, write_points
from loyalty.models import Award, AwardState, DropReason
from notifications.errors import SubjectGone
from notifications.kinds import Attachment, Context, MessageKind, Placeholder, Text, register
from notifications.links import site_url
from notifications.models import Message
from sales.calendar_files import (
    METHOD,
    is_cancelled,
    manage_url,
    one_line_address,
    visit_calendar,
)
from sales.models import Payment, Sale

_money = lazy(lambda minor: format_money(minor, currency="EUR"), str)
_long_day = lazy(lambda: write_day(dt.date(2025, 11, 4), long=True), str)
_time = lazy(lambda: write_clock(dt.datetime(2025, 11, 4, 14, 30, tzinfo=dt.UTC), dt.UTC), str)

OF_A_VISIT = {
    "day": Placeholder(gettext_lazy("Day of the visit"), _long_day()),
    "time": Placeholder(gettext_lazy("Time of the visit"), _time()),
    "what": Placeholder(
        gettext_lazy("What was booked, one line each"),
        gettext_lazy("Deep tissue massage with Anna"),
        multiline=True,
    ),
    "reference": Placeholder(gettext_lazy("Reference of the visit"), "K7M2Q4RT"),
    "business_address": Placeholder(
        gettext_lazy("Address of the business"), "Nygade 1, 8000 Aarhus"
    ),
}
BOOKED_ONLY = {
    "price": Placeholder(
        gettext_lazy("Price and how it is paid"),
        gettext_lazy("Price: €72.00. You pay at the salon."),
        multiline=True,
    ),
    "cancelling": Placeholder(
        gettext_lazy("Until when it can be cancelled, as a sentence"),
        gettext_lazy("You can cancel online until Mon 3 Nov 14:30."),
    ),
    "manage_link": Placeholder(
        gettext_lazy("Link to the visit"), "https://example.com/booking/K7M2Q4RT/", link=True
    ),
}
CANCELLED_ONLY = {
    "returned": Placeholder(
        gettext_lazy("What the client gets back, one line each"),
        gettext_lazy("€27.00 is back on the gift card ending in PQRS."),
        multiline=True,
    ),
    "book_link": Placeholder(
        gettext_lazy("Link to book again"), "https://example.com/book/", link=True
    ),
}


def _visit_of(message: Message) -> Visit:
    visit = (
        Visit.objects.filter(pk=message.subjects["visit"], client__isnull=False)
        .prefetch_related("bookings__provider")
        .first()
    )
    if visit is None:
        raise SubjectGone
    return visit


def _bookings(visit: Visit) -> list[Booking]:
    return sorted(visit.bookings.all(), key=lambda booking: (booking.starts_at, booking.pk))


def _facts(visit: Visit, business: Business) -> dict[str, str]:
    return {
        "day": write_day(local(visit.starts_at, business.zone).date(), long=True),
        "time": write_clock(visit.starts_at, business.zone),
        "what": "\n".join(_line(booking) for booking in _bookings(visit)),
        "reference": visit.ref,
        "business_address": one_line_address(business),
    }


def _line(booking: Booking) -> str:
    line = _("%(service)s with %(provider)s") % {
        "service": booking.service_name,
        "provider": booking.provider.name,
    }
    if booking.places == 1:
        return line
    return ngettext(
        "%(booking)s, %(count)d place", "%(booking)s, %(count)d places", booking.places
    ) % {"booking": line, "count": booking.places}


def _calendar(visit: Visit, business: Business) -> Attachment:
    return Attachment(
        f"visit-{visit.ref}.ics",
        visit_calendar(visit, business),
        "text/calendar",
        {"method": METHOD},
    )


def _booked(messages: Sequence[Message]) -> Context:
    """Nothing to say about a visit that was cancelled, or is over, before the mail left."""
    visit, business = _visit_of(messages[0]), get_business()
    if is_cancelled(visit) or visit.ends_at <= clock.now():
        raise SubjectGone
    return Context(
        {
            **_facts(visit, business),
            "price": _price(visit, business),
            "cancelling": _cancelling(visit, business),
            "manage_link": manage_url(visit, messages[0].language),
        },
        attachments=[_calendar(visit, business)],
    )


def _price(visit: Visit, business: Business) -> str:
    sale = Sale.objects.filter(visit=visit).first()
    if sale is None or sale.total_minor == 0:
        return _("There is nothing to pay.")

    def money(minor: int) -> str:
        return format_money(minor, currency=business.currency)

    amounts = {
        "price": money(sale.total_minor),
        "paid": money(sale.paid_minor),
        "left": money(sale.left_to_pay_minor),
    }
    if sale.paid_minor == 0:
        return _("Price: %(price)s. You pay at the salon.") % amounts
    if sale.left_to_pay_minor == 0:
        return _("Price: %(price)s, paid by gift card.") % amounts
    return (
        _("Price: %(price)s. Paid by gift card: %(paid)s. You pay %(left)s at the salon.") % amounts
    )


def _cancelling(visit: Visit, business: Business) -> str:
    until = free_to_cancel_until(visit, business)
    if until > clock.now():
        return _("You can cancel online until %(when)s.") % {
            "when": write_day_time(until, business.zone)
        }
    if business.phone:
        return _("If you cannot come, call us: %(phone)s.") % {"phone": business.phone}
    return _("If you cannot come, tell us as soon as you can.")


def _cancelled(messages: Sequence[Message]) -> Context:
    visit, business = _visit_of(messages[0]), get_business()
    return Context(
        {
            **_facts(visit, business),
            "returned": "\n".join(_returned(visit, business)),
            "book_link": site_url("/book/", messages[0].language),
        },
        attachments=[_calendar(visit, business)],
    )


def _returned(visit: Visit, business: Business) -> list[str]:
    """What went back, and which points will not come, from the rows of the cancellation."""
    lines = [
        _("%(amount)s is back on the gift card ending in %(last_four)s.")
        % {
            "amount": format_money(-refund.amount_minor, currency=business.currency),
            "last_four": refund.card_entry.card.last_four,
        }
        for refund in Payment.objects.filter(
            sale__visit=visit, refunds__isnull=False, card_entry__isnull=False
        )
        .select_related("card_entry__card")
        .order_by("pk")
        if refund.card_entry is not None
    ]
    awards = Award.objects.filter(booking__visit=visit)
    dropped = awards.filter(state=AwardState.DROPPED, reason=DropReason.CANCELLED)
    taken = awards.filter(state=AwardState.WITHDRAWN)
    if on_the_way := dropped.aggregate(sum=Sum("points"))["sum"]:
        points = write_points(on_the_way)
        lines.append(_("Points that will not be added: %(points)s.") % {"points": points})
    if credited := taken.aggregate(sum=Sum("points"))["sum"]:
        points = write_points(credited)
        lines.append(_("Points taken back from your balance: %(points)s.") % {"points": points})
    return lines


VISIT_BOOKED = MessageKind(
    code="visit_booked",
    label=gettext_lazy("Visit booked"),
    consent_class="service",
    own_placeholders=OF_A_VISIT | BOOKED_ONLY,
    build=_booked,
    texts={
        "en": Text(
            "Booked: {day} {time} at {business_name}",
            "Hi {client_name},\n\n"
            "Your visit is booked for **{day}** at **{time}**.\n\n"
            "{what}\n\n"
            "{price}\n\n"
            "{business_address}\n\n"
            "{cancelling}\n\n"
            "[See your booking]({manage_link})\n\n"
            "Reference: {reference}",
        ),
        "da": Text(
            "Booket: {day} kl. {time} hos {business_name}",
            "Hej {client_name}\n\n"
            "Din tid er booket **{day}** kl. **{time}**.\n\n"
            "{what}\n\n"
            "{price}\n\n"
            "{business_address}\n\n"
            "{cancelling}\n\n"
            "[Se din tid]({manage_link})\n\n"
            "Reference: {reference}",
        ),
        "fi": Text(
            "Varattu: {day} klo {time}, {business_name}",
            "Hei {client_name}\n\n"
            "Aikasi on varattu: **{day}** klo **{time}**.\n\n"
            "{what}\n\n"
            "{price}\n\n"
            "{business_address}\n\n"
            "{cancelling}\n\n"
            "[Katso varauksesi]({manage_link})\n\n"
            "Varaustunnus: {reference}",
        ),
    },
)

VISIT_CANCELLED = MessageKind(
    code="visit_cancelled",
    label=gettext_lazy("Visit cancelled"),
    consent_class="service",
    own_placeholders=OF_A_VISIT | CANCELLED_ONLY,
    build=_cancelled,
    texts={
        "en": Text(
            "Cancelled: {day} {time} at {business_name}",
            "Hi {client_name},\n\n"
            "Your visit on **{day}** at **{time}** is cancelled.\n\n"
            "{what}\n\n"
            "{returned}\n\n"
            "[Book another time]({book_link})\n\n"
            "Reference: {reference}",
        ),
        "da": Text(
            "Aflyst: {day} kl. {time} hos {business_name}",
            "Hej {client_name}\n\n"
            "Din tid **{day}** kl. **{time}** er aflyst.\n\n"
            "{what}\n\n"
            "{returned}\n\n"
            "[Book en anden tid]({book_link})\n\n"
            "Reference: {reference}",
        ),
        "fi": Text(
            "Peruutettu: {day} klo {time}, {business_name}",
            "Hei {client_name}\n\n"
            "Aikasi **{day}** klo **{time}** on peruutettu.\n\n"
            "{what}\n\n"
            "{returned}\n\n"
            "[Varaa toinen aika]({book_link})\n\n"
            "Varaustunnus: {reference}",
        ),
    },
)


def register_kinds() -> None:
    register(VISIT_BOOKED)
    register(VISIT_CANCELLED)
