"""The mail that brings a gift card to its owner, with the code.

The code is opened when the mail is written and stands in nothing else: not in the outbox, not in
a task, not in a log (reliability T03).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from babel import dates
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from business.profile import get_business
from foundation import clock
from foundation.money import format_money, locale_for
from foundation.writing import local
from giftcards.cards import reveal_code
from giftcards.models import GiftCard
from notifications.errors import SubjectGone
from notifications.kinds import Context, MessageKind, Placeholder, Text, register
from notifications.links import site_url
from notifications.models import Message


def write_date(day: dt.date) -> str:
    """A date with its year: ``4 November 2025``, ``4. november 2025``."""
    return dates.format_date(day, "long", locale=locale_for())


_money = lazy(lambda minor: format_money(minor, currency="EUR"), str)
_day = lazy(lambda: write_date(dt.date(2028, 11, 4)), str)

PLACEHOLDERS = {
    "code": Placeholder(_("The code of the card"), "ABCD-EFGH-JKMN-PQRS"),
    "card_name": Placeholder(_("Name of the gift card"), _("Gift card €50")),
    "amount": Placeholder(_("Value of the card"), _money(50_00)),
    "balance": Placeholder(_("What is left on the card"), _money(50_00)),
    "valid_until": Placeholder(_("Last day of the card"), _day()),
    "card_link": Placeholder(_("Link to the card"), "https://example.com/g/…/", link=True),
}


def _build(messages: Sequence[Message]) -> Context:
    message = messages[0]
    card = GiftCard.objects.select_related("type").filter(pk=message.subjects["card"]).first()
    if card is None or card.voided_at is not None or card.expires_at <= clock.now():
        raise SubjectGone
    business = get_business()
    return Context(
        {
            "code": reveal_code(card),
            "card_name": card.type.name,
            "amount": format_money(card.value_minor, currency=business.currency),
            "balance": format_money(card.balance, currency=business.currency),
            "valid_until": write_date(local(card.expires_at, business.zone).date()),
            "card_link": site_url(f"/g/{card.token}/", message.language),
        }
    )


GIFT_CARD_DELIVERY = MessageKind(
    code="gift_card_delivery",
    label=_("Gift card delivery"),
    consent_class="service",
    own_placeholders=PLACEHOLDERS,
    required=("code",),
    build=_build,
    texts={
        "en": Text(
            "Your gift card from {business_name}: {amount}",
            "Hi {client_name},\n\n"
            "Here is your gift card for **{amount}**. The code is:\n\n"
            "**{code}**\n\n"
            "Enter the code when you book, or say it at the salon. It can pay in parts until it "
            "is used up, and it is valid until {valid_until}.\n\n"
            "Whoever has the code can pay with it, so keep it as you keep money.\n\n"
            "[See the gift card]({card_link})",
        ),
        "da": Text(
            "Dit gavekort fra {business_name}: {amount}",
            "Hej {client_name}\n\n"
            "Her er dit gavekort på **{amount}**. Koden er:\n\n"
            "**{code}**\n\n"
            "Skriv koden, når du booker, eller sig den i salonen. Kortet kan bruges ad flere "
            "gange, til det er brugt op, og det gælder til og med {valid_until}.\n\n"
            "Den, der har koden, kan betale med den, så pas på den som på penge.\n\n"
            "[Se gavekortet]({card_link})",
        ),
        "fi": Text(
            "Lahjakorttisi, {business_name}: {amount}",
            "Hei {client_name}\n\n"
            "Tässä on lahjakorttisi, arvo **{amount}**. Koodi on:\n\n"
            "**{code}**\n\n"
            "Kirjoita koodi varatessasi tai kerro se paikan päällä. Kortilla voi maksaa osissa, "
            "kunnes se on käytetty. Viimeinen voimassaolopäivä: {valid_until}.\n\n"
            "Koodilla voi maksaa kuka tahansa, jolla se on, joten säilytä sitä kuin rahaa.\n\n"
            "[Katso lahjakortti]({card_link})",
        ),
    },
)


def register_kinds() -> None:
    register(GIFT_CARD_DELIVERY)
