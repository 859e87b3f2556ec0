"""Places in line."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bookings.models.occupations import Hold
from bookings.models.sessions import ClassSession
from bookings.models.visits import Visit
from catalogue.models import Provider, Service
from clients.models import Client


class WaitingState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("waiting place", "Waiting")
    OFFERED = "offered", pgettext_lazy("waiting place", "Offered")
    TAKEN = "taken", pgettext_lazy("waiting place", "Taken")
    PASSED = "passed", pgettext_lazy("waiting place", "Offer ran out")
    LEFT = "left", pgettext_lazy("waiting place", "Left the list")
    OVER = "over", pgettext_lazy("waiting place", "Too late")


# Still in line.
IN_LINE = (WaitingState.WAITING, WaitingState.OFFERED)


class WaitingPlace(models.Model):
    """A client's place in line: for a full class session, or for a service on a day.

    An offer keeps places of the session, or a time by a hold, until ``offered_until``.
    """

    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, related_name="waiting_places", verbose_name=_("client")
    )
    session = models.ForeignKey(
        ClassSession, on_delete=models.PROTECT, null=True, related_name="waiting_places"
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="waiting_places", verbose_name=_("service")
    )
    provider = models.ForeignKey(
        Provider,
        on_delete=models.PROTECT,
        null=True,
        related_name="waiting_places",
        verbose_name=_("provider"),
    )
    day = models.DateField(_("date"))
    places = models.PositiveSmallIntegerField(_("places"), default=1)
    automatic = models.BooleanField(_("book when a place opens"), default=False)
    state = models.CharField(max_length=8, choices=WaitingState, default=WaitingState.WAITING)
    joined_at = models.DateTimeField(_("joined"))
    offered_until = models.DateTimeField(null=True)
    hold = models.OneToOneField(
        Hold, on_delete=models.SET_NULL, null=True, related_name="waiting_place"
    )
    visit = models.OneToOneField(
        Visit, on_delete=models.PROTECT, null=True, related_name="waiting_place"
    )
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("waiting place")
        verbose_name_plural = _("waiting places")
        ordering = ("joined_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(places__gte=1), name="waiting_place_has_places"),
            models.CheckConstraint(
                condition=Q(state__in=WaitingState.values), name="waiting_place_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="offered") | Q(offered_until__isnull=False),
                name="waiting_place_offer_ends",
            ),
            models.CheckConstraint(
                condition=Q(state="taken", visit__isnull=False)
                | ~Q(state="taken") & Q(visit__isnull=True),
                name="waiting_place_taken_has_visit",
            ),
            models.UniqueConstraint(
                fields=["client", "session"],
                condition=Q(session__isnull=False, state__in=("waiting", "offered")),
                name="waiting_place_once_per_session",
            ),
            models.UniqueConstraint(
                fields=["client", "service", "day"],
                condition=Q(session__isnull=True, state__in=("waiting", "offered")),
                name="waiting_place_once_per_day",
            ),
        )
        indexes = (
            models.Index(
                fields=["session", "joined_at", "id"],
                condition=Q(state__in=("waiting", "offered")),
                name="waiting_place_in_line",
            ),
            models.Index(
                fields=["offered_until"],
                condition=Q(state="offered"),
                name="waiting_place_by_offer",
            ),
            models.Index(
                fields=["day"],
                condition=Q(state__in=("waiting", "offered")),
                name="waiting_place_by_day",
            ),
        )

    def __str__(self) -> str:
        return f"{self.service_id} {self.day:%Y-%m-%d}"
