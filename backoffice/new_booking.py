"""Booking for a client: /admin/bookings/new/ (ux S4).

One form and one address. Every button sends the form: one books, the others show it again with what
was searched, added or found, so that nothing typed is lost and no name stands in an address. With
the script (static/backoffice/parts.js) only the parts that changed are put in.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.base import actor_of
from backoffice.bookings import BOOK
from backoffice.dashboard import visible_bookings
from backoffice.new_booking_client import (
    Who,
    change_who,
    check_who,
    complete,
    look_alikes,
    read_who,
)
from backoffice.new_booking_lines import (
    Offer,
    Row,
    check_rows,
    coming_sessions,
    fields_of_visit,
    lines_of_rows,
    read_offer,
    read_rows,
    service_groups,
)
from backoffice.new_booking_plan import Plan, check_plan, find_times, read_plan, refuse
from backoffice.new_booking_rewards import add_reward, loyalty_card, taken_and_left
from bookings.errors import OutsideRules, SlotTaken
from bookings.lines import MOST_LINES, Line
from bookings.models import Source, Visit
from business.profile import get_business
from foundation.errors import DomainError
from foundation.form_tokens import content_hash, new_form_token, was_used
from foundation.models import User
from foundation.staff import staff_page, staff_response
from foundation.writing import local, write_day_time
from sales.errors import PriceChanged
from sales.rewards import Wanted
from sales.visits import book_visit

TITLE = gettext_lazy("New appointment")
BOOKING, ANYWAY = "book", "anyway"


@dataclass
class Draft:
    """The form, read: who, what and when."""

    data: QueryDict
    who: Who
    rows: list[Row]
    plan: Plan

    @property
    def lines(self) -> list[Line]:
        return lines_of_rows(self.rows)

    @property
    def errors(self) -> list[tuple[str, str]]:
        """What is wrong, each with the id of its field, in the order of the page."""
        found = [(f"id_{name}", text) for name, text in self.who.errors.items()]
        for row in self.rows:
            found += [(f"id_{row.prefix}-{name}", text) for name, text in row.errors.items()]
        return found + [(f"id_{name}", text) for name, text in self.plan.errors.items()]

    @property
    def rewards(self) -> dict[int, Wanted]:
        """The lines that are rewards, by their numbers among the lines."""
        wanted = [row.reward for row in self.rows if row.line is not None]
        return {number: one for number, one in enumerate(wanted) if one is not None}

    @property
    def seen(self) -> str:
        """What a price that was shown belongs to: another line or time has another price."""
        return content_hash([[line.ids for line in self.lines], self.plan.starts_at])[:16]

    @property
    def is_ready(self) -> bool:
        """Whether client and time are chosen: a reward that is pressed then is booked at once."""
        return self.who.client is not None and self.plan.starts_at is not None

    @property
    def question(self) -> str:
        """What *Book anyway* says yes to; "" where there is nothing to ask."""
        asked = [self.plan.warnings, [each.pk for each in self.who.alike]]
        if not any(asked):
            return ""
        return content_hash([asked, self.who.typed, self.seen])[:16]


@staff_page(BOOK, what=TITLE)
def new_booking(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    offer = read_offer(actor)
    if offer.is_nobody:
        return staff_response(request, "backoffice/booking_new_nobody.html", {}, title=TITLE)
    if request.method != "POST":
        return _show(request, _read(_asked(request.GET, actor), actor, offer), offer)
    step = _step(request.POST)
    draft = _read(_changed(request.POST, step, offer), actor, offer)
    books = step in (BOOKING, ANYWAY) or (step == "reward" and draft.is_ready)
    if not books:
        if step in ("times", "later"):
            _find(draft, later=step == "later")
        return _show(request, draft, offer, step=step)
    return _book(request, draft, offer, is_sure=step == ANYWAY)


def _asked(query: QueryDict, actor: User) -> QueryDict:
    """What the address asks for, as fields of the form: ``day``, ``at`` (``14:30`` or an instant),
    ``who``, ``client``, ``service``, and ``again``, a booking whose visit is booked once more."""
    data = QueryDict(mutable=True)
    data["tell"] = "on"
    again = query.get("again", "")
    if again.isascii() and again.isdigit() and len(again) < 19:
        booking = visible_bookings(actor).filter(pk=int(again)).select_related("visit").first()
        if booking is not None:
            for name, value in fields_of_visit(booking.visit).items():
                data.setlist(name, value if isinstance(value, list) else [value])
    for name, sent in (("client", "client"), ("line-0-who", "who"), ("line-0-service", "service")):
        if query.get(sent):
            data[name] = query.get(sent, "")
    data["day"], hour = query.get("day", ""), query.get("at", "").strip()
    try:
        # A plus that was not encoded arrives as a space.
        instant = dt.datetime.fromisoformat(hour.replace(" ", "+"))
        if instant.tzinfo is None:
            raise ValueError
        shown = local(instant, get_business().zone)
    except (ValueError, OverflowError):
        data["hour"] = hour
    else:
        data["at"], data["day"] = instant.isoformat(), shown.date().isoformat()
        data["hour"] = f"{shown:%H:%M}"
    return data


def _step(sent: QueryDict) -> str:
    """Which button was pressed. The one that books has no name: it is the form's own."""
    for name in ("pick", "remove", "slot", "reward", "pay"):
        if name in sent:
            return name
    return sent.get("step", BOOKING)


