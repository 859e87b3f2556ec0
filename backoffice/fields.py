"""Form fields that the panel's forms share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from business.profile import get_business
from foundation.money import BadAmount, format_money, parse_money
from foundation.percent import BadPercent, format_percent, parse_percent


class MoneyField(forms.CharField):
    """Minor units behind an amount as people type it: comma or point, with or without symbol."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return format_money(value, currency=get_business().currency, symbol=False)
        return value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return parse_money(text, currency=get_business().currency)
        except BadAmount as error:
            raise ValidationError(str(error), code=error.code) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(initial != parse_money(data or "", currency=get_business().currency))
        except BadAmount:
            return True


class OptionalMoneyField(MoneyField):
    """Empty is no amount, which is not the same as nothing to pay."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False} | kwargs)

    def clean(self, value: Any) -> Any:
        return super().clean(value) if str(value or "").strip() else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        if not (data or "").strip():
            return initial is not None
        return super().has_changed(initial, data)


class PercentField(forms.CharField):
    """Hundredths of a per cent behind a rate as people type it, like 25.5 or 25,5."""

    widget = UnfoldAdminTextInputWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=10, **kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        return format_percent(value, sign=False) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_percent(text)
        except BadPercent as error:
            raise ValidationError(str(error), code=error.code) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        typed = (data or "").strip()
        try:
            return bool(initial != (parse_percent(typed) if typed else None))
        except BadPercent:
            return True


class OwnVatField(PercentField):
    """The rate of one thing; empty is the business's."""

    def __init__(self, **kwargs: Any) -> None:
        words = {"label": _("VAT in per cent"), "help_text": _("Empty: as the business says.")}
        super().__init__(**{"required": False} | words | kwargs)
