"""What the mails about a visit have in common: their variables, and where the values come from.

What a cancellation gave back is read from the rows it wrote.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Sum
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings.models import Booking, Visit
from bookings.visits import free_to_cancel_until
from business.models import Business
from foundation import clock
from foundation.crypto import decrypt
from foundation.models import User
from foundation.money import format_money
from foundation.writing import local, write_clock, write_day, write_day_time, write_points
from loyalty.models import Award, AwardState, DropReason
from notifications.errors import SubjectGone
from notifications.kinds import Attachment, Placeholder
from notifications.models import Message
from sales.calendar_files import METHOD, one_line_address, visit_calendar
from sales.models import Payment, Sale, SaleLine, Tender

_long_day = lazy(lambda: write_day(dt.date(2025, 11, 4), long=True), str)
_time = lazy(lambda: write_clock(dt.datetime(2025, 11, 4, 14, 30, tzinfo=dt.UTC), dt.UTC), str)

#: An instant of the examples, in the language that they are shown in.
a_day_time = lazy(
    lambda: write_day_time(dt.datetime(2025, 11, 4, 14, 30, tzinfo=dt.UTC), dt.UTC), str
)

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
OF_A_BOOKED_VISIT = {
    "account": Placeholder(
        gettext_lazy("To a guest whose address has an account: that it has"),
        gettext_lazy("You have an account with this address. Sign in, and add this booking to it."),
    ),
}
OF_A_COMING_VISIT = {
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
OF_A_CANCELLED_VISIT = {
    "reason": Placeholder(
        gettext_lazy("Why it is cancelled, if staff said so"),
        gettext_lazy("Anna has fallen ill."),
        multiline=True,
    ),
    "returned": Placeholder(
        gettext_lazy("What the client gets back, one line each"),
        gettext_lazy("€27.00 is back on the gift card ending in PQRS."),
        multiline=True,
    ),
    "book_link": Placeholder(
        gettext_lazy("Link to book again"), "https://example.com/book/", link=True
    ),
}


def visit_of(message: Message) -> Visit:
    """The visit that a message is about. Raises SubjectGone once it is stripped of its client."""
    visit = (
        Visit.objects.filter(pk=message.subjects["visit"], client__isnull=False)
        .prefetch_related("bookings__provider", "bookings__add_ons")
        .first()
    )
    if visit is None:
        raise SubjectGone
    return visit


def facts_of(visit: Visit, business: Business) -> dict[str, str]:
    """The values of ``OF_A_VISIT`` in the active language."""
    bookings = sorted(visit.bookings.all(), key=lambda each: (each.starts_at, each.pk))
    lines = [_line(booking) for booking in bookings]
    if len(lines) > 1:
        hours = (write_clock(each.starts_at, business.zone) for each in bookings)
        lines = [f"{hour} {line}" for hour, line in zip(hours, lines, strict=True)]
    return {
        "day": write_day(local(visit.starts_at, business.zone).date(), long=True),
        "time": write_clock(visit.starts_at, business.zone),
        "what": "\n".join(lines),
        "reference": visit.ref,
        "business_address": one_line_address(business),
    }


def _line(booking: Booking) -> str:
    service = booking.service_name
    if booking.by_points:
        service = _("%(service)s (Reward)") % {"service": service}
    names = [service, *(add_on.name for add_on in booking.add_ons.all())]
    line = _("%(service)s with %(provider)s") % {
        "service": " + ".join(names),
        "provider": booking.provider.name,
    }
    if booking.places == 1:
        return line
    return ngettext(
        "%(booking)s, %(count)d place", "%(booking)s, %(count)d places", booking.places
    ) % {"booking": line, "count": booking.places}


def cancelling(visit: Visit, business: Business) -> str:
    """Until when the client may cancel, or what to do instead."""
    until = free_to_cancel_until(visit, business)
    if until > clock.now():
        return _("You can cancel online until %(when)s.") % {
            "when": write_day_time(until, business.zone)
        }
    if business.phone:
        return _("If you cannot come, call us: %(phone)s.") % {"phone": business.phone}
    return _("If you cannot come, tell us as soon as you can.")


def price_of(visit: Visit, business: Business) -> str:
    """What the visit costs, what paid it and what is left, as a sentence."""
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
    if sale.payments.exclude(tender=Tender.GIFT_CARD).exists():
        if sale.left_to_pay_minor == 0:
            return _("Price: %(price)s, paid.") % amounts
        return _("Price: %(price)s. Paid: %(paid)s. You pay %(left)s at the salon.") % amounts
    if sale.left_to_pay_minor == 0:
        return _("Price: %(price)s, paid by gift card.") % amounts
    return (
        _("Price: %(price)s. Paid by gift card: %(paid)s. You pay %(left)s at the salon.") % amounts
    )


def returned_to(visit: Visit, business: Business) -> list[str]:
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
    spent = SaleLine.objects.filter(
        booking__visit=visit, spend_entry__reversed_by__isnull=False
    ).aggregate(sum=Sum("spend_entry__amount"))["sum"]
    if spent:
        lines.append(
            _("Points that are back on your balance: %(points)s.")
            % {"points": write_points(-spent)}
        )
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


def account_of_guest(visit: Visit) -> str:
    """What a guest may not be told on the site, where anybody types any address."""
    client = visit.client
    if client is None or client.user_id is not None or not client.email:
        return ""
    if not User.objects.filter(email=client.email.lower(), is_active=True).exists():
        return ""
    return _("You have an account with this address. Sign in, and add this booking to it.")


def reason_of(message: Message) -> str:
    """Why staff cancelled, in their own words; nothing where they gave no reason. The message keeps
    it encrypted until it is sent."""
    return decrypt(message.secret) if message.secret else ""


def calendar_of(visit: Visit, business: Business) -> Attachment:
    """The visit's calendar file as it is now."""
    return Attachment(
        f"visit-{visit.ref}.ics",
        visit_calendar(visit, business),
        "text/calendar",
        {"method": METHOD},
    )
