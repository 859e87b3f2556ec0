"""What the buttons of the till's page ask for, read and handed to the commands of ``sales``.

A step that is refused says so at its own form, with everything that was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.base import actor_of
from backoffice.new_booking_client import bookable_clients
from business.profile import get_business
from catalogue.models import Product, Provider, Service
from foundation.errors import BadInput, DomainError
from foundation.models import User
from foundation.money import parse_money
from foundation.names import fold
from giftcards.cards import find_usable_card, spendable_cards_of
from giftcards.models import GiftCardType
from loyalty.models import Reward
from sales.checkout import choose_client, complete_sale, discard_sale
from sales.checkout_lines import (
    add_gift_card,
    add_product,
    add_reward,
    add_service,
    add_tip,
    change_line,
    may_check_out,
    remove_line,
)
from sales.checkout_payments import pay_cash, pay_otherwise, pay_with_card, take_back_payment
from sales.errors import CardBalanceChanged, LineGone, NotSold
from sales.models import OwnTender, Sale
from website.visitors import guess_sources

MOST_MATCHES = 8
LOOKING = ("", "show", "search", "look")


@dataclass
class Tried:
    """What became of a step: the refusal with the form's own name, or what was found."""

    step: str = ""
    sent: QueryDict = field(default_factory=QueryDict)
    error: DomainError | None = None
    matches: list[Product] = field(default_factory=list)
    is_done: bool = False
    is_over: bool = False

    @property
    def status(self) -> int:
        return self.error.status if self.error else 200

    @property
    def line(self) -> str:
        """The line whose form was sent."""
        return self.sent.get("line", "")


class NoProduct(BadInput):
    code = "no-product"
    message = gettext_lazy("No product “%(text)s”. Check the barcode, or enter a part of the name.")


def take_step(request: HttpRequest, sale: Sale) -> Tried:
    sent = request.POST
    tried = Tried(step=_step(sent), sent=sent)
    if tried.step in LOOKING:
        return tried
    actor = actor_of(request)
    try:
        if tried.step == "code":
            _pay_by_code(request, sale, actor)
        elif tried.step == "scan":
            tried.matches = _scan(sale, sent, actor)
        else:
            STEPS.get(tried.step, _nothing)(sale, sent, actor)
    except DomainError as error:
        tried.error = error
        return tried
    tried.is_over = tried.step == "discard"
    tried.is_done = not tried.matches
    if tried.step == "complete":
        messages.success(request, _("The sale is completed."))
    return tried


def _step(sent: QueryDict) -> str:
    """A button that names a thing is a step of its own: a client who was found, a way to pay."""
    for name, step in (("pick", "pick"), ("tender", "own")):
        if name in sent:
            return step
    return sent.get("step", "")


def _nothing(sale: Sale, sent: QueryDict, actor: User) -> None:
    raise BadInput


def _number(sent: QueryDict, name: str) -> int:
    """An id, or a number of pieces; 0 for anything that is none."""
    text = sent.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _amount(sent: QueryDict, name: str) -> int:
    """Minor units of what was typed. Raises BadAmount."""
    return parse_money(sent.get(name, ""), currency=get_business().currency)


def _token(sent: QueryDict) -> str:
    return sent.get("form_token", "")


def _provider(sent: QueryDict) -> Provider | None:
    return Provider.objects.filter(pk=_number(sent, "provider")).first()


# --- lines --------------------------------------------------------------------------------------


def find_products(text: str) -> list[Product]:
    """What the scanner read, or whose name has all the words; the first few."""
    offered = Product.objects.filter(archived_at__isnull=True)
    exact = list(offered.filter(barcode=text)[:1]) if text else []
    if exact:
        return exact
    words = fold(text).split()
    found = [
        each
        for each in offered
        if words
        and all(word in fold(f"{each.name_en} {each.name_da} {each.name_fi}") for word in words)
    ]
    return found[:MOST_MATCHES]


def _scan(sale: Sale, sent: QueryDict, actor: User) -> list[Product]:
    """Add what fits; several that fit are shown to choose from. Raises NoProduct."""
    text = sent.get("text", "").replace("\x00", "").strip()
    found = find_products(text)
    if not found:
        raise NoProduct(text=text)
    if len(found) > 1:
        return found
    add_product(sale=sale, product=found[0], form_token=_token(sent), actor=actor)
    return []


def _add_product(sale: Sale, sent: QueryDict, actor: User) -> None:
    product = Product.objects.filter(pk=_number(sent, "product")).first()
    if product is None:
        raise NotSold
    add_product(sale=sale, product=product, form_token=_token(sent), actor=actor)


def _add_service(sale: Sale, sent: QueryDict, actor: User) -> None:
    service = Service.objects.filter(pk=_number(sent, "service")).first()
    if service is None:
        raise NotSold
    add_service(
        sale=sale,
        service=service,
        provider=_provider(sent),
        form_token=_token(sent),
        actor=actor,
    )


