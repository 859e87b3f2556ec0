"""While client login is off, signing in and the account are not there (product: Custom features).

Staff sign in under /admin/, which knows nothing of this switch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import get_language_from_path

from website.visitors import features_of

ACCOUNT = "/account/"


class LoginSwitchMiddleware:
    """Stands in front of the accounts library's middleware, which would turn a missing
    ``/account/`` into a redirect to the sign-in page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _in_account(request) and not features_of(request).client_login:
            raise Http404
        return self.get_response(request)

    def process_template_response(
        self, request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        """A form that the accounts library shows again because of errors is a 422 like ours."""
        context: dict[str, Any] = response.context_data or {}
        form = context.get("form")
        if _in_account(request) and response.status_code == 200 and getattr(form, "errors", None):
            response.status_code = 422
        return response


def _in_account(request: HttpRequest) -> bool:
    path = request.path_info
    language = get_language_from_path(path)
    if language:
        path = path.removeprefix(f"/{language}")
    return path.startswith(ACCOUNT)
