"""Taking something off offer: archived, never deleted, so that what is booked keeps its name."""

from __future__ import annotations

from catalogue.models import AddOn, Product, Provider, Resource, Service
from foundation import clock
from foundation.models import User


def archive_service(*, service: Service, actor: User | None) -> None:
    """Nobody can book it from now on; booked visits stay. Harmless to repeat."""
    if service.archived_at is None:
        service.archived_at = clock.now()
        service.save(update_fields=["archived_at"])


def restore_service(*, service: Service, actor: User | None) -> None:
    service.archived_at = None
    service.save(update_fields=["archived_at"])


def archive_provider(*, provider: Provider, actor: User | None) -> None:
    """They are offered no more; booked visits stay. Harmless to repeat."""
    if provider.archived_at is None:
        provider.archived_at = clock.now()
        provider.save(update_fields=["archived_at"])


def restore_provider(*, provider: Provider, actor: User | None) -> None:
    provider.archived_at = None
    provider.save(update_fields=["archived_at"])


def archive_add_on(*, add_on: AddOn, actor: User | None) -> None:
    """It goes on top of nothing from now on; what is booked keeps it. Harmless to repeat."""
    if add_on.archived_at is None:
        add_on.archived_at = clock.now()
        add_on.save(update_fields=["archived_at"])


def restore_add_on(*, add_on: AddOn, actor: User | None) -> None:
    add_on.archived_at = None
    add_on.save(update_fields=["archived_at"])


def archive_resource(*, resource: Resource, actor: User | None) -> None:
    """No new booking takes it; what is booked keeps it. Harmless to repeat."""
    if resource.archived_at is None:
        resource.archived_at = clock.now()
        resource.save(update_fields=["archived_at"])


def restore_resource(*, resource: Resource, actor: User | None) -> None:
    resource.archived_at = None
    resource.save(update_fields=["archived_at"])


def archive_product(*, product: Product, actor: User | None) -> None:
    """It is sold no more; sales keep its name. Harmless to repeat."""
    if product.archived_at is None:
        product.archived_at = clock.now()
        product.save(update_fields=["archived_at"])


def restore_product(*, product: Product, actor: User | None) -> None:
    product.archived_at = None
    product.save(update_fields=["archived_at"])