def _add_gift_card(sale: Sale, sent: QueryDict, actor: User) -> None:
    card_type = GiftCardType.objects.filter(pk=_number(sent, "card_type")).first()
    if card_type is None:
        raise NotSold
    add_gift_card(sale=sale, card_type=card_type, form_token=_token(sent), actor=actor)


def _add_tip(sale: Sale, sent: QueryDict, actor: User) -> None:
    add_tip(
        sale=sale,
        amount_minor=_amount(sent, "tip"),
        provider=_provider(sent),
        form_token=_token(sent),
        actor=actor,
    )


def _add_reward(sale: Sale, sent: QueryDict, actor: User) -> None:
    reward = Reward.objects.filter(pk=_number(sent, "reward"), product__isnull=False).first()
    if reward is None:
        raise NotSold
    add_reward(sale=sale, reward=reward, form_token=_token(sent), actor=actor)


def _change_line(sale: Sale, sent: QueryDict, actor: User) -> None:
    line = sale.lines.filter(pk=_number(sent, "line")).first()
    if line is None:
        raise LineGone
    discount = sent.get("discount", "").strip()
    change_line(
        sale=sale,
        line_id=line.pk,
        quantity=_number(sent, "quantity") if "quantity" in sent else line.quantity,
        provider=_provider(sent),
        discount_minor=_amount(sent, "discount") if discount else 0,
        discount_reason=sent.get("reason", ""),
        actor=actor,
    )


def _remove_line(sale: Sale, sent: QueryDict, actor: User) -> None:
    remove_line(sale=sale, line_id=_number(sent, "line"), actor=actor)


# --- money --------------------------------------------------------------------------------------


def _pay_cash(sale: Sale, sent: QueryDict, actor: User) -> None:
    given = _amount(sent, "amount")
    pay_cash(sale=sale, given_minor=given, form_token=_token(sent), actor=actor)


def _pay_by_terminal(sale: Sale, sent: QueryDict, actor: User) -> None:
    pay_otherwise(
        sale=sale,
        amount_minor=_amount(sent, "amount"),
        own_tender=None,
        form_token=_token(sent),
        actor=actor,
    )


def _pay_own_way(sale: Sale, sent: QueryDict, actor: User) -> None:
    tender = OwnTender.objects.filter(pk=_number(sent, "tender")).first()
    if tender is None:
        raise NotSold
    pay_otherwise(
        sale=sale,
        amount_minor=_amount(sent, "amount"),
        own_tender=tender,
        form_token=_token(sent),
        actor=actor,
    )


def _pay_by_own_card(sale: Sale, sent: QueryDict, actor: User) -> None:
    """A card of the client whose sale it is, as it was shown."""
    mine = spendable_cards_of(sale.client) if sale.client else []
    card = next((each for each in mine if each.pk == _number(sent, "card")), None)
    if card is None:
        raise CardBalanceChanged
    pay_with_card(
        sale=sale,
        card=card,
        expected_minor=_number(sent, "balance"),
        form_token=_token(sent),
        actor=actor,
    )


def _pay_by_code(request: HttpRequest, sale: Sale, actor: User) -> None:
    may_check_out(actor)
    sent = request.POST
    card = find_usable_card(sent.get("code", ""), sources=guess_sources(request))
    pay_with_card(sale=sale, card=card, expected_minor=None, form_token=_token(sent), actor=actor)


def _take_back(sale: Sale, sent: QueryDict, actor: User) -> None:
    take_back_payment(sale=sale, payment_id=_number(sent, "payment"), actor=actor)


# --- the sale -----------------------------------------------------------------------------------


def _pick_client(sale: Sale, sent: QueryDict, actor: User) -> None:
    client = bookable_clients(actor).filter(pk=_number(sent, "pick")).first()
    choose_client(sale=sale, client=client, actor=actor)


def _nobody(sale: Sale, sent: QueryDict, actor: User) -> None:
    choose_client(sale=sale, client=None, actor=actor)


def _discard(sale: Sale, sent: QueryDict, actor: User) -> None:
    discard_sale(sale=sale, actor=actor)


def _complete(sale: Sale, sent: QueryDict, actor: User) -> None:
    complete_sale(sale=sale, form_token=_token(sent), actor=actor)


STEPS: dict[str, Callable[[Sale, QueryDict, User], None]] = {
    "product": _add_product,
    "service": _add_service,
    "gift-card": _add_gift_card,
    "tip": _add_tip,
    "reward": _add_reward,
    "change": _change_line,
    "remove": _remove_line,
    "cash": _pay_cash,
    "terminal": _pay_by_terminal,
    "own": _pay_own_way,
    "own-card": _pay_by_own_card,
    "take-back": _take_back,
    "pick": _pick_client,
    "nobody": _nobody,
    "discard": _discard,
    "complete": _complete,
}
