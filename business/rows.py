"""Rows that the product cannot do without, kept by ``post_migrate`` (``flush`` wipes data
migrations, and this repairs itself)."""

from __future__ import annotations

from typing import Any

from django.db import connections

from business.models import Business, Features


def ensure_rows(using: str = "default", **kwargs: Any) -> None:
    tables = set(connections[using].introspection.table_names())
    if Business._meta.db_table in tables:
        Business.objects.using(using).get_or_create(pk=1, defaults={"name": "My business"})
    if Features._meta.db_table in tables:
        Features.objects.using(using).get_or_create(pk=1)
