"""The admin panel has no language in its addresses: it speaks the staff member's own."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation


class StaffLanguageMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = getattr(request.user, "language", "")
        if request.path_info.startswith("/admin/") and language in dict(settings.LANGUAGES):
            with translation.override(language):
                request.LANGUAGE_CODE = language
                response = self.get_response(request)
                if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                    response = response.render()
                return response
        return self.get_response(request)
