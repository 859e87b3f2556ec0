"""Form fields that the panel's forms share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from business.profile import get_business
from foundation.money import BadAmount, format_money, parse_money


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
