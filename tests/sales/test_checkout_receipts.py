"""The receipt by mail: in each language, once per form, and never to nobody."""

from __future__ import annotations

from typing import Any

import pytest

from business.models import Business
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from notifications.models import Message
from notifications.sending import send_due_messages
from sales.checkout_receipts import send_receipt
from sales.errors import NobodyToWriteTo, SaleClosed
from sales.models import Sale
from tests.sales.till import sold, walk_in

pytestmark = pytest.mark.django_db


def send(sale: Sale, actor: User, token: str = "") -> None:
    send_receipt(sale=sale, form_token=token or new_form_token(), actor=actor)


@pytest.mark.parametrize(
    ("language", "subject", "total"),
    [
        ("en", "Your receipt from Birch & Berry", "Total: €24.00"),
        ("da", "Din kvittering fra Birch & Berry", "I alt: 24,00 €"),
        ("fi", "Kuittisi, Birch & Berry", "Yhteensä: 24,00 €"),
    ],
)
def test_receipt_in_each_language(
    alice: Client, daisy: User, mailoutbox: list[Any], language: str, subject: str, total: str
) -> None:
    Business.objects.update(name="Birch & Berry")
    Client.objects.filter(pk=alice.pk).update(language=language)
    alice.refresh_from_db()
    send(sold(daisy, alice, name_en="Rosehip oil"), daisy)
    send_due_messages()

    (mail,) = mailoutbox
    assert mail.subject == subject
    for words in (total, "Rosehip oil", "4,88" if language != "en" else "4.88"):
        assert words in mail.body.replace("\N{NO-BREAK SPACE}", " ")


def test_receipt_sent_twice_by_one_form_is_one_mail(alice: Client, daisy: User) -> None:
    sale, token = sold(daisy, alice), new_form_token()
    for _twice in range(2):
        send(sale, daisy, token)
    assert Message.objects.filter(kind="sale_receipt").count() == 1
    send(sale, daisy)
    assert Message.objects.filter(kind="sale_receipt").count() == 2


def test_receipt_to_nobody_is_refused(daisy: User) -> None:
    with pytest.raises(NobodyToWriteTo):
        send(sold(daisy), daisy)
    with pytest.raises(SaleClosed):
        send(walk_in(daisy), daisy)
