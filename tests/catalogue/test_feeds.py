"""The secret address of a calendar feed."""

from __future__ import annotations

import pytest

from catalogue.archive import archive_provider
from catalogue.feeds import feed_token, find_feed, may_have_feed, renew_feed
from catalogue.models import Provider
from foundation.errors import NotAllowed
from foundation.models import User
from tests.factories import ProviderFactory

pytestmark = pytest.mark.django_db


def test_token_opens_its_provider() -> None:
    one, other = ProviderFactory(), ProviderFactory()

    assert find_feed(feed_token(one)) == one
    assert feed_token(one) != feed_token(other)


def test_every_other_token_opens_nothing() -> None:
    one, other = ProviderFactory(), ProviderFactory()
    key = feed_token(one).split("-")[1]

    for token in (
        "",
        "x",
        "-",
        f"{other.pk}-{key}",
        f"{one.pk}-",
        f"{one.pk}-{key[:-1]}",
        f"{one.pk}-{'é' * 32}",
        f"²-{key}",
        f"{'9' * 30}-{key}",
        "999999-" + key,
    ):
        assert find_feed(token) is None


def test_archived_provider_has_no_feed() -> None:
    provider = ProviderFactory()
    token = feed_token(provider)
    archive_provider(provider=provider, actor=None)

    assert find_feed(token) is None


def test_renewing_ends_the_address_before(pavel: User) -> None:
    provider = pavel.provider
    before = feed_token(provider)

    renewed = renew_feed(provider=provider, actor=pavel)

    assert find_feed(before) is None
    assert find_feed(feed_token(renewed)) == provider
    assert Provider.objects.get(pk=provider.pk).feed_version == 2


def test_only_its_provider_and_managers_have_the_address(
    pavel: User, maria: User, olga: User, daisy: User
) -> None:
    other = ProviderFactory()

    assert may_have_feed(pavel.provider, pavel)
    assert not may_have_feed(other, pavel)
    assert may_have_feed(other, maria)
    assert may_have_feed(other, olga)
    assert not may_have_feed(pavel.provider, daisy)
    for provider, actor in ((other, pavel), (pavel.provider, daisy)):
        with pytest.raises(NotAllowed):
            renew_feed(provider=provider, actor=actor)
