"""Somebody signs up as a formula, and staff open the report in a spreadsheet (T17)."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client as Browser
from openpyxl import load_workbook

from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from tests.factories import give_points, turn_on
from tests.journeys.steps import code_from_mail

pytestmark = pytest.mark.django_db

NAME = "=1+1"
CSV, XLSX = "/admin/reports/loyalty/export.csv", "/admin/reports/loyalty/export.xlsx"


def rows_of_csv(browser: Browser) -> list[list[str]]:
    text = b"".join(browser.get(CSV)).decode("utf-8-sig")
    separator = ";" if ";" in text.splitlines()[0] else ","
    return list(csv.reader(io.StringIO(text), delimiter=separator))


def test_a_client_called_a_formula_stays_text(client: Browser, olga: User) -> None:
    turn_on("loyalty")
    client.post("/account/signup/", {"name": NAME, "email": "formula@example.test"})
    client.post("/account/confirm-email/", {"code": code_from_mail("confirm_address_code")})
    formula = Client.objects.get(email="formula@example.test")
    give_points(formula, 80)
    client.force_login(olga)
    sent = {"client": formula.pk, "amount": "-50", "description": NAME, "token": new_form_token()}
    assert client.post("/admin/reports/loyalty/add/", sent).status_code == 302

    row = next(each for each in rows_of_csv(client) if "-50" in each)
    book = load_workbook(io.BytesIO(b"".join(client.get(XLSX))))
    cells = next(
        each for sheet in book for each in sheet.iter_rows() if -50 in [cell.value for cell in each]
    )

    assert [each for each in row if "1+1" in each] == [f"'{NAME}"] * 2
    texts = [cell for cell in cells if "1+1" in str(cell.value)]
    assert [(cell.value, cell.data_type) for cell in texts] == [(NAME, "s")] * 2
    assert next(cell.data_type for cell in cells if cell.value == -50) == "n"
