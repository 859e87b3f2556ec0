"""Labels that several ModelAdmins write the same way."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

LANGUAGES = {"en": _("English"), "da": _("Danish"), "fi": _("Finnish")}


def name_language(name: str, field: Any) -> Any:
    """``Name (Danish)`` for a column of one language; other fields stay as they are."""
    stem, _underscore, code = name.rpartition("_")
    if field is not None and stem and code in LANGUAGES:
        label = str(field.label)
        field.label = _("%(field)s (%(language)s)") % {
            "field": label[:1].upper() + label[1:],
            "language": LANGUAGES[code],
        }
    return field


def name_by_column(field: Any) -> Any:
    """The field of a table's row, named for who cannot see the column's heading: that is no label
    of it."""
    if field is not None:
        field.widget.attrs["aria-label"] = str(field.label)
    return field
