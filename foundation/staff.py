"""Own pages inside the admin panel's frame, for apps that may not import the panel's app.

A page is a plain view under ``staff_page(permission)``; ``staff_response`` gives it the frame.
Who may not see it gets a plain page that says what was asked and who can do it (ux 1.4): being
refused is no form error.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import unquote, urlsplit

from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseForbidden
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

View = Callable[..., HttpResponseBase]


def staff_page(permission: str, *, what: str | Promise = "") -> Callable[[View], View]:
    """Let only staff with ``permission`` (``app.codename``) in.

    A visitor who is not signed in goes to the panel's sign-in page and comes back. Anybody else
    gets the 403 page, on which ``what`` names the page. No cache keeps the answer (T26).
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response = _refuse(request, permission, what) or view(request, *args, **kwargs)
            response.headers["Cache-Control"] = "no-store, private"
            return response

        return guarded

    return decorate


def _refuse(request: HttpRequest, permission: str, what: str | Promise) -> HttpResponseBase | None:
    user = request.user
    if not (user.is_active and user.is_staff):
        return to_sign_in(request)
    if not user.has_perm(permission):
        return refusal(request, permission=permission, what=what)
    return None


def post_only(view: View) -> View:
    """``require_POST``, and known for it: nobody is led back to what no browser can open."""
    guarded: Any = require_POST(view)
    guarded.is_post_only = True
    return guarded


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Off to the panel's sign-in page and then back to the page that was open: its own address for
    a page, the page around it for a form or a fragment. htmx moves the page as a whole."""
    sign_in = reverse("admin:login")
    if request.headers.get("HX-Request"):
        back = _panel_page(request, request.headers.get("HX-Current-URL"))
        address = redirect_to_login(back, sign_in).headers["Location"]
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path(), sign_in)
    return redirect_to_login(_panel_page(request, request.headers.get("Referer")), sign_in)


def _panel_page(request: HttpRequest, address: str | None) -> str:
    """``address`` as a path where it is a page of the panel on this host (T18), else its start."""
    start = reverse("admin:index")
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure()):
        return start
    parts = urlsplit(str(address))
    try:
        match = resolve(unquote(parts.path))
    except Resolver404:
        return start
    is_door = match.view_name in ("admin:login", "admin:logout")
    if is_door or not parts.path.startswith(start) or hasattr(match.func, "is_post_only"):
        return start
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def refusal(
    request: HttpRequest, *, permission: str = "", what: str | Promise = ""
) -> HttpResponseBase:
    """The 403 page; one sentence for htmx, which has no room for a page."""
    who = roles_with(permission) if permission else []
    if request.headers.get("HX-Request"):
        return HttpResponseForbidden(_("Your role does not allow this."))
    context = {"what": what, "who": get_text_list(who, _("or")), "is_refusal": True}
    title = _("Your role does not allow this")
    return staff_response(request, "backoffice/refused.html", context, title=title, status=403)


def roles_with(permission: str) -> list[str]:
    """The names of the roles that have ``permission``, in the active language."""
    app, codename = permission.split(".")
    found = Group.objects.filter(
        permissions__codename=codename, permissions__content_type__app_label=app
    )
    return [pgettext("role", name) for name in found.order_by("pk").values_list("name", flat=True)]


def staff_response(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    title: str | Promise,
    status: int = 200,
    below: str = "",
) -> TemplateResponse:
    """``template`` (which extends ``backoffice/page.html``) in the panel's frame.

    The context gains ``business``, ``features`` and what the frame needs. ``below`` is the address
    whose entry the menu lights up for a page that lies elsewhere.
    """
    request.current_app = admin.site.name
    request.menu_path = below or request.path  # type: ignore[attr-defined]
    frame = {**admin.site.each_context(request), "title": title}
    return TemplateResponse(request, template, {**frame, **context}, status=status)
