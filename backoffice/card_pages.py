"""Three pages about issued cards: issue one by hand, show a code, void a card."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.base import actor_of
from clients.models import Client
from clients.people import search_clients
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from foundation.rates import hit
from foundation.staff import staff_response
from giftcards.cards import reveal_code
from giftcards.models import GiftCard, GiftCardType
from sales.issuing import issue_card_by_hand, void_card_by_hand

FOUND = 8
REVEALS, REVEAL_WINDOW = 20, 10 * 60


class IssueForm(forms.Form):
    card_type = forms.ModelChoiceField(
        label=gettext_lazy("Gift card type"),
        queryset=GiftCardType.objects.filter(archived_at__isnull=True),
        error_messages={"required": gettext_lazy("Choose a gift card type")},
    )
    owner = forms.ModelChoiceField(
        queryset=Client.objects.filter(anonymised_at__isnull=True),
        required=False,
        widget=forms.HiddenInput,
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=200,
        help_text=gettext_lazy("Why the card is issued. The owner sees this."),
        error_messages={"required": gettext_lazy("Enter why the card is issued")},
    )
    token = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, may_reveal: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_reveal = may_reveal

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        owner = data.get("owner")
        if not self.may_reveal and (owner is None or not owner.email):
            text = _(
                "Choose a client with an e-mail address: the code goes there. "
                "A manager can issue a card without one."
            )
            raise ValidationError(text, code="nobody-to-tell")
        return data


class FindForm(forms.Form):
    """The search for an owner; parsed by a form so that no query string breaks the page."""

    q = forms.CharField(required=False, max_length=100)
    client = forms.IntegerField(required=False, min_value=1)
    # Which button of the owner's panel was pressed; without one the card is issued.
    step = forms.ChoiceField(required=False, choices=[("find", "find"), ("change", "change")])


def issue_page(request: HttpRequest) -> HttpResponseBase:
    """Choose type and owner, say why; the code goes by mail or is shown on the card's page.

    The owner's buttons post the whole form, so what was chosen and typed stays as it is.
    """
    is_post = request.method == "POST"
    find = FindForm(request.POST if is_post else request.GET)
    asked = find.cleaned_data if find.is_valid() else {}
    may_reveal = request.user.has_perm("giftcards.reveal_codes")
    is_issue = is_post and not (asked.get("step") or asked.get("client"))
    owner = None
    if asked.get("step") != "change":
        owner = _client(asked.get("client") or request.POST.get("owner"))
    initial = {
        "owner": owner,
        "token": request.POST.get("token") or new_form_token(),
        "card_type": request.POST.get("card_type"),
        "description": request.POST.get("description"),
    }
    form = IssueForm(request.POST if is_issue else None, initial=initial, may_reveal=may_reveal)
    status = 200
    if is_issue:
        if form.is_valid():
            try:
                return _issue(request, form)
            except DomainError as error:
                form.add_error(None, ValidationError(str(error), code=error.code))
                status = error.status
        else:
            status = 422
    text = asked.get("q") or ""
    context = {
        "form": form,
        "owner": owner,
        "q": text,
        "found": search_clients(text)[:FOUND] if text.strip() else None,
    }
    title = _("Issue a gift card by hand")
    return staff_response(
        request, "backoffice/card_issue.html", context, title=title, status=status
    )


def _client(pk: Any) -> Client | None:
    if not str(pk or "").isdecimal():
        return None
    return Client.objects.filter(pk=pk, anonymised_at__isnull=True).first()


def _issue(request: HttpRequest, form: IssueForm) -> HttpResponseBase:
    data = form.cleaned_data
    card = issue_card_by_hand(
        card_type=data["card_type"],
        owner=data["owner"],
        form_token=data["token"],
        description=data["description"],
        actor=actor_of(request),
    )
    if card.owner is not None and card.owner.email:
        text = _("Gift card …%(code)s is issued and goes to %(email)s.")
        messages.success(request, text % {"code": card.last_four, "email": card.owner.email})
    else:
        text = _("Gift card …%(code)s is issued. Show its code and hand it over.")
        messages.success(request, text % {"code": card.last_four})
    return redirect("admin:giftcards_giftcard_change", card.pk)


class CodeForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Enter your password")},
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        user = actor_of(self.request)
        try:
            hit("reveal-code", str(user.pk), limit=REVEALS, seconds=REVEAL_WINDOW)
        except DomainError as error:
            raise ValidationError(str(error), code=error.code) from error
        if not user.check_password(password):
            raise ValidationError(_("That is not your password"), code="wrong-password")
        return password


def code_page(request: HttpRequest, card: GiftCard) -> HttpResponseBase:
    """The code in clear, after the password again; written into the log (T05)."""
    form = CodeForm(request.POST or None, request=request)
    code, status = "", 200
    if request.method == "POST":
        if form.is_valid():
            log_card(request, card, "Showed the code")
            code = reveal_code(card)
        else:
            status = 422
    context = {"form": form, "card": card, "code": code}
    title = _("Code of gift card …%(code)s") % {"code": card.last_four}
    return staff_response(request, "backoffice/card_code.html", context, title=title, status=status)


class VoidForm(forms.Form):
    description = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter why the card is voided")},
    )
    token = forms.CharField(max_length=64, widget=forms.HiddenInput)


def void_page(request: HttpRequest, card: GiftCard) -> HttpResponseBase:
    """Close an untouched card for good; what happens is said before the button."""
    form = VoidForm(request.POST or None, initial={"token": new_form_token()})
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                void_card_by_hand(
                    card=card,
                    form_token=form.cleaned_data["token"],
                    description=form.cleaned_data["description"],
                    actor=actor_of(request),
                )
            except DomainError as error:
                form.add_error(None, ValidationError(str(error), code=error.code))
                status = error.status
            else:
                log_card(request, card, "Voided")
                done = _("Gift card …%(code)s is voided.") % {"code": card.last_four}
                messages.success(request, done)
                return redirect("admin:giftcards_giftcard_change", card.pk)
        else:
            status = 422
    line = getattr(card, "sale_line", None)
    spent = line.spend_entry if line is not None else None
    context = {"form": form, "card": card, "points_back": -spent.amount if spent else 0}
    title = _("Void gift card …%(code)s") % {"code": card.last_four}
    return staff_response(request, "backoffice/card_void.html", context, title=title, status=status)


def log_card(request: HttpRequest, card: GiftCard, what: str) -> None:
    LogEntry.objects.create(
        user_id=actor_of(request).pk,
        content_type=ContentType.objects.get_for_model(GiftCard),
        object_id=str(card.pk),
        object_repr=str(card),
        action_flag=CHANGE,
        change_message=what,
    )
