"""Settings → Limits for corrections."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from foundation.models import User
from loyalty.models import CorrectionLimit
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

LIMITS = "/admin/loyalty/correctionlimit/"


def limit_of(role: str) -> CorrectionLimit:
    return CorrectionLimit.objects.get(role__name=role)


def change(browser: Browser, role: str, at_once: str, a_day: str) -> int:
    path = f"{LIMITS}{limit_of(role).pk}/change/"
    return browser.post(path, {"per_entry": at_once, "per_day": a_day}).status_code


def test_a_manager_sets_the_limits_of_other_roles_and_not_their_own(
    client: Browser, maria: User
) -> None:
    client.force_login(maria)

    assert change(client, "Front desk", "200", "1000") == 302
    assert change(client, "Manager", "", "") == 403

    desk = limit_of("Front desk")
    assert (desk.per_entry, desk.per_day) == (200, 1000)
    page = client.get(LIMITS).content.decode()
    assert "1,000" in page
    assert "no limit" in page


def test_the_owner_sets_every_limit(client: Browser, olga: User) -> None:
    client.force_login(olga)

    assert change(client, "Manager", "5000", "") == 302
    assert change(client, "Owner", "", "90000") == 302

    assert limit_of("Manager").per_entry == 5000
    assert limit_of("Owner").per_day == 90_000


def test_a_day_holds_at_least_as_many_as_one_correction(client: Browser, olga: User) -> None:
    client.force_login(olga)
    path = f"{LIMITS}{limit_of('Front desk').pk}/change/"

    answer = client.post(path, {"per_entry": "500", "per_day": "400"})

    assert "Enter at least as many as at once" in answer.content.decode()
    assert limit_of("Front desk").per_day is None


def test_who_changed_a_limit_is_kept(client: Browser, olga: User) -> None:
    client.force_login(olga)
    change(client, "Front desk", "250", "")

    page = client.get(f"{LIMITS}{limit_of('Front desk').pk}/history/").content.decode()

    assert "History of Front desk" in page
    assert "Olga Olsen" in page
    assert "250" in page


def test_not_even_a_superuser_adds_a_limit(client: Browser) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    assert client.get(f"{LIMITS}add/").status_code == 403
