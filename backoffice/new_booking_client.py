"""Whom staff book for: a client who is known, a new one, or a walk-in without contact (ux S4).

A role that does not see the clients finds those it has had bookings with. Whoever is typed anew and
looks like somebody known is shown beside them first: two records of one person split their points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db.models import Max, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _
from phonenumber_field.formfields import PhoneNumberField

from backoffice.dashboard import visible_bookings
from backoffice.found_clients import first_found
from bookings.models import STANDING, Booking, BookingStatus
from business.phones import phone_region
from business.profile import get_business
from clients.card_numbers import card_number_of
from clients.models import Client
from clients.numbers import NUMBER, SHORTEST_NUMBER, digits_of
from clients.people import search_clients
from foundation import clock
from foundation.keyset import LARGEST_ID
from foundation.models import User
from foundation.names import fold, has_word
from notifications.models import LANGUAGE_CHOICES
from sales.visits import Guest

KNOWN, NEW, WALK_IN = "", "new", "walk-in"
CONTACT = ("first_name", "last_name", "phone", "email", "language")
SHOWN = 8
RECENT = 5
# Of the last bookings made, to find the last few different clients.
LOOKED_AT = 60
ALIKE = 4


class WhoForm(forms.Form):
    """``client`` is who was chosen; the fields of a new client count only in their own ``mode``."""

    q = forms.CharField(required=False, max_length=100)
    client = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    mode = forms.ChoiceField(
        required=False, choices=[(code, code) for code in (KNOWN, NEW, WALK_IN)]
    )
    first_name = forms.CharField(
        label=gettext_lazy("First name"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    last_name = forms.CharField(
        label=gettext_lazy("Last name (optional)"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = PhoneNumberField(
        label=gettext_lazy("Phone"),
        required=False,
        error_messages={
            "invalid": gettext_lazy("Enter a phone number, with + and the country code if abroad.")
        },
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail (optional)"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of messages"), choices=LANGUAGE_CHOICES, required=False
    )

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, auto_id="id_%s")
        self.fields["phone"].region = phone_region(get_business())  # type: ignore[attr-defined]


@dataclass
class Strip:
    """What helps on the phone: times are UTC instants, None for never."""

    last_visit: Any
    next_visit: Any
    no_shows: int


@dataclass
class Who:
    """Everything about whom it is for, as the page shows it. ``errors``: field → what to do."""

    form: WhoForm
    mode: str = KNOWN
    client: Client | None = None
    found: list[Client] = field(default_factory=list)
    is_searched: bool = False
    alike: list[Client] = field(default_factory=list)
    strip: Strip | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What was searched for."""
        return str(self.form.cleaned_data.get("q") or "").strip()

    @property
    def is_card(self) -> bool:
        """Whether the one client that was found has the whole card number that was searched for."""
        number = card_number_of(self.text)
        return bool(number) and [each.card_number for each in self.found] == [number]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What was typed in fields that the page does not show now: it comes back with them."""
        shown = {NEW: CONTACT, WALK_IN: ("first_name",)}.get(self.mode, ("q",))
        if self.client is not None:
            shown = ()
        sent = ((name, self.form.data.get(name, "")) for name in ("q", *CONTACT))
        return [(name, value) for name, value in sent if value and name not in shown]

    @property
    def typed(self) -> list[str]:
        """The new client in plain values, for telling whether a question was about them."""
        asked = self.form.cleaned_data
        return [self.mode, *(str(asked.get(name) or "") for name in CONTACT)]

    def guest(self) -> Guest | None:
        """The new client that was typed; None for a known one."""
        if self.mode == KNOWN:
            return None
        asked = self.form.cleaned_data
        if self.mode == WALK_IN:
            name = asked.get("first_name") or pgettext("name of a client", "Walk-in")
            return Guest(name, "", "", "", get_language() or "en")
        phone = asked.get("phone")
        return Guest(
            first_name=asked["first_name"],
            last_name=asked.get("last_name") or "",
            email=asked.get("email") or "",
            phone=phone.as_e164 if phone else "",
            language=asked.get("language") or get_language() or "en",
        )


def bookable_clients(actor: User) -> QuerySet[Client]:
    """Whom ``actor`` may book for: everybody, or for a role that does not see the clients those who
    had bookings with them."""
    people = Client.objects.filter(anonymised_at__isnull=True)
    if actor.has_perm("clients.view_client"):
        return people
    return people.filter(pk__in=visible_bookings(actor).values("visit__client_id"))


def find_clients(actor: User, text: str) -> list[Client]:
    """The first few whose name, phone or e-mail fits; of no text those who were booked last."""
    people = bookable_clients(actor)
    if text:
        found = search_clients(text).filter(pk__in=people.values("pk"))
        return _with_last_visit(actor, first_found(found, text, SHOWN))
    last = visible_bookings(actor).filter(visit__client__isnull=False).order_by("-pk")
    ids = list(dict.fromkeys(last.values_list("visit__client_id", flat=True)[:LOOKED_AT]))[:RECENT]
    by_id = people.in_bulk(ids)
    return _with_last_visit(actor, [by_id[pk] for pk in ids if pk in by_id])


def read_who(data: Mapping[str, Any], actor: User) -> Who:
    """What stands in the form, or in the address. A client whom the actor may not book for is
    nobody."""
    form = WhoForm(data)
    form.is_valid()
    asked = form.cleaned_data
    who = Who(form=form, mode=asked.get("mode") or KNOWN)
    if who.mode == KNOWN and asked.get("client"):
        who.client = bookable_clients(actor).filter(pk=asked["client"]).first()
    return who


def check_who(who: Who) -> None:
    """Fill ``errors`` with what is missing before a booking can be made."""
    if who.mode == KNOWN:
        if who.client is None:
            who.errors["q"] = _("Choose a client, or enter a new one")
        return
    if who.mode == NEW:
        for name, errors in who.form.errors.items():
            if name in CONTACT:
                who.errors[name] = str(errors[0])
        typed = who.form.cleaned_data
        if not typed.get("first_name") and "first_name" not in who.errors:
            who.errors["first_name"] = _("Enter the first name")
        has_contact = typed.get("phone") or typed.get("email")
        if not has_contact and not {"phone", "email"} & who.errors.keys():
            who.errors["phone"] = _("Enter a phone number or an e-mail address")


def look_alikes(who: Who, actor: User) -> list[Client]:
    """Known clients with the phone, the e-mail or the whole name of the new one."""
    guest = who.guest()
    if guest is None or who.mode != NEW:
        return []
    name = fold(f"{guest.first_name} {guest.last_name}")
    asked = Q()
    for word in (guest.phone, fold(guest.email)):
        if word:
            asked |= has_word("search_name", word)
    if guest.last_name:
        asked |= Q(search_name__startswith=name)
    if not asked:
        return []
    people = bookable_clients(actor).filter(asked).order_by("search_name", "pk")[: 10 * ALIKE]
    alike = [each for each in people if _is_alike(each, guest, name)]
    return _with_last_visit(actor, alike[:ALIKE])


def complete(who: Who, actor: User) -> None:
    """Read what the page shows beside the form: search results, or the chosen client's visits."""
    if who.client is not None:
        who.strip = _strip(who.client, actor)
    elif who.mode == KNOWN:
        who.is_searched = bool(who.text)
        who.found = find_clients(actor, who.text)


