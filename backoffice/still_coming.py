"""What taking a class or a provider off offer leaves to somebody, in words with links."""

from __future__ import annotations

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.models import ClassSession
from business.profile import get_business
from catalogue.models import Provider, Service
from foundation.writing import write_day_time
from sales.archiving import Archived

NAMED = 10


def notes_on_class(service: Service, archived: Archived) -> list[SafeString | str]:
    notes: list[SafeString | str] = []
    name = service.name
    if archived.rules_ended:
        text = ngettext(
            "%(what)s: %(n)d weekly class has ended.",
            "%(what)s: %(n)d weekly classes have ended.",
            archived.rules_ended,
        )
        notes.append(text % {"what": name, "n": archived.rules_ended})
    if archived.cancelled:
        text = ngettext(
            "%(what)s: %(n)d session that nobody had booked is cancelled.",
            "%(what)s: %(n)d sessions that nobody had booked are cancelled.",
            archived.cancelled,
        )
        notes.append(text % {"what": name, "n": archived.cancelled})
    if archived.stay:
        text = ngettext(
            "%(what)s: %(n)d session stays, because somebody has booked or waits. "
            "Cancel it by hand if it does not take place:",
            "%(what)s: %(n)d sessions stay, because somebody has booked or waits. "
            "Cancel by hand those that do not take place:",
            len(archived.stay),
        )
        more = (
            f"{reverse('admin:bookings_classsession_changelist')}?service__id__exact={service.pk}"
        )
        notes.append(_with_sessions(text % {"what": name, "n": len(archived.stay)}, archived, more))
    return notes


def notes_on_provider(provider: Provider, archived: Archived) -> list[SafeString | str]:
    notes: list[SafeString | str] = []
    who = provider.name
    if archived.bookings:
        text = ngettext(
            "%(who)s still has %(n)d booking to come.",
            "%(who)s still has %(n)d bookings to come.",
            archived.bookings,
        ) % {"who": who, "n": archived.bookings}
        link = f"{reverse('backoffice:bookings')}?day=all&provider={provider.pk}"
        notes.append(_with_link(text, link, _("Move or cancel them")))
    if archived.stay:
        text = ngettext(
            "%(who)s still gives %(n)d class session to come:",
            "%(who)s still gives %(n)d class sessions to come:",
            len(archived.stay),
        )
        more = (
            f"{reverse('admin:bookings_classsession_changelist')}?provider__id__exact={provider.pk}"
        )
        notes.append(_with_sessions(text % {"who": who, "n": len(archived.stay)}, archived, more))
    if archived.rules_running:
        text = ngettext(
            "%(who)s gives %(n)d weekly class, which gets no new sessions now.",
            "%(who)s gives %(n)d weekly classes, which get no new sessions now.",
            archived.rules_running,
        ) % {"who": who, "n": archived.rules_running}
        link = (
            f"{reverse('admin:bookings_sessionrule_changelist')}?provider__id__exact={provider.pk}"
        )
        notes.append(_with_link(text, link, _("Give them to somebody else or end them")))
    return notes


def _with_link(text: str, link: str, words: str) -> SafeString:
    return format_html('{} <a href="{}">{}</a>', text, link, words)


def _with_sessions(text: str, archived: Archived, more: str) -> SafeString:
    zone = get_business().zone

    def row(session: ClassSession) -> tuple[str, str]:
        when = write_day_time(session.starts_at, zone)
        return reverse("backoffice:session", args=[session.pk]), when

    rows = [row(session) for session in archived.stay[:NAMED]]
    left = len(archived.stay) - len(rows)
    if left:
        words = ngettext("%(n)d more", "%(n)d more", left) % {"n": left}
        rows.append((more, words))
    links = format_html_join(", ", '<a href="{}">{}</a>', rows)
    return format_html("{} {}", text, links)