def _changed(sent: QueryDict, step: str, offer: Offer) -> QueryDict:
    """The form after a button that changes it. ``pay``: a line is no reward after all."""
    data = sent.copy()
    change_who(data, step)
    if step == "add-line":
        data["lines"] = str(_lines_sent(sent) + 1)
    elif step == "remove":
        _remove_line(data, sent.get("remove", ""))
    elif step == "slot":
        _take_slot(data, sent.get("slot", ""))
    elif step == "reward":
        add_reward(data, sent.get("reward", ""), offer.rewards)
    elif step == "pay":
        data.pop(f"line-{sent.get('pay', '')}-reward", None)
    return data


def _lines_sent(sent: QueryDict) -> int:
    text = sent.get("lines", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 1


def _remove_line(data: QueryDict, text: str) -> None:
    """What comes after moves up."""
    many = min(_lines_sent(data), MOST_LINES)
    if not (text.isascii() and text.isdigit() and len(text) < 3 and int(text) < many):
        return
    for number in range(int(text), many):
        for name in ("service", "who", "add", "reward"):
            data.setlist(f"line-{number}-{name}", data.getlist(f"line-{number + 1}-{name}"))
    data["lines"] = str(max(1, many - 1))


def _take_slot(data: QueryDict, text: str) -> None:
    try:
        shown = local(dt.datetime.fromisoformat(text), get_business().zone)
    except (ValueError, OverflowError):
        return
    data["at"], data["day"], data["hour"] = text, shown.date().isoformat(), f"{shown:%H:%M}"


def _read(data: QueryDict, actor: User, offer: Offer) -> Draft:
    rows = read_rows(data, offer)
    return Draft(
        data=data,
        who=read_who(data, actor),
        rows=rows,
        plan=read_plan(data, lines_of_rows(rows), offer),
    )


def _find(draft: Draft, *, later: bool) -> None:
    if draft.lines:
        find_times(draft.plan, draft.lines, later=later)
    else:
        check_rows(draft.rows)


def _book(request: HttpRequest, draft: Draft, offer: Offer, *, is_sure: bool) -> HttpResponseBase:
    """Everything is there, nothing is to be asked (any more), and then the command decides."""
    check_who(draft.who)
    check_rows(draft.rows)
    check_plan(draft.plan)
    if draft.errors:
        return _show(request, draft, offer, status=422)
    refused = draft.plan.refused
    draft.who.alike = look_alikes(draft.who, actor_of(request))
    question = draft.question
    is_answered = is_sure and draft.data.get("asked") == question
    # A second press of what is booked by now: the time is taken by it, and its client known.
    if not was_used(draft.data.get("form_token", "")):
        if refused is not None:
            return _show(request, draft, offer, status=refused.status)
        if question and not is_answered:
            return _show(request, draft, offer, status=422, is_asking=True)
    try:
        visit = _command(request, draft)
    except (SlotTaken, OutsideRules) as error:
        refuse(draft.plan, draft.lines, error)
        return _show(request, draft, offer, status=error.status)
    except DomainError as error:
        draft.plan.refused = error
        is_news = isinstance(error, PriceChanged)
        if not is_news:
            # What was sent with it is booked already, or cannot be: the next press is another form.
            draft.data["form_token"] = new_form_token()
        return _show(request, draft, offer, status=error.status)
    said = [_said(visit, told="tell" in draft.data), taken_and_left(draft.rows, visit.client)]
    messages.success(request, " ".join(filter(None, said)))
    return redirect("backoffice:booking", visit.bookings.order_by("starts_at", "pk")[0].pk)


def _command(request: HttpRequest, draft: Draft) -> Visit:
    assert draft.plan.starts_at is not None  # noqa: S101 (check_plan asked)
    when = draft.plan.form.cleaned_data
    key, _colon, total = draft.data.get("seen", "").partition(":")
    was_shown = key == draft.seen and total.isascii() and total.isdigit() and len(total) < 13
    return book_visit(
        client=draft.who.client,
        guest=draft.who.guest(),
        lines=draft.lines,
        starts_at=draft.plan.starts_at,
        source=Source.DESK,
        form_token=draft.data.get("form_token", ""),
        actor=actor_of(request),
        note=when.get("note") or "",
        expected_total_minor=int(total) if was_shown else None,
        rewards=draft.rewards,
        tell=bool(when.get("tell")),
    )


def _said(visit: Visit, *, told: bool) -> str:
    """What became of it, and whether the client hears of it."""
    params = {
        "who": visit.client and visit.client.full_name,
        "when": write_day_time(visit.starts_at, get_business().zone),
        "email": visit.client and visit.client.email,
    }
    if not told:
        return _("Booked: %(who)s, %(when)s. No confirmation is sent.") % params
    if params["email"]:
        return _("Booked: %(who)s, %(when)s. A confirmation goes to %(email)s.") % params
    return _("Booked: %(who)s, %(when)s. There is no e-mail address to confirm it to.") % params


def _show(
    request: HttpRequest,
    draft: Draft,
    offer: Offer,
    *,
    status: int = 200,
    is_asking: bool = False,
    step: str = "",
) -> HttpResponseBase:
    complete(draft.who, actor_of(request))
    plan = draft.plan
    total = plan.total_minor if plan.is_certain and plan.lines else None
    context = {
        "draft": draft,
        "who": draft.who,
        "rows": draft.rows,
        "plan": plan,
        "when": plan.form,
        "errors": draft.errors,
        "groups": service_groups(offer, draft.who.client),
        "only": offer.only,
        "card": loyalty_card(
            draft.who.client, draft.rows, offer.rewards, plan.starts_at, get_business()
        ),
        "is_ready": draft.is_ready,
        "is_new_client": step == "pick" or request.method == "GET",
        "is_added": step == "reward",
        "sessions": coming_sessions(offer),
        "may_add_line": len(draft.rows) < MOST_LINES,
        "form_token": draft.data.get("form_token") or new_form_token(),
        "seen": f"{draft.seen}:{total}" if total is not None else "",
        "question": draft.question if is_asking else "",
        "is_asking": is_asking,
        "is_told": "tell" in draft.data,
        "after": plan.found[-1].starts_at if plan.found else None,
    }
    return staff_response(
        request, "backoffice/booking_new.html", context, title=TITLE, status=status
    )
