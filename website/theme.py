"""Light, dark, or as the device has it: a cookie, so that the server prints the right one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

COOKIE = "theme"
SYSTEM = "system"
CHOSEN = ("light", "dark")
A_YEAR = 365 * 24 * 60 * 60


def theme_of(request: HttpRequest) -> str:
    """``light``, ``dark``, or nothing where the device decides."""
    value = request.COOKIES.get(COOKIE, "")
    return value if value in CHOSEN else ""


def keep_theme(request: HttpRequest, response: HttpResponse, theme: str) -> None:
    """Remember the choice for a year; ``system`` forgets it."""
    if theme in CHOSEN:
        response.set_cookie(
            COOKIE, theme, max_age=A_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