def change_who(data: QueryDict, step: str) -> None:
    """The form after one of the buttons that say whom it is for; any other changes nothing."""
    if step == "pick":
        data["client"], data["mode"] = data.get("pick", ""), KNOWN
    elif step == "nobody":
        data["client"] = data["mode"] = data["q"] = ""
    elif step in (NEW, WALK_IN):
        data["mode"], data["client"] = step, ""
        if step == NEW:
            data["language"] = data.get("language") or get_language() or "en"
            for name, value in _carried_over(data.get("q", "")).items():
                data[name] = data.get(name) or value


def _carried_over(text: str) -> dict[str, str]:
    """A search that found nobody, as the fields of a new client: digits are a phone number, what
    has an @ is an e-mail, and the rest is a name."""
    text = " ".join(text.split())
    numbers = [one[0] for one in NUMBER.finditer(text)]
    phone = next((one for one in numbers if len(digits_of(one)) >= SHORTEST_NUMBER), "")
    words = text.replace(phone, " ", 1).split()
    email = next((word for word in words if "@" in word), "")
    first, _space, last = " ".join(word for word in words if word != email).partition(" ")
    return {"first_name": first[:60], "last_name": last[:60], "phone": phone, "email": email}


def _is_alike(client: Client, guest: Guest, name: str) -> bool:
    phone = client.phone.as_e164 if client.phone else ""
    return (
        (bool(guest.phone) and phone == guest.phone)
        or (bool(guest.email) and client.email.lower() == guest.email.lower())
        or (bool(guest.last_name) and fold(client.full_name) == name)
    )


def _with_last_visit(actor: User, people: list[Client]) -> list[Client]:
    """Each with ``last_visit``, in one query for all."""
    seen = visible_bookings(actor).filter(
        visit__client__in=people,
        visit__hidden_at__isnull=True,
        status__in=STANDING,
        starts_at__lte=clock.now(),
    )
    last = dict(seen.values_list("visit__client_id").annotate(Max("starts_at")).order_by())
    for each in people:
        each.last_visit = last.get(each.pk)  # type: ignore[attr-defined]
    return people


def _strip(client: Client, actor: User) -> Strip:
    visits: QuerySet[Booking] = visible_bookings(actor).filter(
        visit__client=client, visit__hidden_at__isnull=True
    )
    now, standing = clock.now(), visits.filter(status__in=STANDING)
    before = standing.filter(starts_at__lte=now).order_by("-starts_at")
    after = standing.filter(starts_at__gt=now).order_by("starts_at")
    return Strip(
        last_visit=before.values_list("starts_at", flat=True).first(),
        next_visit=after.values_list("starts_at", flat=True).first(),
        no_shows=visits.filter(status=BookingStatus.NO_SHOW).count(),
    )
