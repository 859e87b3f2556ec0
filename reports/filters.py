"""What the reports can be asked, read from the query string through forms.

A form because a raw parameter with a NUL in it is harmless on SQLite and an error on PostgreSQL
(reliability trap 13). A value that does not pass is named on the page and left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from business.models import Business
from business.profile import local_today
from catalogue.models import Service
from clients.models import Client
from foundation.keyset import LARGEST_ID
from foundation.names import fold
from foundation.writing import write_full_date
from loyalty.models import PointKind
from loyalty.rewards import all_rewards
from reports.periods import DEFAULT, PRESETS, Period, read_period

# Older than any business; and what a day may follow without leaving the calendar.
FIRST_YEAR, LAST_YEAR = 1900, 9000
TEXT_ERRORS = {
    "max_length": ngettext_lazy(
        "Use at most %(limit_value)d letter", "Use at most %(limit_value)d letters", "limit_value"
    ),
    "null_characters_not_allowed": gettext_lazy(
        "This text has an invisible character in it that cannot be used. Type it again."
    ),
}


class Chip(NamedTuple):
    """A filter that is on, and the query string without it."""

    label: str | Promise
    value: str
    without: str


class DayField(forms.DateField):
    """A date as browsers send it."""

    def __init__(self, **kwargs: Any) -> None:
        messages = {"invalid": gettext_lazy("Enter a date, like 2025-11-04")}
        super().__init__(
            required=False, input_formats=["%Y-%m-%d"], error_messages=messages, **kwargs
        )

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and not FIRST_YEAR < day.year < LAST_YEAR:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return day


class ClientField(forms.IntegerField):
    """The id of a client that is there, as the client."""

    def clean(self, value: Any) -> Any:
        pk = super().clean(value)
        client = Client.objects.filter(pk=pk).first() if pk is not None else None
        if pk is not None and client is None:
            raise ValidationError("", code="gone")
        return client


class _Lenient:
    """Of no meaning to people: what does not pass is as good as nothing."""

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)  # type: ignore[misc]
        except ValidationError:
            return None


class _Place(_Lenient, forms.CharField):
    pass


class _News(_Lenient, forms.IntegerField):
    pass


class _Choice(_Lenient, forms.ChoiceField):
    pass


class DaysForm(forms.Form):
    """From which day to which; both belong to it."""

    first = DayField(label=gettext_lazy("From"))
    last = DayField(label=gettext_lazy("To"))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            data["first"] = data["last"] = None
            self.add_error("last", _("Enter a day that is not before the first one"))
        return data


class PresetForm(DaysForm):
    """Days that one press may name."""

    range = _Choice(required=False, choices=list(PRESETS.items()))


class PeriodForm(DaysForm):
    """What all reports on points can be asked."""

    client = ClientField(required=False, min_value=1, max_value=LARGEST_ID)
    who = forms.CharField(
        label=gettext_lazy("Client"), required=False, max_length=100, error_messages=TEXT_ERRORS
    )
    what = forms.ChoiceField(
        label=gettext_lazy("Service or gift card"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose one of those in the list")},
    )
    at = _Place(required=False, max_length=40)

    def __init__(self, data: QueryDict, *groups: tuple[str, Iterable[tuple[str, str]]]) -> None:
        """``groups`` of what movements can be about; empty ones are left out."""
        super().__init__(data)
        filled = [(label, list(choices)) for label, choices in groups]
        self.names = {value: name for _label, choices in filled for value, name in choices}
        shown: list[Any] = [("", _("All")), *(group for group in filled if group[1])]
        cast("forms.ChoiceField", self.fields["what"]).choices = shown

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "client" in self.errors:
            # Beside the box that people see.
            del self.errors["client"]
            self.add_error("who", _("There is no such client"))
        return data


class MovementForm(PresetForm, PeriodForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        required=False,
        choices=[("", gettext_lazy("All")), *PointKind.choices],
        error_messages={"invalid_choice": gettext_lazy("Choose one of the kinds in the list")},
    )
    q = forms.CharField(
        label=gettext_lazy("Text in the description"),
        required=False,
        max_length=100,
        error_messages=TEXT_ERRORS,
    )
    order = _Choice(required=False, choices=[("oldest", "oldest")])
    figures = _Choice(required=False, choices=[("on", "on")])
    new = _News(required=False, min_value=1, max_value=LARGEST_ID)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, *_services(), *_rewards())

    def clean_q(self) -> str:
        text: str = self.cleaned_data["q"]
        if text and not any(sign.isalnum() for sign in fold(text)):
            # An index of words has none of it: every description would be read.
            raise ValidationError(_("Type at least one letter or digit"), code="no-letter")
        return text


class AwardForm(PeriodForm):
    new = _News(required=False, min_value=1, max_value=LARGEST_ID)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data, *_services())
        self.fields["what"].label = _("Service or class")


class ClientsForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Name, e-mail, phone or loyalty card"),
        required=False,
        max_length=100,
        error_messages=TEXT_ERRORS,
    )
    points = forms.BooleanField(label=gettext_lazy("Has points"), required=False)
    agreed = forms.BooleanField(label=gettext_lazy("Agreed to messages"), required=False)
    at = _Place(required=False, max_length=40)
    new = _News(required=False, min_value=1, max_value=LARGEST_ID)


@dataclass(frozen=True)
class PointsQuestion:
    """A filter of movements or of points on the way. ``client`` goes before ``who``."""

    period: Period
    client: Client | None = None
    who: str = ""
    kind: str = ""
    service_id: int | None = None
    reward_id: int | None = None
    what: str = ""
    what_name: str = ""
    text: str = ""
    oldest_first: bool = False
    at: str = ""
    new: int | None = None
    with_figures: bool = False

    @property
    def parameters(self) -> dict[str, str]:
        """What asks this question again, without the place in the list."""
        period = self.period
        asked = {
            "range": "" if period.preset == DEFAULT else period.preset,
            "first": period.first.isoformat() if period.first and not period.preset else "",
            "last": period.last.isoformat() if period.last and not period.preset else "",
            "client": str(self.client.pk) if self.client else "",
            "who": self.who,
            "kind": self.kind,
            "what": self.what,
            "q": self.text,
            "order": "oldest" if self.oldest_first else "",
            "figures": "on" if self.with_figures else "",
        }
        return {name: value for name, value in asked.items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.parameters)

    def query_with(self, **changes: str) -> str:
        """``?…`` with other values, or nothing; an empty one takes a filter off."""
        return _query_string({**self.parameters, **changes})

    def chips(self) -> list[Chip]:
        chips = []
        if not self.period.preset and (self.period.first or self.period.last):
            chips.append(Chip(_("Dates"), write_period(self.period), self._without("first last")))
        if self.client:
            chips.append(Chip(_("Client"), self.client.full_name, self._without("client")))
        if self.who:
            chips.append(Chip(_("Client"), self.who, self._without("who")))
        if self.kind:
            chips.append(Chip(_("Kind"), str(PointKind(self.kind).label), self._without("kind")))
        if self.what:
            chips.append(Chip(_("Service or gift card"), self.what_name, self._without("what")))
        if self.text:
            chips.append(Chip(_("Text"), self.text, self._without("q")))
        return chips

    def _without(self, names: str) -> str:
        return self.query_with(**dict.fromkeys(names.split(), ""))


@dataclass(frozen=True)
class ClientsQuestion:
    """A filter of clients."""

    text: str = ""
    has_points: bool = False
    agreed: bool = False
    at: str = ""
    new: int | None = None

    @property
    def parameters(self) -> dict[str, str]:
        asked = {
            "q": self.text,
            "points": "on" if self.has_points else "",
            "agreed": "on" if self.agreed else "",
        }
        return {name: value for name, value in asked.items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.parameters)

    def query_with(self, **changes: str) -> str:
        return _query_string({**self.parameters, **changes})

    def chips(self) -> list[Chip]:
        chips = []
        if self.text:
            chips.append(Chip(_("Client"), self.text, self.query_with(q="")))
        if self.has_points:
            chips.append(Chip(_("Points"), _("more than 0"), self.query_with(points="")))
        if self.agreed:
            chips.append(Chip(_("Messages"), _("agreed"), self.query_with(agreed="")))
        return chips


def read_movements(data: QueryDict, business: Business) -> tuple[MovementForm, PointsQuestion]:
    form = MovementForm(data)
    asked = _cleaned(form)
    period = read_period(
        asked.get("range") or "",
        asked.get("first"),
        asked.get("last"),
        today=local_today(business),
    )
    return form, _question(form, asked, period)


def read_awards(data: QueryDict) -> tuple[AwardForm, PointsQuestion]:
    """Points on the way lie ahead: no preset, and without dates all of them."""
    form = AwardForm(data)
    asked = _cleaned(form)
    return form, _question(form, asked, Period(asked.get("first"), asked.get("last")))


def read_clients(data: QueryDict) -> tuple[ClientsForm, ClientsQuestion]:
    form = ClientsForm(data)
    asked = _cleaned(form)
    return form, ClientsQuestion(
        text=asked.get("q") or "",
        has_points=asked.get("points") or False,
        agreed=asked.get("agreed") or False,
        at=asked.get("at") or "",
        new=asked.get("new"),
    )


def write_period(period: Period) -> str:
    """The days in words."""
    first = write_full_date(period.first) if period.first else ""
    last = write_full_date(period.last) if period.last else ""
    if not first and not last:
        return _("All time")
    if not last:
        return _("From %(first)s") % {"first": first}
    if not first:
        return _("Until %(last)s") % {"last": last}
    return first if first == last else f"{first} – {last}"


def _query_string(parameters: dict[str, str]) -> str:
    asked = urlencode({name: value for name, value in parameters.items() if value})
    return f"?{asked}" if asked else ""


def _cleaned(form: forms.Form) -> dict[str, Any]:
    form.is_valid()
    return form.cleaned_data


def _question(form: PeriodForm, asked: dict[str, Any], period: Period) -> PointsQuestion:
    client, what = asked.get("client"), asked.get("what") or ""
    stem, _dash, number = what.partition("-")
    return PointsQuestion(
        period=period,
        client=client,
        who="" if client else (asked.get("who") or ""),
        kind=asked.get("kind") or "",
        service_id=int(number) if stem == "service" else None,
        reward_id=int(number) if stem == "reward" else None,
        what=what,
        what_name=form.names.get(what, ""),
        text=asked.get("q") or "",
        oldest_first=bool(asked.get("order")),
        at=asked.get("at") or "",
        new=asked.get("new"),
        with_figures=bool(asked.get("figures")),
    )


def _services() -> list[tuple[str, list[tuple[str, str]]]]:
    """Archived ones too: what was earned with them is still there."""
    services = list(Service.objects.order_by("name_en", "pk"))
    return [
        (_("Services"), [(f"service-{one.pk}", one.name) for one in services if not one.is_class]),
        (_("Classes"), [(f"service-{one.pk}", one.name) for one in services if one.is_class]),
    ]


def _rewards() -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {_("Gift cards"): []}
    for reward in all_rewards().order_by("gift_card_type", "service", "product"):
        group = _("Gift cards") if reward.gift_card_type_id else _("Rewards")
        groups.setdefault(group, []).append((f"reward-{reward.pk}", reward.name))
    return list(groups.items())
