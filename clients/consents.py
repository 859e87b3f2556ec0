"""Consent to marketing messages: an append-only log whose newest row per client counts."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from clients.models import Client, ConsentRecord
from foundation import clock
from foundation.models import User

# Versioned by its own text: every record keeps the words that were shown.
MARKETING_WORDING = _("Send me news and points messages by e-mail. I can stop at any time.")


def record_consent(
    *, client: Client, granted: bool, language: str, source: str, actor: User | None
) -> ConsentRecord:
    """Write a decision down with the wording shown, the time and the place.

    A decision equal to the one that counts already, under the same words, is not written again.
    """
    newest = ConsentRecord.objects.filter(client=client).order_by("-id").first()
    with override(language):
        wording = str(MARKETING_WORDING)
    if newest is not None and (newest.granted, newest.wording) == (granted, wording):
        return newest
    return ConsentRecord.objects.create(
        client=client,
        granted=granted,
        wording=wording,
        language=language,
        source=source,
        actor=actor,
        recorded_at=clock.now(),
    )


def has_consent(client_id: int) -> bool:
    """Whether the client agrees to marketing messages now."""
    newest = (
        ConsentRecord.objects.filter(client_id=client_id)
        .order_by("-id")
        .values_list("granted", flat=True)
        .first()
    )
    return bool(newest)


def consenting_ids(client_ids: Iterable[int]) -> set[int]:
    """Those of ``client_ids`` who agree to marketing messages now, in two queries at most."""
    newest = (
        ConsentRecord.objects.filter(client_id__in=list(client_ids))
        .values("client_id")
        .annotate(newest=Max("id"))
        .values_list("newest", flat=True)
    )
    granted = ConsentRecord.objects.filter(pk__in=list(newest), granted=True)
    return set(granted.values_list("client_id", flat=True))
