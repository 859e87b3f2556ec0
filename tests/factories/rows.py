"""Factories of people and configuration."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import factory
from factory.django import DjangoModelFactory

from catalogue.models import (
    AddOn,
    AddOnService,
    Category,
    Product,
    Provider,
    Resource,
    ResourceKind,
    Service,
    ServiceKind,
    ServiceProvider,
    ServiceResource,
    WorkingHours,
)
from clients.models import Client
from clients.people import create_client
from foundation.models import User
from giftcards.models import GiftCardType
from loyalty.models import EarningRule, Reward

PASSWORD = "a long enough pass phrase"


class UserFactory(DjangoModelFactory):
    """A login that opens with ``PASSWORD``."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"user{n}@example.test")
    name = factory.Sequence(lambda n: f"User {n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        return model_class.objects.create_user(password=fields.pop("password", PASSWORD), **fields)


class ClientFactory(DjangoModelFactory):
    """A client record without a login; ``ClientFactory(user=UserFactory())`` gives one."""

    class Meta:
        model = Client

    first_name = factory.Sequence(lambda n: f"Client{n}")
    last_name = "Example"
    email = factory.LazyAttribute(lambda each: f"{each.first_name.lower()}@example.test")
    phone = "+4532101010"

    @classmethod
    def _create(cls, model_class: type[Client], *args: Any, **fields: Any) -> Client:
        return create_client(actor=None, **fields)


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    name_en = factory.Sequence(lambda n: f"Category {n}")


class ServiceFactory(DjangoModelFactory):
    """An hour's appointment for 72.00; ``providers=[…]`` says who does it."""

    class Meta:
        model = Service
        skip_postgeneration_save = True

    kind = ServiceKind.APPOINTMENT
    category = factory.SubFactory(CategoryFactory)
    slug = factory.Sequence(lambda n: f"service-{n}")
    name_en = factory.Sequence(lambda n: f"Service {n}")
    minutes = 60
    price_minor = 7200

    @factory.post_generation
    def providers(
        self: Service, create: bool, extracted: Iterable[Provider] | None, **kwargs: Any
    ) -> None:
        for provider in extracted or ():
            ServiceProvider.objects.create(service=self, provider=provider)


class ClassServiceFactory(ServiceFactory):
    """A class of ten places, an hour for 18.00."""

    kind = ServiceKind.CLASS
    slug = factory.Sequence(lambda n: f"class-{n}")
    name_en = factory.Sequence(lambda n: f"Class {n}")
    price_minor = 1800
    places = 10


class ProviderFactory(DjangoModelFactory):
    """Works Monday to Friday, 09–17 on the salon's clock; ``services=[…]`` says what."""

    class Meta:
        model = Provider
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Provider {n}")

    @factory.post_generation
    def services(
        self: Provider, create: bool, extracted: Iterable[Service] | None, **kwargs: Any
    ) -> None:
        for service in extracted or ():
            ServiceProvider.objects.create(service=service, provider=self)

    @factory.post_generation
    def hours(
        self: Provider,
        create: bool,
        extracted: Iterable[tuple[int, dt.time, dt.time]] | None,
        **kwargs: Any,
    ) -> None:
        week = [(day, dt.time(9), dt.time(17)) for day in range(5)]
        for weekday, starts, ends in week if extracted is None else extracted:
            WorkingHours.objects.create(provider=self, weekday=weekday, starts=starts, ends=ends)


class AddOnFactory(DjangoModelFactory):
    """A quarter of an hour more for 15.00; ``services=[…]`` says on top of what."""

    class Meta:
        model = AddOn
        skip_postgeneration_save = True

    name_en = factory.Sequence(lambda n: f"Add-on {n}")
    minutes = 15
    price_minor = 1500

    @factory.post_generation
    def services(
        self: AddOn, create: bool, extracted: Iterable[Service] | None, **kwargs: Any
    ) -> None:
        for service in extracted or ():
            AddOnService.objects.create(add_on=self, service=service)


class ProductFactory(DjangoModelFactory):
    """Something for 24.00, not counted."""

    class Meta:
        model = Product

    name_en = factory.Sequence(lambda n: f"Product {n}")
    price_minor = 2400


class ResourceKindFactory(DjangoModelFactory):
    """Rooms; ``services=[…]`` says which services need one."""

    class Meta:
        model = ResourceKind
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Rooms {n}")

    @factory.post_generation
    def services(
        self: ResourceKind, create: bool, extracted: Iterable[Service] | None, **kwargs: Any
    ) -> None:
        for service in extracted or ():
            ServiceResource.objects.create(kind=self, service=service)


class ResourceFactory(DjangoModelFactory):
    class Meta:
        model = Resource

    kind = factory.SubFactory(ResourceKindFactory)
    name = factory.Sequence(lambda n: f"Room {n}")


class GiftCardTypeFactory(DjangoModelFactory):
    """A card of 50.00 for three years."""

    class Meta:
        model = GiftCardType

    slug = factory.Sequence(lambda n: f"card-{n}")
    name_en = factory.Sequence(lambda n: f"Gift card {n}")
    value_minor = 5000
    validity_months = 36


class EarningRuleFactory(DjangoModelFactory):
    """60 points a booking, switched on."""

    class Meta:
        model = EarningRule

    service = factory.SubFactory(ServiceFactory)
    enabled = True
    points = 60


class RewardFactory(DjangoModelFactory):
    """A gift card type for 500 points, switched on."""

    class Meta:
        model = Reward

    gift_card_type = factory.SubFactory(GiftCardTypeFactory)
    enabled = True
    points = 500


class ServiceRewardFactory(RewardFactory):
    """A service of its own for 400 points."""

    gift_card_type = None
    service = factory.SubFactory(ServiceFactory)
    points = 400
