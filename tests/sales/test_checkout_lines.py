"""What is on a sale: sums that agree, discounts with a reason, and a visit's lines that stay."""

from __future__ import annotations

import datetime as dt

import pytest

from business.models import Business
from catalogue.models import Product, Service
from clients.errors import ClientGone
from clients.models import Client
from clients.people import erase_personal_data
from foundation.clock import now
from foundation.errors import NotAllowed
from foundation.form_tokens import new_form_token
from foundation.models import User
from foundation.money import BadAmount
from sales.checkout import choose_client, discard_sale, open_sale
from sales.checkout_lines import (
    add_gift_card,
    add_product,
    add_reward,
    add_service,
    add_tip,
    change_line,
    remove_line,
)
from sales.checkout_sums import lines_of, vat_in, vat_parts
from sales.errors import (
    ClientMissing,
    DiscountReasonMissing,
    DiscountTooHigh,
    LineFixed,
    LineGone,
    NotSold,
    PaidMore,
    RewardNotNow,
    SaleClosed,
    TooManyPieces,
)
from sales.models import Sale, SaleLine
from tests.factories import (
    GiftCardTypeFactory,
    ProductFactory,
    ServiceFactory,
    book,
    give_points,
    turn_on,
)
from tests.sales.till import cash, complete, product_reward, sell, sold, walk_in

pytestmark = pytest.mark.django_db


def fresh(sale: Sale) -> Sale:
    return Sale.objects.get(pk=sale.pk)


def change(sale: Sale, line: SaleLine, actor: User, **wanted: object) -> SaleLine:
    asked = {
        "quantity": line.quantity,
        "provider": line.provider,
        "discount_minor": line.discount_minor,
        "discount_reason": line.discount_reason,
    }
    return change_line(sale=sale, line_id=line.pk, actor=actor, **{**asked, **wanted})  # type: ignore[arg-type]


def test_open_sale_again_with_the_form_returns_it(alice: Client, daisy: User) -> None:
    token = new_form_token()
    first = open_sale(client=alice, form_token=token, actor=daisy)
    second = open_sale(client=alice, form_token=token, actor=daisy)

    assert first == second
    assert (first.client, first.visit, first.total_minor) == (alice, None, 0)


def test_a_provider_takes_no_money(pavel: User) -> None:
    with pytest.raises(NotAllowed):
        walk_in(pavel)


def test_a_product_sold_again_is_one_more_piece(daisy: User) -> None:
    product = ProductFactory(price_minor=1850)
    sale = sell(walk_in(daisy), daisy, product, pieces=3)

    line = sale.lines.get()
    assert (line.quantity, line.amount_minor, sale.total_minor) == (3, 5550, 5550)


def test_a_product_scanned_once_is_on_the_sale_once(daisy: User) -> None:
    sale, product, token = walk_in(daisy), ProductFactory(), new_form_token()
    for _twice in range(2):
        add_product(sale=sale, product=product, form_token=token, actor=daisy)

    assert fresh(sale).lines.get().quantity == 1


def test_a_price_that_changed_makes_a_line_of_its_own(daisy: User) -> None:
    product = ProductFactory(price_minor=1000)
    sale = sell(walk_in(daisy), daisy, product)
    Product.objects.update(price_minor=1200)
    product.refresh_from_db()
    sale = sell(sale, daisy, product)

    assert [line.amount_minor for line in lines_of(sale)] == [1000, 1200]
    assert sale.total_minor == 2200


def test_service_gift_card_and_tip_add_up(daisy: User, pavel: User) -> None:
    sale = walk_in(daisy)
    service: Service = ServiceFactory(price_minor=7200)
    provider = pavel.provider  # type: ignore[attr-defined]
    with_token = {"sale": sale, "actor": daisy}
    add_service(service=service, provider=provider, form_token=new_form_token(), **with_token)
    add_gift_card(card_type=GiftCardTypeFactory(), form_token=new_form_token(), **with_token)
    add_tip(amount_minor=500, provider=provider, form_token=new_form_token(), **with_token)

    assert [line.kind for line in lines_of(sale)] == ["service", "gift_card", "tip"]
    assert fresh(sale).total_minor == 7200 + 5000 + 500
    assert sale.lines.get(kind="tip").provider == provider


