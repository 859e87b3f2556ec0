"""The admin site of the panel: Unfold's, with our dashboard, sign-in and refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.contrib.auth.views import LogoutView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from backoffice.base import actor_of
from backoffice.dashboard import dashboard
from backoffice.sign_in import StaffSignInForm
from foundation.staff import refusal, to_sign_in


def _asked(view: Callable[..., Any], request: HttpRequest) -> tuple[str, str]:
    """The permission that a refused view of a ModelAdmin wanted, and the name of its page."""
    owner = getattr(view, "__self__", None)
    if not isinstance(owner, ModelAdmin):
        return "", ""
    app, model = owner.opts.app_label, owner.opts.model_name
    verb = {"add_view": "add", "delete_view": "delete"}.get(view.__name__, "view")
    if verb == "view" and actor_of(request).has_perm(f"{app}.view_{model}"):
        verb = "change"
    return f"{app}.{verb}_{model}", capfirst(str(owner.opts.verbose_name_plural))


class PanelSite(UnfoldAdminSite):
    """Everything under /admin/ that is not a page of our own. At the address of Unfold's search,
    over the names of models, stands ours."""

    index_title = _("Today")
    login_form = StaffSignInForm
    enable_nav_sidebar = True

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # Nothing here is deleted in bulk: things go off offer, ledgers stay.
        self.disable_action("delete_selected")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Django's, plus: a refusal is a plain page in the frame (ux 1.4), and a NUL in the query
        string is refused before PostgreSQL meets it (trap 13)."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if any("\x00" in value for values in request.GET.lists() for value in values[1]):
                return HttpResponseBadRequest()
            is_page = request.method == "GET" and not request.headers.get("HX-Request")
            is_leaving = request.path == reverse("admin:logout")
            if not (is_page or is_leaving or self.has_permission(request)):
                # Django's own way leads back to the address of the form or the fragment.
                return to_sign_in(request)
            try:
                return inner(request, *args, **kwargs)
            except PermissionDenied:
                if not self.has_permission(request):
                    raise
                permission, what = _asked(view, request)
                return refusal(request, permission=permission, what=what)

        return guarded

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        return super().index(request, {**(extra_context or {}), **dashboard(actor_of(request))})

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Apps are our floors, not a staff member's: Unfold's crumbs lead to the first page."""
        return redirect("admin:index")

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Django has one landing page for the whole project, a client's; staff land on theirs."""
        answer = super().login(request, extra_context)
        if answer.headers.get("Location") == resolve_url(settings.LOGIN_REDIRECT_URL):
            return redirect("admin:index")
        return answer

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Back to the sign-in page: the next person at a shared tablet signs in there."""
        return LogoutView.as_view(next_page="admin:login")(request)
