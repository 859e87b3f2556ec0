"""The mails about a visit: booked, moved, soon, cancelled. All go whatever was agreed to.

They tell facts and nothing else: a sentence that sells would turn them into marketing
(ux Annex A). Each is written from the rows as they are when it is sent, and what is not true any
more by then is not sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import BookingChange, ChangeKind, Visit
from business.profile import get_business
from foundation import clock
from foundation.writing import write_day_time
from notifications.errors import SubjectGone
from notifications.kinds import Context, MessageKind, Placeholder, Text, register
from notifications.links import site_url
from notifications.models import Message
from sales.asked_consents import CONSENT_ASKED
from sales.asked_links import VISIT_LINK
from sales.calendar_files import is_cancelled, manage_url
from sales.checkout_receipts import SALE_RECEIPT
from sales.message_facts import (
    OF_A_BOOKED_VISIT,
    OF_A_CANCELLED_VISIT,
    OF_A_COMING_VISIT,
    OF_A_VISIT,
    account_of_guest,
    calendar_of,
    cancelling,
    facts_of,
    price_of,
    reason_of,
    returned_to,
    visit_of,
)
from sales.waiting_messages import WAITING_KINDS

MOVED_ONLY = {
    "was": Placeholder(
        gettext_lazy("When it was before, as a sentence"),
        gettext_lazy("It was booked for Mon 3 Nov 10:00 before."),
    ),
}


def moved_key(visit: Visit) -> str:
    """The dedupe key of the mail that tells of the visit's last move."""
    return f"visit:{visit.pk}:moved:{visit.calendar_sequence}"


def reminder_key(visit: Visit) -> str:
    """The dedupe key of the reminder for the time that the visit has now: another time is
    another fact."""
    return f"visit:{visit.pk}:reminder:{visit.calendar_sequence}"


def _booked(messages: Sequence[Message]) -> Context:
    """Nothing to say about a visit that was cancelled, or is over, before the mail left."""
    visit = visit_of(messages[0])
    if is_cancelled(visit) or visit.ends_at <= clock.now():
        raise SubjectGone
    return _coming(messages[0], visit, account=account_of_guest(visit))


def _moved(messages: Sequence[Message]) -> Context:
    """Only the last move is worth telling, and only while the visit is to come."""
    visit = visit_of(messages[0])
    if messages[0].dedupe_key != moved_key(visit):
        raise SubjectGone
    if is_cancelled(visit) or visit.ends_at <= clock.now():
        raise SubjectGone
    return _coming(messages[0], visit, was=_was(visit))


def _reminder(messages: Sequence[Message]) -> Context:
    """Not for a visit that was cancelled, moved or begun since the reminder was queued."""
    visit = visit_of(messages[0])
    if messages[0].dedupe_key != reminder_key(visit):
        raise SubjectGone
    if is_cancelled(visit) or visit.starts_at <= clock.now():
        raise SubjectGone
    return _coming(messages[0], visit)


def _coming(message: Message, visit: Visit, **more: str) -> Context:
    business = get_business()
    return Context(
        {
            **facts_of(visit, business),
            "price": price_of(visit, business),
            "cancelling": cancelling(visit, business),
            "manage_link": manage_url(visit, message.language),
            **more,
        },
        attachments=[calendar_of(visit, business)],
    )


def _was(visit: Visit) -> str:
    """When the visit was before its last move; nothing where only the provider changed."""
    moves = BookingChange.objects.filter(booking__visit=visit, kind=ChangeKind.MOVED)
    last = moves.order_by("-pk").first()
    if last is None or last.starts_before == last.starts_after:
        return ""
    # Of a visit with several bookings the first one says when it began.
    before = min(moves.filter(created_at=last.created_at).values_list("starts_before", flat=True))
    return _("It was booked for %(when)s before.") % {
        "when": write_day_time(before, get_business().zone)
    }


def _cancelled(messages: Sequence[Message]) -> Context:
    return _gone(messages[0], "/book/")


def _session_cancelled(messages: Sequence[Message]) -> Context:
    return _gone(messages[0], "/classes/")


def _gone(message: Message, again: str) -> Context:
    """Nothing to say where the cancellation was taken back before the mail left."""
    visit, business = visit_of(message), get_business()
    if not is_cancelled(visit):
        raise SubjectGone
    return Context(
        {
            **facts_of(visit, business),
            "reason": reason_of(message),
            "returned": "\n".join(returned_to(visit, business)),
            "book_link": site_url(again, message.language),
        },
        attachments=[calendar_of(visit, business)],
    )


VISIT_BOOKED = MessageKind(
    code="visit_booked",
    label=gettext_lazy("Visit booked"),
    consent_class="service",
    own_placeholders=OF_A_VISIT | OF_A_COMING_VISIT | OF_A_BOOKED_VISIT,
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
            "{account}\n\n"
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
            "{account}\n\n"
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
            "{account}\n\n"
            "Varaustunnus: {reference}",
        ),
    },
)

