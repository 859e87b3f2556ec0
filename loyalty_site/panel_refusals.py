"""What is not there, and what cannot be opened, under /admin/: said to staff in the panel's frame.

The website's pages for it know no way back to the desk, and Django's for a wrong method is blank.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views import defaults

from foundation.staff import staff_response

MISSING = (
    _("We could not find that page"),
    _("The address may be misspelt, or the page may have moved."),
)
NOT_TO_OPEN = (_("That didn’t work"), _("Nothing was changed."))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler for a page that is not there."""
    if _is_at_the_panel(request):
        return _page(request, MISSING, status=404)
    return defaults.page_not_found(request, exception)


class PanelRefusalsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or not _is_at_the_panel(request):
            return response
        page = _page(request, NOT_TO_OPEN, status=405)
        page.headers["Allow"] = response.headers["Allow"]
        return page


def _is_at_the_panel(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    is_staff = user is not None and user.is_active and user.is_staff
    return is_staff and request.path_info.startswith("/admin/")


def _page(
    request: HttpRequest, words: tuple[str | Promise, str | Promise], *, status: int
) -> HttpResponse:
    title, text = words
    page = staff_response(
        request, "backoffice/lost.html", {"text": text}, title=title, status=status
    )
    return page.render()
