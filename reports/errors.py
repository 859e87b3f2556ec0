from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foundation.errors import DomainError


class OneFileAtATime(DomainError):
    """Somebody whose file is being made asks for another one (T25). ``job`` is the first."""

    code = "one-file-at-a-time"
    message = _(
        "Another file is being made for you. Wait until it is ready, or cancel it; then ask again."
    )

    def __init__(self, *, job: int) -> None:
        self.job = job
        super().__init__()
