"""The receipt of a completed sale by mail, to the client whose sale it is.

It is written when it leaves, from the rows as they are then: what was refunded meanwhile says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from business.models import Business
from business.profile import get_business
from foundation.form_tokens import once
from foundation.models import User
from foundation.money import format_money
from foundation.writing import write_day_time, write_points
from notifications.errors import SubjectGone
from notifications.kinds import Context, MessageKind, Placeholder, Text
from notifications.models import Message
from notifications.outbox import nudge_sending, queue_message
from sales.calendar_files import one_line_address
from sales.checkout_lines import may_check_out
from sales.checkout_sums import lines_of, payments_of, vat_parts
from sales.errors import NobodyToWriteTo, SaleClosed
from sales.message_facts import a_day_time
from sales.models import Sale, SaleLine, SaleState


def send_receipt(*, sale: Sale, form_token: str, actor: User) -> Message | None:
    """Mail the receipt to the sale's client, once per form. Raises NobodyToWriteTo without a client
    or an address, SaleClosed for what was not completed, NotAllowed."""
    may_check_out(actor)
    with transaction.atomic():
        fresh = Sale.objects.select_related("client").get(pk=sale.pk)
        if fresh.state != SaleState.COMPLETED or fresh.number is None:
            raise SaleClosed
        if fresh.client is None or not fresh.client.email:
            raise NobodyToWriteTo
        with once(token=form_token, purpose="receipt", content=[sale.pk]) as use:
            if use.result:
                return Message.objects.filter(pk=int(use.result)).first()
            message = queue_message(
                kind="sale_receipt",
                client=fresh.client,
                subjects={"sale": fresh.pk},
                dedupe_key=f"sale:{fresh.pk}:receipt:{form_token}",
            )
            use.result = str(message.pk) if message else ""
        nudge_sending()
    return message


def name_of(line: SaleLine) -> str:
    """What was sold, as the receipt says it: with how many of it, and whether points paid."""
    name = line.booking.service_name if line.booking else line.name
    if not name:
        label = str(line.get_kind_display())
        name = label[:1].upper() + label[1:]
    if line.reward_id is not None or line.spend_entry_id is not None:
        name = _("%(what)s (Reward)") % {"what": name}
    return f"{line.quantity} × {name}" if line.quantity > 1 else name


def _receipt(messages: Sequence[Message]) -> Context:
    found = Sale.objects.filter(pk=messages[0].subjects["sale"], client__isnull=False)
    sale = found.filter(client__anonymised_at__isnull=True, number__isnull=False).first()
    if sale is None or sale.completed_at is None:
        raise SubjectGone
    business, lines = get_business(), lines_of(sale)
    return Context(
        {
            "number": str(sale.number),
            "when": write_day_time(sale.completed_at, business.zone),
            "what": "\n".join(_line(line, business) for line in lines),
            "total": format_money(sale.total_minor, currency=business.currency),
            "vat": "\n".join(
                _("VAT %(rate)s: %(amount)s")
                % {"rate": part.percent, "amount": _money(part.vat_minor, business)}
                for part in vat_parts(lines, business)
            ),
            "paid": "\n".join(
                f"{each.shown_tender}: {_money(each.amount_minor, business)}"
                for each in payments_of(sale)
            ),
            "business_address": one_line_address(business),
        }
    )


def _money(minor: int, business: Business) -> str:
    return format_money(minor, currency=business.currency)


def _line(line: SaleLine, business: Business) -> str:
    words = {"what": name_of(line), "amount": _money(line.amount_minor, business)}
    if line.refunded_at is not None:
        return _("%(what)s: %(amount)s, refunded") % words
    if line.reward_points:
        return _("%(what)s: %(points)s") % {**words, "points": write_points(line.reward_points)}
    return f"{words['what']}: {words['amount']}"


SALE_RECEIPT = MessageKind(
    code="sale_receipt",
    label=gettext_lazy("Receipt"),
    consent_class="service",
    own_placeholders={
        "number": Placeholder(gettext_lazy("Number of the receipt"), "1024"),
        "when": Placeholder(gettext_lazy("When it was paid"), a_day_time()),
        "what": Placeholder(
            gettext_lazy("What was sold, one line each"),
            gettext_lazy("Rosehip oil 30 ml: €24.00"),
            multiline=True,
        ),
        "total": Placeholder(gettext_lazy("The total"), "€24.00"),
        "vat": Placeholder(
            gettext_lazy("The VAT in it, one line per rate"), "VAT 25.5%: €4.88", multiline=True
        ),
        "paid": Placeholder(
            gettext_lazy("How it was paid, one line each"),
            gettext_lazy("Card: €24.00"),
            multiline=True,
        ),
        "business_address": Placeholder(
            gettext_lazy("Address of the business"), "Nygade 1, 8000 Aarhus"
        ),
    },
    required=("number",),
    build=_receipt,
    texts={
        "en": Text(
            "Your receipt from {business_name}",
            "Hi {client_name},\n\n"
            "Here is your receipt number **{number}** of {when}.\n\n"
            "{what}\n\n"
            "**Total: {total}**\n\n"
            "{vat}\n\n"
            "{paid}\n\n"
            "{business_address}",
        ),
        "da": Text(
            "Din kvittering fra {business_name}",
            "Hej {client_name}\n\n"
            "Her er din kvittering nummer **{number}** fra {when}.\n\n"
            "{what}\n\n"
            "**I alt: {total}**\n\n"
            "{vat}\n\n"
            "{paid}\n\n"
            "{business_address}",
        ),
        "fi": Text(
            "Kuittisi, {business_name}",
            "Hei {client_name}\n\n"
            "Tässä on kuittisi numero **{number}**, {when}.\n\n"
            "{what}\n\n"
            "**Yhteensä: {total}**\n\n"
            "{vat}\n\n"
            "{paid}\n\n"
            "{business_address}",
        ),
    },
)
