"""Custom features: /admin/features/ (ux S10).

A switch takes effect at once: there is no Save. Where others must go with it, the answer is a
question (409) that the page opens as a dialog; without scripts the same question is a page.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.base import actor_of
from backoffice.feature_rows import (
    FilterForm,
    changes_of,
    groups_of,
    loyalty_facts,
    question_about,
)
from business.errors import FeatureIsNeeded, FeatureNeedsOthers
from business.features import CATEGORIES, FEATURES, get_features, names_of
from business.models import LONGEST_DELAY, SHORTEST_DELAY, Business, Features
from business.profile import get_business
from foundation.errors import DomainError
from foundation.staff import post_only, staff_page, staff_response
from sales.features import switch_feature

TITLE = gettext_lazy("Custom features")
# Whose panel is beside the rows before anybody chose one: it is the one with settings.
FIRST_SHOWN = "loyalty"


class DelayForm(forms.Form):
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes from the end of the visit until its points are added"),
        min_value=SHORTEST_DELAY,
        max_value=LONGEST_DELAY,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limits = {"low": SHORTEST_DELAY, "high": LONGEST_DELAY}
        message = _("Enter a whole number of minutes from %(low)s to %(high)s") % limits
        field = self.fields["minutes"]
        field.help_text = (
            _(
                "From %(low)s to %(high)s: points then arrive 3 to 4 hours after the visit. "
                "Visits booked already keep their hour."
            )
            % limits
        )
        field.error_messages |= {"required": message, "invalid": message}
        for validator in field.validators:
            validator.message = message  # type: ignore[attr-defined]


@staff_page("business.view_features", what=TITLE)
def features_page(request: HttpRequest, code: str = "") -> HttpResponseBase:
    return _page(request, code)


@staff_page("business.switch_features", what=gettext_lazy("Switch custom features on and off"))
def switch(request: HttpRequest, code: str, on: bool) -> HttpResponseBase:
    """GET asks, POST turns. ``others`` are the switches that the question named: when more must
    go along by now, it is asked again."""
    _known(code)
    if request.method != "POST":
        return _ask(request, code, on=on, status=200)
    before = get_features()
    agreed = set(request.POST.getlist("others"))
    question = question_about(code, on=on, features=before)
    with_others = bool(question.others) and agreed.issuperset(question.others)
    try:
        after = switch_feature(code=code, on=on, with_others=with_others, actor=actor_of(request))
    except (FeatureNeedsOthers, FeatureIsNeeded) as error:
        return _ask(request, code, on=on, status=error.status)
    except DomainError as error:
        return _refused(request, code, error)
    return _turned(request, code, on=on, done=_said(code, before, after, on=on))


@post_only
@staff_page("business.change_business", what=TITLE)
def save_delay(request: HttpRequest) -> HttpResponseBase:
    form = DelayForm(request.POST)
    if not form.is_valid():
        return _page(request, "loyalty", delay_form=form, status=422)
    with transaction.atomic():
        business = Business.objects.select_for_update(no_key=True).get(pk=1)
        business.award_delay_minutes = form.cleaned_data["minutes"]
        business.save(update_fields=["award_delay_minutes"])
    messages.success(request, _("Saved. It counts for bookings made from now on."))
    return redirect("backoffice:feature", "loyalty")


def _known(code: str) -> None:
    if code not in FEATURES:
        raise Http404


def _context(
    request: HttpRequest, code: str, *, failed: str = "", error: str = "", said: str = ""
) -> dict[str, Any]:
    features = get_features()
    form = FilterForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    chosen = FEATURES[code or FIRST_SHOWN]
    return {
        "features": features,
        "filters": form,
        "asked": asked,
        "categories": {
            each: name
            for each, name in CATEGORIES.items()
            if any(feature.category == each for feature in FEATURES.values())
        },
        "groups": groups_of(features, asked, failed=failed, error=error),
        "query_string": f"?{request.GET.urlencode()}" if request.GET else "",
        "chosen": chosen,
        "chosen_is_on": getattr(features, chosen.code),
        "chosen_needs": [FEATURES[each] for each in chosen.needs],
        "chosen_excludes": [FEATURES[each] for each in chosen.excludes],
        "is_chosen": bool(code),
        "changes": changes_of(chosen.code),
        "may_switch": request.user.has_perm("business.switch_features"),
        "said": said,
        "turned": failed,
        **_panel(request, chosen.code),
    }


def _panel(request: HttpRequest, code: str) -> dict[str, Any]:
    if code != "loyalty":
        return {}
    return {
        **loyalty_facts(),
        "delay_form": DelayForm(initial={"minutes": get_business().award_delay_minutes}),
        "may_set_delay": request.user.has_perm("business.change_business"),
        "may_write": request.user.has_perm("notifications.change_messagetemplate"),
    }


def _page(
    request: HttpRequest,
    code: str,
    *,
    delay_form: DelayForm | None = None,
    failed: str = "",
    error: str = "",
    status: int = 200,
) -> HttpResponseBase:
    if code:
        _known(code)
    context = _context(request, code, failed=failed, error=error)
    if delay_form is not None:
        context |= {"delay_form": delay_form, "form": delay_form}
    title = FEATURES[code].name if code else TITLE
    return staff_response(request, "backoffice/features.html", context, title=title, status=status)


def _ask(request: HttpRequest, code: str, *, on: bool, status: int) -> HttpResponseBase:
    question = question_about(code, on=on, features=get_features())
    context = {
        "question": question,
        "action": request.get_full_path(),
        "query_string": f"?{request.GET.urlencode()}" if request.GET else "",
    }
    if request.headers.get("HX-Request"):
        response = render(request, "backoffice/features_dialog.html", context, status=status)
        response.headers["HX-Retarget"] = "#feature-dialog"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    title = _("Turn on %(feature)s?") if on else _("Turn off %(feature)s?")
    return staff_response(
        request,
        "backoffice/features_confirm.html",
        context,
        title=title % {"feature": question.feature.name},
        status=status,
    )


def _refused(request: HttpRequest, code: str, error: DomainError) -> HttpResponseBase:
    """The switch stays where it was, and the reason stands under it."""
    if not request.headers.get("HX-Request"):
        return _page(request, code, failed=code, error=str(error), status=error.status)
    context = _context(request, code, failed=code, error=str(error))
    return render(request, "backoffice/features_answer.html", context, status=error.status)


def _turned(request: HttpRequest, code: str, *, on: bool, done: str) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        context = _context(request, code, said=done) | {"turned": code}
        return render(request, "backoffice/features_answer.html", context)
    messages.success(request, done)
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(reverse("backoffice:feature", args=[code]) + query)


def _said(code: str, before: Features, after: Features, *, on: bool) -> str:
    """What was turned, in words: the switch itself first."""
    others = [
        each for each in FEATURES if each != code and getattr(before, each) != getattr(after, each)
    ]
    params = {"feature": FEATURES[code].name, "others": names_of(others)}
    if others:
        text = _("%(feature)s is on, and so are: %(others)s.")
        return (text if on else _("%(feature)s is off, and so are: %(others)s.")) % params
    return (_("%(feature)s is on.") if on else _("%(feature)s is off.")) % params