def test_a_tip_of_nothing_is_refused(daisy: User) -> None:
    with pytest.raises(BadAmount):
        add_tip(
            sale=walk_in(daisy),
            amount_minor=0,
            provider=None,
            form_token=new_form_token(),
            actor=daisy,
        )


def test_what_is_archived_is_not_sold(daisy: User) -> None:
    sale = walk_in(daisy)
    with pytest.raises(NotSold):
        sell(sale, daisy, ProductFactory(archived_at=now()))
    with pytest.raises(NotSold):
        add_service(
            sale=sale,
            service=ServiceFactory(archived_at=now()),
            provider=None,
            form_token=new_form_token(),
            actor=daisy,
        )
    with pytest.raises(NotSold):
        add_gift_card(
            sale=sale,
            card_type=GiftCardTypeFactory(archived_at=now()),
            form_token=new_form_token(),
            actor=daisy,
        )


def test_a_discount_has_a_reason_and_lowers_the_total(daisy: User) -> None:
    sale = sell(walk_in(daisy), daisy, ProductFactory(price_minor=2400), pieces=2)
    line = change(
        sale, sale.lines.get(), daisy, discount_minor=800, discount_reason=" Damaged box "
    )

    assert (line.amount_minor, line.discount_reason) == (4000, "Damaged box")
    assert fresh(sale).total_minor == 4000


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ({"discount_minor": 100, "discount_reason": " "}, DiscountReasonMissing),
        ({"discount_minor": 2401, "discount_reason": "Friend"}, DiscountTooHigh),
        ({"discount_minor": -1, "discount_reason": "Friend"}, DiscountTooHigh),
        ({"quantity": 0}, TooManyPieces),
        ({"quantity": 1000}, TooManyPieces),
    ],
)
def test_change_line_refuses_and_leaves_the_line(
    daisy: User, wanted: dict[str, object], error: type[Exception]
) -> None:
    sale = sell(walk_in(daisy), daisy, ProductFactory(price_minor=2400))

    with pytest.raises(error):
        change(sale, sale.lines.get(), daisy, **wanted)

    assert (fresh(sale).total_minor, sale.lines.get().amount_minor) == (2400, 2400)


def test_a_discount_needs_its_right(daisy: User, pavel: User) -> None:
    from django.contrib.auth.models import Permission

    sale = sell(walk_in(daisy), daisy)
    pavel.user_permissions.add(Permission.objects.get(codename="check_out"))
    cashier = User.objects.get(pk=pavel.pk)

    change(sale, sale.lines.get(), cashier, quantity=2)
    with pytest.raises(NotAllowed):
        change(sale, sale.lines.get(), cashier, discount_minor=1, discount_reason="Friend")


