"""The editor of a feature's messages (ux S16): own words, variables, a preview, a way back.

Saving, trying and previewing post the same form, so what was typed stays through all of them,
with scripts and without.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from backoffice.base import actor_of
from backoffice.feature_rows import LOYALTY_KINDS, message_lines
from foundation.errors import DomainError
from foundation.rates import hit
from foundation.staff import post_only, staff_page, staff_response
from foundation.translated import LANGUAGE_CODES
from foundation.writing import grouped
from notifications.errors import TextError
from notifications.kinds import COMMON_PLACEHOLDERS, MessageKind, get_kind
from notifications.models import BODY_LIMIT, LANGUAGE_CHOICES, SUBJECT_LIMIT, MessageTemplate
from notifications.previews import preview, queue_test
from notifications.rendering import hints
from notifications.texts import get_text, reset_text, save_text

WHAT = gettext_lazy("Texts of messages")
PERMISSION = "notifications.change_messagetemplate"
VIEWS = {
    "phone": gettext_lazy("Mail on a phone"),
    "wide": gettext_lazy("Mail, wide"),
    "text": gettext_lazy("Plain text"),
}
TESTS, TEST_WINDOW = 10, 10 * 60
VERSIONS_SHOWN = 10


NOT_STORED = gettext_lazy(
    "This text has an invisible character in it that cannot be used. Type it again."
)


class LetterField(forms.CharField):
    """Says how many letters fit and how many there are; an end of a line is one letter."""

    def clean(self, value: Any) -> Any:
        text = str(value or "").replace("\r\n", "\n")
        if self.max_length is not None and len(text.strip()) > self.max_length:
            params = {"most": grouped(self.max_length), "number": grouped(len(text.strip()))}
            raise ValidationError(self.error_messages["long"] % params, code="max_length")
        return super().clean(text)


class TextForm(forms.Form):
    subject = LetterField(
        label=gettext_lazy("Subject"),
        max_length=SUBJECT_LIMIT,
        error_messages={
            "required": gettext_lazy("Enter a subject"),
            "null_characters_not_allowed": NOT_STORED,
            "long": gettext_lazy(
                "A subject holds at most %(most)s letters; this one has %(number)s. Shorten it."
            ),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-text": ""}),
    )
    body = LetterField(
        label=gettext_lazy("Text"),
        max_length=BODY_LIMIT,
        help_text=gettext_lazy(
            "**Bold**, [a link](address), and an empty line between paragraphs. "
            "A variable stands between two braces."
        ),
        error_messages={
            "required": gettext_lazy("Enter a text"),
            "null_characters_not_allowed": NOT_STORED,
            "long": gettext_lazy(
                "A message holds at most %(most)s letters; this one has %(number)s. Shorten it."
            ),
        },
        widget=forms.Textarea(attrs={"rows": 16, "data-text": "", "spellcheck": "true"}),
    )


@dataclass(frozen=True)
class Variable:
    """One button of the list: what it inserts, what that means, what it may look like."""

    name: str
    label: str | Promise
    example: str

    @property
    def written(self) -> str:
        return f"{{{self.name}}}"


@staff_page(PERMISSION, what=WHAT)
def editor(request: HttpRequest, kind: str, language: str) -> HttpResponseBase:
    known = _known(kind, language)
    if request.method != "POST":
        text = get_text(kind, language)
        form = TextForm(initial={"subject": text.subject, "body": text.body})
        return _page(request, known, language, form)
    form = TextForm(request.POST)
    if form.is_valid():
        try:
            save_text(kind=kind, language=language, actor=actor_of(request), **form.cleaned_data)
        except DomainError as error:
            _show(form, error)
        else:
            messages.success(request, _("Saved. Messages that wait already use it too."))
            for hint in hints(known, **form.cleaned_data):
                messages.warning(request, hint)
            return redirect("backoffice:feature-message", kind, language)
    return _page(request, known, language, form, status=422)


@post_only
@staff_page(PERMISSION, what=WHAT)
def show_preview(request: HttpRequest, kind: str, language: str) -> HttpResponseBase:
    """The preview alone for htmx, the whole editor with what was typed for everybody else."""
    known = _known(kind, language)
    form = TextForm(request.POST)
    form.is_valid()
    if request.headers.get("HX-Request"):
        context = _preview_context(request, known, language, form)
        return render(request, "backoffice/features_preview.html", context)
    # Half a text is no mistake yet: it is looked at, not saved.
    typed = {name: request.POST.get(name, "") for name in ("subject", "body")}
    return _page(request, known, language, TextForm(initial=typed))


@post_only
@staff_page(PERMISSION, what=WHAT)
def send_test(request: HttpRequest, kind: str, language: str) -> HttpResponseBase:
    """Mail what is in the form, saved or not, to whoever asks."""
    known = _known(kind, language)
    form = TextForm(request.POST)
    status = 422
    if form.is_valid():
        user = actor_of(request)
        try:
            hit("test-message", str(user.pk), limit=TESTS, seconds=TEST_WINDOW)
            queue_test(
                kind=kind, language=language, to_email=user.email, actor=user, **form.cleaned_data
            )
        except DomainError as error:
            _show(form, error)
            status = error.status
        else:
            done = _("A test goes to %(email)s. The text is not saved yet.")
            if not form.has_changed() or _is_saved(kind, language, form):
                done = _("A test goes to %(email)s.")
            messages.success(request, done % {"email": user.email})
            status = 200
    return _page(request, known, language, form, status=status)


@staff_page(PERMISSION, what=WHAT)
def reset(request: HttpRequest, kind: str, language: str) -> HttpResponseBase:
    """GET shows the text that would come back, POST brings it back."""
    known = _known(kind, language)
    if request.method == "POST":
        reset_text(kind=kind, language=language, actor=actor_of(request))
        messages.success(request, _("The original text is in use again."))
        return redirect("backoffice:feature-message", kind, language)
    context = {
        "kind": known,
        "language": language,
        "original": known.original_text(language),
    }
    title = _("Reset to the original text?")
    return staff_response(request, "backoffice/features_reset.html", context, title=title)


def _known(kind: str, language: str) -> MessageKind:
    if kind not in LOYALTY_KINDS or language not in LANGUAGE_CODES:
        raise Http404
    return get_kind(kind)


def _show(form: TextForm, error: DomainError) -> None:
    field = error.field if isinstance(error, TextError) else None
    form.add_error(field, ValidationError(str(error), code=error.code))


def _is_saved(kind: str, language: str, form: TextForm) -> bool:
    text = get_text(kind, language)
    typed = form.cleaned_data
    return (text.subject, text.body) == (typed["subject"], typed["body"].replace("\r\n", "\n"))


def _page(
    request: HttpRequest, kind: MessageKind, language: str, form: TextForm, *, status: int = 200
) -> HttpResponseBase:
    text = get_text(kind.code, language)
    context = {
        "kind": kind,
        "language": language,
        "language_name": dict(LANGUAGE_CHOICES)[language],
        "languages": next(each for each in message_lines() if each.code == kind.code).languages,
        "text": text,
        "form": form,
        "groups": _variables(kind, language),
        "versions": _versions(kind.code, language),
        **_preview_context(request, kind, language, form),
    }
    return staff_response(
        request, "backoffice/features_text.html", context, title=kind.label, status=status
    )


def _preview_context(
    request: HttpRequest, kind: MessageKind, language: str, form: TextForm
) -> dict[str, Any]:
    view = request.POST.get("view", "phone")
    subject, body = (str(form[name].value() or "") for name in ("subject", "body"))
    return {
        "kind": kind,
        "language": language,
        "rendered": preview(kind.code, language, subject, body),
        "hints": hints(kind, subject, body),
        "views": VIEWS,
        "view": view if view in VIEWS else "phone",
    }


def _variables(kind: MessageKind, language: str) -> list[tuple[str, list[Variable]]]:
    """Grouped: what it is about, whom and by whom, where links lead."""
    groups: dict[str, list[Variable]] = {
        _("What happened"): [],
        _("Client and business"): [],
        _("Links"): [],
    }
    own, common, links = groups.values()
    for name, spec in kind.placeholders.items():
        with override(language):
            variable = Variable(name, spec.label, str(spec.example))
        group = links if spec.link else common if name in COMMON_PLACEHOLDERS else own
        group.append(variable)
    return list(groups.items())


def _versions(kind: str, language: str) -> list[Any]:
    """What stood here before, the newest first; a reset is a version too."""
    rows = MessageTemplate.history.filter(kind=kind, language=language)
    rows = rows.select_related("history_user").order_by("-history_date", "-history_id")
    return list(rows[:VERSIONS_SHOWN])
