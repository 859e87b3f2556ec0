"""Now outside the hours: /admin/outside-hours/, and the words that lead there.

Hours, special days and the zone change after people have booked. What is booked stays; this page
lists what lies outside now, for somebody to move it or to leave it on purpose.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from backoffice.base import actor_of
from bookings.outside import Outside, find_outside
from business.profile import get_business
from catalogue.models import Provider
from foundation.staff import staff_page, staff_response

TITLE = gettext_lazy("Now outside the hours")
SEE, ALL = "bookings.view_booking", "bookings.see_all_bookings"
MOVE, CHANGE = "bookings.book_for_clients", "bookings.change_classsession"


@require_safe
@staff_page(SEE, what=TITLE)
def outside_page(request: HttpRequest) -> HttpResponseBase:
    """Everybody's, or a provider's own."""
    actor = actor_of(request)
    own = None if actor.has_perm(ALL) else Provider.objects.filter(user=actor)
    found = find_outside(get_business(), providers=own)
    context = {
        "found": found,
        "more_bookings": found.booking_count - len(found.bookings),
        "more_sessions": found.session_count - len(found.sessions),
        "more_planned": found.planned_count - len(found.planned),
        "may_move": actor.has_perm(MOVE),
        "may_change": actor.has_perm(CHANGE),
    }
    return staff_response(request, "backoffice/outside.html", context, title=TITLE)


def count_words(found: Outside) -> list[str]:
    """How much lies outside, a sentence for each sort; nothing where nothing does."""
    words = []
    if found.booking_count:
        text = ngettext(
            "%(n)d coming booking lies outside the hours now.",
            "%(n)d coming bookings lie outside the hours now.",
            found.booking_count,
        )
        words.append(text % {"n": found.booking_count})
    if found.session_count:
        text = ngettext(
            "%(n)d coming class session lies outside the hours now.",
            "%(n)d coming class sessions lie outside the hours now.",
            found.session_count,
        )
        words.append(text % {"n": found.session_count})
    return words


def tell_outside(request: HttpRequest, *, provider: Provider | None = None) -> None:
    """After hours were saved: what lies outside them, with the way there; else nothing."""
    providers = None if provider is None else Provider.objects.filter(pk=provider.pk)
    found = find_outside(get_business(), providers=providers, with_things=False)
    for words in count_words(found):
        link = reverse("backoffice:outside-hours")
        text = format_html('{} <a href="{}">{}</a>', words, link, _("Look at them"))
        messages.warning(request, text)
