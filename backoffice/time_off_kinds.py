"""What the pages of time off and of what is out of order are about, their rights and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from bookings.time_off import all_out_of_order, all_time_off
from catalogue.models import Provider, Resource
from foundation.models import User

TIME_OFF = gettext_lazy("Time off")
OUT_OF_ORDER = gettext_lazy("Out of order")
SEE_OFF, CHANGE_OFF = "bookings.view_occupation", "bookings.change_occupation"
SEE_ORDER, CHANGE_ORDER = "bookings.view_resourceoccupation", "bookings.change_resourceoccupation"
ALL = "bookings.see_all_bookings"


@dataclass(frozen=True)
class Kind:
    """What the two sorts of pages are about, and their words. ``page`` begins the names of their
    addresses."""

    page: str
    change: str
    is_about_people: bool
    owner_label: str | Promise
    title: str | Promise
    add_title: str | Promise
    change_title: str | Promise
    remove_title: str | Promise
    added: str | Promise
    removed: str | Promise

    def address(self, name: str = "", *args: int) -> str:
        return reverse(f"backoffice:{self.page}{name}", args=args)

    def all_rows(self) -> QuerySet[Any]:
        return all_time_off() if self.is_about_people else all_out_of_order()

    def rows(self, user: User) -> QuerySet[Any]:
        """What ``user`` may see: everybody's, or a provider's own."""
        rows = self.all_rows()
        if self.is_about_people and not _sees_everybody(user):
            return rows.filter(provider__user=user)
        return rows

    def owners(self, user: User) -> QuerySet[Any]:
        """Whose time ``user`` may enter."""
        if not self.is_about_people:
            return Resource.objects.filter(archived_at__isnull=True)
        providers = Provider.objects.filter(archived_at__isnull=True)
        return providers if _sees_everybody(user) else providers.filter(user=user)


OFF = Kind(
    page="time-off",
    change=CHANGE_OFF,
    is_about_people=True,
    owner_label=gettext_lazy("Provider"),
    title=TIME_OFF,
    add_title=gettext_lazy("Add time off"),
    change_title=gettext_lazy("Change time off"),
    remove_title=gettext_lazy("Remove this time off?"),
    added=gettext_lazy("The time off is entered. Nothing can be booked in it."),
    removed=gettext_lazy("The time off is removed. The time can be booked again."),
)
ORDER = Kind(
    page="out-of-order",
    change=CHANGE_ORDER,
    is_about_people=False,
    owner_label=gettext_lazy("Room or equipment"),
    title=OUT_OF_ORDER,
    add_title=gettext_lazy("Add out of order"),
    change_title=gettext_lazy("Change out of order"),
    remove_title=gettext_lazy("Is it in order again?"),
    added=gettext_lazy("It is out of order then. Nothing can be booked that would take it."),
    removed=gettext_lazy("It is in order again and can be booked."),
)


def _sees_everybody(user: User) -> bool:
    return user.has_perm(ALL)
