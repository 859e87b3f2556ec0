"""Clients, logins and roles in the panel."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client as Browser
from django.urls import reverse

from backoffice.roles import FRONT_DESK, MANAGER, OWNER
from clients.consents import record_consent
from clients.models import Client
from clients.people import erase_personal_data
from foundation.models import User
from tests.factories import PASSWORD, ClientFactory, give_points, turn_on

pytestmark = pytest.mark.django_db
CLIENTS = "/admin/clients/client/"
LOGINS = "/admin/foundation/user/"


def _client_fields(**fields: Any) -> dict[str, Any]:
    person = {
        "first_name": "Pälvi",
        "last_name": "Østergård",
        "email": "palvi@example.test",
        "phone": "040 123 4567",
        "language": "fi",
        "note": "",
    }
    return person | fields


def test_clients_are_found_however_their_name_is_typed(client: Browser, daisy: User) -> None:
    client.force_login(daisy)
    client.post(f"{CLIENTS}add/", _client_fields(phone="+45 32 10 10 99"))
    ClientFactory(first_name="Somebody")

    def found(text: str) -> list[str]:
        page = client.get(CLIENTS, {"q": text})
        return [each.first_name for each in page.context["cl"].result_list]

    made = Client.objects.get(first_name="Pälvi")
    assert (made.language, made.phone.as_e164) == ("fi", "+4532101099")
    for text in ("PALVI", "ostergard palvi", "32101099", "palvi@EXAMPLE"):
        assert found(text) == ["Pälvi"], text
    assert found("nobody at all") == []


def test_a_changed_client_is_found_by_the_new_name(
    client: Browser, daisy: User, alice: Client, inline: Any
) -> None:
    client.force_login(daisy)

    answer = client.post(
        f"{CLIENTS}{alice.pk}/change/",
        _client_fields(first_name="Alma", phone=""),
    )

    assert answer.status_code == 302
    alice.refresh_from_db()
    assert (alice.full_name, str(alice.phone)) == ("Alma Østergård", "")
    assert alice.search_name.startswith("alma ostergard")


@pytest.mark.parametrize("wrong", [{"first_name": " "}, {"email": "x@"}, {"phone": "12"}])
def test_a_client_without_name_or_with_a_wrong_address_is_not_saved(
    client: Browser, daisy: User, wrong: dict[str, str]
) -> None:
    client.force_login(daisy)

    assert client.post(f"{CLIENTS}add/", _client_fields(**wrong)).status_code == 200
    assert not Client.objects.exists()


def test_the_log_of_the_panel_names_no_client(
    client: Browser, daisy: User, alice: Client, inline: Any
) -> None:
    """Or the name would outlive the erasure of the client."""
    client.force_login(daisy)
    client.post(f"{CLIENTS}add/", _client_fields(phone=""))
    client.post(f"{CLIENTS}{alice.pk}/change/", _client_fields(phone=""))

    logs = LogEntry.objects.all()

    assert logs.count() == 2
    for log in logs:
        assert log.object_repr == f"#{Client.objects.get(pk=log.object_id).public_id}"
        assert "lvi" not in log.change_message


def test_a_client_s_points_stand_in_list_and_card(
    client: Browser, daisy: User, alice: Client
) -> None:
    turn_on("loyalty")
    give_points(alice, 1340)
    record_consent(client=alice, granted=True, language="en", source="sign-up", actor=None)
    client.force_login(daisy)

    page = client.get(f"{CLIENTS}{alice.pk}/change/").content.decode()
    row = client.get(CLIENTS).content.decode()

    assert f'href="/admin/clients/{alice.pk}/loyalty/">1,340</a>' in page
    assert f'href="{reverse("reports:loyalty")}?client={alice.pk}">1,340</a>' in row
    assert "Agreed" in row


def test_an_erased_client_is_gone_from_the_panel(
    client: Browser, daisy: User, alice: Client
) -> None:
    erase_personal_data(client=alice, actor=None)
    client.force_login(daisy)

    assert list(client.get(CLIENTS).context["cl"].result_list) == []
    assert client.get(f"{CLIENTS}{alice.pk}/change/").status_code == 302


def _login_fields(*roles: str, **fields: Any) -> dict[str, Any]:
    chosen = list(Group.objects.filter(name__in=roles).values_list("pk", flat=True))
    person = {"email": "Nina@Salon.test", "name": "Nina Nord", "language": "da", "groups": chosen}
    return person | fields


def test_the_owner_adds_a_login_with_a_role(client: Browser, olga: User) -> None:
    client.force_login(olga)

    client.post(f"{LOGINS}add/", _login_fields(FRONT_DESK, password=PASSWORD))

    nina = User.objects.get(email="nina@salon.test")
    assert (nina.is_staff, nina.is_superuser, nina.language) == (True, False, "da")
    assert [group.name for group in nina.groups.all()] == [FRONT_DESK]
    assert nina.check_password(PASSWORD)


@pytest.mark.parametrize(
    "wrong",
    [{"password": "short"}, {"password": "password1234"}, {"groups": []}, {"email": "x"}],
)
def test_a_login_without_role_or_with_a_weak_password_is_refused(
    client: Browser, olga: User, wrong: dict[str, Any]
) -> None:
    client.force_login(olga)

    fields = _login_fields(FRONT_DESK, password=PASSWORD) | wrong
    assert client.post(f"{LOGINS}add/", fields).status_code == 200
    assert User.objects.count() == 1


def test_the_address_of_a_clients_login_is_not_taken_twice(
    client: Browser, olga: User, alice: Client
) -> None:
    client.force_login(olga)

    answer = client.post(
        f"{LOGINS}add/", _login_fields(FRONT_DESK, password=PASSWORD, email=alice.email.upper())
    )

    assert "Open it and make it staff." in answer.content.decode()


def test_nobody_becomes_a_superuser_or_gets_single_permissions_here(
    client: Browser, olga: User, daisy: User
) -> None:
    client.force_login(olga)

    client.post(
        f"{LOGINS}{daisy.pk}/change/",
        _login_fields(
            MANAGER,
            is_active="on",
            is_staff="on",
            is_superuser="on",
            user_permissions=[1, 2, 3],
            password="x",
        ),
    )

    daisy.refresh_from_db()
    assert [group.name for group in daisy.groups.all()] == [MANAGER]
    assert (daisy.is_superuser, daisy.user_permissions.count()) == (False, 0)
    assert daisy.check_password(PASSWORD)


def test_an_owner_does_not_change_a_superuser(client: Browser, olga: User, root: User) -> None:
    client.force_login(olga)
    fields = _login_fields(OWNER, is_active="on", is_staff="on", email="mine@salon.test")

    assert client.post(f"{LOGINS}{root.pk}/change/", fields).status_code == 403
    assert client.get(f"{LOGINS}{root.pk}/password/").status_code == 403
    root.refresh_from_db()
    assert root.email == "root@salon.test"


@pytest.mark.parametrize(
    ("roles", "flags"),
    [
        ([OWNER], {"is_staff": "on"}),
        ([OWNER], {"is_active": "on"}),
        ([MANAGER], {"is_active": "on", "is_staff": "on"}),
    ],
)
def test_an_owner_does_not_shut_themselves_out(
    client: Browser, olga: User, roles: list[str], flags: dict[str, str]
) -> None:
    client.force_login(olga)

    answer = client.post(f"{LOGINS}{olga.pk}/change/", _login_fields(*roles, **flags))

    assert answer.status_code == 200
    olga.refresh_from_db()
    assert (olga.is_active, olga.is_staff) == (True, True)
    assert [group.name for group in olga.groups.all()] == [OWNER]


def test_a_clients_login_keeps_its_address_and_password(
    client: Browser, olga: User, alice: Client
) -> None:
    """With either the owner could sign in as the client and spend their points."""
    client.force_login(olga)
    assert alice.user is not None

    client.post(
        f"{LOGINS}{alice.user_id}/change/", _login_fields(is_active="on", email="mine@salon.test")
    )
    answer = client.post(
        f"{LOGINS}{alice.user_id}/password/",
        {"password1": "another good phrase", "password2": "another good phrase"},
    )

    alice.user.refresh_from_db()
    assert alice.user.email == "alice@example.test"
    assert answer.status_code == 403
    assert alice.user.check_password(PASSWORD)


def test_the_owner_sets_a_new_password_for_staff(client: Browser, olga: User, daisy: User) -> None:
    client.force_login(olga)

    client.post(
        f"{LOGINS}{daisy.pk}/password/",
        {
            "usable_password": "true",
            "password1": "another good phrase",
            "password2": "another good phrase",
        },
    )

    daisy.refresh_from_db()
    assert daisy.check_password("another good phrase")


def test_a_login_that_is_switched_off_is_out_at_once(
    client: Browser, olga: User, daisy: User
) -> None:
    desk, owner = Browser(), client
    desk.force_login(daisy)
    owner.force_login(olga)

    owner.post(f"{LOGINS}{daisy.pk}/change/", _login_fields(FRONT_DESK, is_staff="on"))

    assert desk.get("/admin/").status_code == 302


def test_the_list_of_logins_shows_staff_and_on_request_clients(
    client: Browser, olga: User, alice: Client
) -> None:
    client.force_login(olga)

    assert list(client.get(LOGINS).context["cl"].result_list) == [olga]
    assert list(client.get(LOGINS, {"who": "clients"}).context["cl"].result_list) == [alice.user]


def test_a_role_says_what_it_may_do(client: Browser, olga: User) -> None:
    client.force_login(olga)
    owner = Group.objects.get(name=OWNER)

    page = client.get(f"/admin/auth/group/{owner.pk}/change/").content.decode()

    assert "Switches features on and off" in page
    assert client.post(f"/admin/auth/group/{owner.pk}/change/", {"name": "x"}).status_code == 403
