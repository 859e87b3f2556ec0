from typing import Any

import pytest
from django.core import signing

from notifications.errors import BadStopLink
from notifications.links import mail_host, on_own_site, site_url
from notifications.stop_links import make_stop_token, read_stop_token, stop_url


@pytest.fixture(autouse=True)
def base_url(settings: Any) -> None:
    settings.BASE_URL = "https://salon.test/"


def test_site_url_has_a_prefix_for_all_but_the_default_language() -> None:
    assert site_url("/account/points/") == "https://salon.test/account/points/"
    assert site_url("/account/points/", "en") == "https://salon.test/account/points/"
    assert site_url("/account/points/", "fi") == "https://salon.test/fi/account/points/"


def test_on_own_site_replaces_a_forged_host() -> None:
    forged = "http://evil.test:99/da/reset/?k=1#x"
    assert on_own_site(forged) == "https://salon.test/da/reset/?k=1"


def test_mail_host_is_the_configured_one() -> None:
    assert mail_host() == "salon.test"


def test_a_stop_token_names_its_client() -> None:
    assert read_stop_token(make_stop_token(42)) == 42
    assert stop_url(42, "da") == f"https://salon.test/da/m/{make_stop_token(42)}/"


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "", lambda t: "é\0"]
)
def test_a_changed_stop_token_is_refused(change: Any) -> None:
    with pytest.raises(BadStopLink) as refusal:
        read_stop_token(change(make_stop_token(42)))
    assert refusal.value.status == 404


def test_a_token_signed_for_another_purpose_is_refused() -> None:
    with pytest.raises(BadStopLink):
        read_stop_token(signing.Signer(salt="other").sign_object([42]))


@pytest.mark.parametrize("content", [["x"], [], [1, 2], {"a": 1}, 7])
def test_a_token_of_another_form_is_refused(content: Any) -> None:
    with pytest.raises(BadStopLink):
        read_stop_token(signing.Signer(salt="notifications.stop").sign_object(content))


def test_an_old_key_still_lets_people_out(settings: Any) -> None:
    token = make_stop_token(42)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, long enough that no check complains"
    assert read_stop_token(token) == 42
