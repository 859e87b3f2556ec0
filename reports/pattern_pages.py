"""Points by hand: what looks odd in the corrections and cards of the days asked for."""

from __future__ import annotations

import tempfile

from django.http import FileResponse, HttpRequest, HttpResponseBase, QueryDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from business.models import Business
from business.profile import get_business, local_today
from foundation.money import minor_digits
from foundation.staff import staff_page, staff_response
from foundation.writing import local
from reports.csv_file import CsvFile
from reports.excel_file import ExcelFile
from reports.export_pages import TYPES
from reports.filters import PresetForm, write_period
from reports.patterns import NONE, PATTERNS, SHOWN, odd_things
from reports.periods import DEFAULT, PRESETS, Period, read_period
from reports.sheets import Cell

TITLE = gettext_lazy("Points by hand")
SEE_PATTERNS = "loyalty.see_correction_patterns"


@staff_page(SEE_PATTERNS, what=TITLE)
@require_safe
def by_hand(request: HttpRequest) -> HttpResponseBase:
    """The four patterns, each with what was found or that nothing was."""
    business = get_business()
    form, period = _read(request.GET, business)
    found = odd_things(period, business)
    context = {
        "form": form,
        "asked": {"period": period},
        "days": write_period(period),
        "parts": [(code, PATTERNS[code], NONE[code], found[code]) for code in PATTERNS],
        "count": sum(map(len, found.values())),
        "shown": SHOWN,
        "presets": [(code, label, period.preset == code) for code, label in PRESETS.items()],
        "question": request.GET.urlencode(),
        "default": DEFAULT,
    }
    return staff_response(request, "reports/by_hand.html", context, title=TITLE)


@staff_page(SEE_PATTERNS, what=TITLE)
@require_safe
def by_hand_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The same rows as a file: never so many that somebody would have to wait."""
    business = get_business()
    _form, period = _read(request.GET, business)
    file = tempfile.TemporaryFile()  # noqa: SIM115 — the response closes it
    headers = [_("Pattern"), _("Date and time"), _("By"), _("About"), _("Amount"), _("Description")]
    out: CsvFile | ExcelFile
    if kind == "xlsx":
        out = ExcelFile(file, str(TITLE), headers, digits=minor_digits(business.currency))
    else:
        out = CsvFile(file, headers, language=(get_language() or "en").split("-")[0])
    out.add(_cells(period, business))
    out.close()
    file.seek(0)
    name = f"points-by-hand_{local_today(business).isoformat()}.{kind}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[kind])


def _read(data: QueryDict, business: Business) -> tuple[PresetForm, Period]:
    form = PresetForm(data)
    form.is_valid()
    asked = form.cleaned_data
    period = read_period(
        asked.get("range") or "",
        asked.get("first"),
        asked.get("last"),
        today=local_today(business),
    )
    return form, period


def _cells(period: Period, business: Business) -> list[list[Cell]]:
    return [
        [
            str(PATTERNS[code]),
            local(odd.at, business.zone),
            odd.who,
            odd.about,
            odd.amount,
            odd.words,
        ]
        for code, things in odd_things(period, business).items()
        for odd in things
    ]