VISIT_MOVED = MessageKind(
    code="visit_moved",
    label=gettext_lazy("Visit moved"),
    consent_class="service",
    own_placeholders=OF_A_VISIT | MOVED_ONLY | OF_A_COMING_VISIT,
    build=_moved,
    texts={
        "en": Text(
            "Moved: {day} {time} at {business_name}",
            "Hi {client_name},\n\n"
            "Your visit is moved to **{day}** at **{time}**.\n\n"
            "{was}\n\n"
            "{what}\n\n"
            "{price}\n\n"
            "{business_address}\n\n"
            "{cancelling}\n\n"
            "[See your booking]({manage_link})\n\n"
            "Reference: {reference}",
        ),
        "da": Text(
            "Flyttet: {day} kl. {time} hos {business_name}",
            "Hej {client_name}\n\n"
            "Din tid er flyttet til **{day}** kl. **{time}**.\n\n"
            "{was}\n\n"
            "{what}\n\n"
            "{price}\n\n"
            "{business_address}\n\n"
            "{cancelling}\n\n"
            "[Se din tid]({manage_link})\n\n"
            "Reference: {reference}",
        ),
        "fi": Text(
            "Siirretty: {day} klo {time}, {business_name}",
            "Hei {client_name}\n\n"
            "Aikasi on siirretty: **{day}** klo **{time}**.\n\n"
            "{was}\n\n"
            "{what}\n\n"
            "{price}\n\n"
            "{business_address}\n\n"
            "{cancelling}\n\n"
            "[Katso varauksesi]({manage_link})\n\n"
            "Varaustunnus: {reference}",
        ),
    },
)

VISIT_REMINDER = MessageKind(
    code="visit_reminder",
    label=gettext_lazy("Reminder of a visit"),
    consent_class="service",
    own_placeholders=OF_A_VISIT | OF_A_COMING_VISIT,
    build=_reminder,
    texts={
        "en": Text(
            "Reminder: {day} {time} at {business_name}",
            "Hi {client_name},\n\n"
            "We look forward to seeing you on **{day}** at **{time}**.\n\n"
            "{what}\n\n"
            "{price}\n\n"
            "{business_address}\n\n"
            "{cancelling}\n\n"
            "[Move or cancel]({manage_link})\n\n"
            "Reference: {reference}",
        ),
        "da": Text(
            "Husk: {day} kl. {time} hos {business_name}",
            "Hej {client_name}\n\n"
            "Vi glæder os til at se dig **{day}** kl. **{time}**.\n\n"
            "{what}\n\n"
            "{price}\n\n"
            "{business_address}\n\n"
            "{cancelling}\n\n"
            "[Flyt eller aflys]({manage_link})\n\n"
            "Reference: {reference}",
        ),
        "fi": Text(
            "Muistutus: {day} klo {time}, {business_name}",
            "Hei {client_name}\n\n"
            "Tervetuloa! Aikasi on **{day}** klo **{time}**.\n\n"
            "{what}\n\n"
            "{price}\n\n"
            "{business_address}\n\n"
            "{cancelling}\n\n"
            "[Siirrä tai peruuta]({manage_link})\n\n"
            "Varaustunnus: {reference}",
        ),
    },
)

VISIT_CANCELLED = MessageKind(
    code="visit_cancelled",
    label=gettext_lazy("Visit cancelled"),
    consent_class="service",
    own_placeholders=OF_A_VISIT | OF_A_CANCELLED_VISIT,
    build=_cancelled,
    texts={
        "en": Text(
            "Cancelled: {day} {time} at {business_name}",
            "Hi {client_name},\n\n"
            "Your visit on **{day}** at **{time}** is cancelled.\n\n"
            "{reason}\n\n"
            "{what}\n\n"
            "{returned}\n\n"
            "[Book another time]({book_link})\n\n"
            "Reference: {reference}",
        ),
        "da": Text(
            "Aflyst: {day} kl. {time} hos {business_name}",
            "Hej {client_name}\n\n"
            "Din tid **{day}** kl. **{time}** er aflyst.\n\n"
            "{reason}\n\n"
            "{what}\n\n"
            "{returned}\n\n"
            "[Book en anden tid]({book_link})\n\n"
            "Reference: {reference}",
        ),
        "fi": Text(
            "Peruutettu: {day} klo {time}, {business_name}",
            "Hei {client_name}\n\n"
            "Aikasi **{day}** klo **{time}** on peruutettu.\n\n"
            "{reason}\n\n"
            "{what}\n\n"
            "{returned}\n\n"
            "[Varaa toinen aika]({book_link})\n\n"
            "Varaustunnus: {reference}",
        ),
    },
)


SESSION_CANCELLED = MessageKind(
    code="session_cancelled",
    label=gettext_lazy("Class cancelled"),
    consent_class="service",
    own_placeholders=OF_A_VISIT | OF_A_CANCELLED_VISIT,
    build=_session_cancelled,
    texts={
        "en": Text(
            "Class cancelled: {day} {time} at {business_name}",
            "Hi {client_name},\n\n"
            "We are sorry: your class on **{day}** at **{time}** does not take place.\n\n"
            "{reason}\n\n"
            "{what}\n\n"
            "{returned}\n\n"
            "[Book another class]({book_link})\n\n"
            "Reference: {reference}",
        ),
        "da": Text(
            "Holdet er aflyst: {day} kl. {time} hos {business_name}",
            "Hej {client_name}\n\n"
            "Vi beklager: dit hold **{day}** kl. **{time}** bliver ikke til noget.\n\n"
            "{reason}\n\n"
            "{what}\n\n"
            "{returned}\n\n"
            "[Book et andet hold]({book_link})\n\n"
            "Reference: {reference}",
        ),
        "fi": Text(
            "Tunti peruttu: {day} klo {time}, {business_name}",
            "Hei {client_name}\n\n"
            "Olemme pahoillamme: tuntiasi **{day}** klo **{time}** ei pidetä.\n\n"
            "{reason}\n\n"
            "{what}\n\n"
            "{returned}\n\n"
            "[Varaa toinen tunti]({book_link})\n\n"
            "Varaustunnus: {reference}",
        ),
    },
)


def register_kinds() -> None:
    register(VISIT_BOOKED)
    register(VISIT_MOVED)
    register(VISIT_REMINDER)
    register(VISIT_CANCELLED)
    register(SESSION_CANCELLED)
    register(VISIT_LINK)
    register(CONSENT_ASKED)
    register(SALE_RECEIPT)
    for kind in WAITING_KINDS:
        register(kind)