def test_a_line_of_a_visit_may_become_cheaper_and_stays(
    alice: Client, daisy: User, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    sale = book(alice, massage, tomorrow_ten).sale
    line = sale.lines.get()

    change(sale, line, daisy, discount_minor=200, discount_reason="Late start")
    assert fresh(sale).total_minor == massage.price_minor - 200
    with pytest.raises(LineFixed):
        remove_line(sale=sale, line_id=line.pk, actor=daisy)
    with pytest.raises(LineFixed):
        change(sale, sale.lines.get(), daisy, quantity=2)


def test_remove_line_takes_it_off_once(daisy: User) -> None:
    sale = sell(walk_in(daisy), daisy)
    line = sale.lines.get()
    remove_line(sale=sale, line_id=line.pk, actor=daisy)
    remove_line(sale=sale, line_id=line.pk, actor=daisy)

    assert (fresh(sale).total_minor, sale.lines.count()) == (0, 0)
    with pytest.raises(LineGone):
        change(sale, line, daisy, quantity=2)


def test_what_is_paid_keeps_its_line(daisy: User) -> None:
    sale = sell(walk_in(daisy), daisy)
    cash(sale, daisy, 2400)

    with pytest.raises(PaidMore):
        remove_line(sale=sale, line_id=sale.lines.get().pk, actor=daisy)
    with pytest.raises(PaidMore):
        discard_sale(sale=sale, actor=daisy)
    assert fresh(sale).total_minor == 2400


def test_a_reward_is_free_and_its_points_are_fixed(alice: Client, daisy: User) -> None:
    turn_on("loyalty")
    sale, reward = walk_in(daisy, alice), product_reward(400)
    add_reward(sale=sale, reward=reward, form_token=new_form_token(), actor=daisy)
    reward.points = 500
    reward.save()

    line = sale.lines.get()
    assert (line.amount_minor, line.reward_points, fresh(sale).total_minor) == (0, 400, 0)
    with pytest.raises(LineFixed):
        change(sale, line, daisy, quantity=2)
    with pytest.raises(LineFixed):
        choose_client(sale=sale, client=None, actor=daisy)


def test_a_reward_needs_a_client_and_is_offered(alice: Client, daisy: User) -> None:
    reward = product_reward()
    with pytest.raises(ClientMissing):
        add_reward(sale=walk_in(daisy), reward=reward, form_token=new_form_token(), actor=daisy)
    reward.enabled = False
    reward.save()
    with pytest.raises(RewardNotNow):
        add_reward(
            sale=walk_in(daisy, alice), reward=reward, form_token=new_form_token(), actor=daisy
        )


def test_a_first_time_is_the_first_time(alice: Client, daisy: User) -> None:
    """Also twice on one sale is once too often."""
    turn_on("loyalty")
    give_points(alice, 1000)
    reward = product_reward(400)
    reward.first_time_only = True
    reward.save()
    sale = walk_in(daisy, alice)
    add_reward(sale=sale, reward=reward, form_token=new_form_token(), actor=daisy)
    with pytest.raises(RewardNotNow, match="First time only"):
        add_reward(sale=sale, reward=reward, form_token=new_form_token(), actor=daisy)
    complete(sale, daisy)

    with pytest.raises(RewardNotNow, match="First time only"):
        add_reward(
            sale=walk_in(daisy, alice), reward=reward, form_token=new_form_token(), actor=daisy
        )


def test_a_client_is_chosen_later(alice: Client, daisy: User) -> None:
    sale = walk_in(daisy)

    assert choose_client(sale=sale, client=alice, actor=daisy).client == alice
    assert choose_client(sale=sale, client=None, actor=daisy).client is None


def test_a_discarded_sale_takes_nothing_more(daisy: User) -> None:
    sale = sell(walk_in(daisy), daisy)
    discard_sale(sale=sale, actor=daisy)
    discard_sale(sale=sale, actor=daisy)

    with pytest.raises(SaleClosed):
        sell(sale, daisy)
    with pytest.raises(SaleClosed):
        discard_sale(sale=sold(daisy), actor=daisy)


def test_whose_sale_it_was_is_not_changed_later(alice: Client, daisy: User) -> None:
    with pytest.raises(SaleClosed):
        choose_client(sale=sold(daisy), client=alice, actor=daisy)


def test_nothing_is_sold_to_who_was_erased(alice: Client, daisy: User) -> None:
    sale = walk_in(daisy)
    erase_personal_data(client=alice, actor=None)
    with pytest.raises(ClientGone):
        walk_in(daisy, alice)
    with pytest.raises(ClientGone):
        choose_client(sale=sale, client=alice, actor=daisy)


def test_a_visits_sale_is_not_discarded(
    alice: Client, daisy: User, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    with pytest.raises(LineFixed):
        discard_sale(sale=book(alice, massage, tomorrow_ten).sale, actor=daisy)


@pytest.mark.parametrize(
    ("amount", "rate", "vat"),
    [(2400, 2550, 488), (12550, 2550, 2550), (0, 2550, 0), (1, 2550, 0), (3, 2550, 1), (100, 0, 0)],
)
def test_vat_in_is_rounded_half_up_in_whole_numbers(amount: int, rate: int, vat: int) -> None:
    assert vat_in(amount, rate) == vat


def test_vat_is_summed_by_rate(daisy: User) -> None:
    Business.objects.update(vat_hundredths=2550)
    sale = sell(walk_in(daisy), daisy, ProductFactory(price_minor=999), pieces=3)
    sale = sell(sale, daisy, ProductFactory(price_minor=750, vat_hundredths=1350))
    add_gift_card(
        sale=sale, card_type=GiftCardTypeFactory(), form_token=new_form_token(), actor=daisy
    )

    parts = vat_parts(lines_of(sale), Business.objects.get())

    assert [(part.hundredths, part.amount_minor, part.vat_minor) for part in parts] == [
        (2550, 2997, 609),
        (1350, 750, 89),
    ]
