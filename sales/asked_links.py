"""The link to a booked visit once more, for who lost it or has one that is no longer valid.

Anybody can type any reference and address. The mail goes to the record's own address, and only
where both belong together; whoever asked is told nothing of that.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy

from bookings.visits import find_visit_of_address
from business.profile import get_business
from foundation import clock
from notifications.errors import SubjectGone
from notifications.kinds import Context, MessageKind, Text
from notifications.models import Message
from notifications.outbox import nudge_sending, queue_message
from sales.calendar_files import manage_url
from sales.message_facts import OF_A_COMING_VISIT, OF_A_VISIT, facts_of, visit_of

ONCE_IN_SECONDS = 10 * 60
_TOLD = ("day", "time", "reference")


def send_visit_link(*, ref: str, email: str) -> None:
    """Mail the visit's link to its client if ``email`` is theirs, at most once in ten minutes."""
    with transaction.atomic():
        visit = find_visit_of_address(ref, email)
        if visit is not None:
            window = int(clock.now().timestamp()) // ONCE_IN_SECONDS
            queue_message(
                kind="visit_link",
                client=visit.client,
                subjects={"visit": visit.pk},
                dedupe_key=f"visit:{visit.pk}:link:{window}",
            )
        # Always: a nudge that is told only where there is a mail would be an answer.
        nudge_sending()


def _link(messages: Sequence[Message]) -> Context:
    visit = visit_of(messages[0])
    if visit.hidden_at is not None:
        raise SubjectGone
    facts = facts_of(visit, get_business())
    link = manage_url(visit, messages[0].language)
    return Context({**{name: facts[name] for name in _TOLD}, "manage_link": link})


VISIT_LINK = MessageKind(
    code="visit_link",
    label=gettext_lazy("Link to a booking"),
    consent_class="service",
    own_placeholders={name: OF_A_VISIT[name] for name in _TOLD}
    | {"manage_link": OF_A_COMING_VISIT["manage_link"]},
    required=("manage_link",),
    build=_link,
    texts={
        "en": Text(
            "The link to your booking at {business_name}",
            "Hi {client_name},\n\n"
            "Here is the link to your booking on **{day}** at **{time}**, as you asked on our "
            "website.\n\n"
            "[See your booking]({manage_link})\n\n"
            "If it was not you who asked, you need not do anything.\n\n"
            "Reference: {reference}",
        ),
        "da": Text(
            "Linket til din tid hos {business_name}",
            "Hej {client_name}\n\n"
            "Her er linket til din tid **{day}** kl. **{time}**, som du har bedt om på vores "
            "hjemmeside.\n\n"
            "[Se din tid]({manage_link})\n\n"
            "Var det ikke dig, der bad om det, skal du ikke gøre noget.\n\n"
            "Reference: {reference}",
        ),
        "fi": Text(
            "Linkki varaukseesi, {business_name}",
            "Hei {client_name}\n\n"
            "Tässä on verkkosivuillamme pyytämäsi linkki varaukseesi **{day}** klo **{time}**.\n\n"
            "[Katso varauksesi]({manage_link})\n\n"
            "Jos et pyytänyt linkkiä, sinun ei tarvitse tehdä mitään.\n\n"
            "Varaustunnus: {reference}",
        ),
    },
)
