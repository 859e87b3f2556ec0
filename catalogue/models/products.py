"""What is sold over the counter."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from foundation.translated import Translated

# Rates of tax are kept in hundredths of a per cent: 25.5 % is 2550.
WHOLE_VAT = 10_000


class Product(models.Model):
    """Something that clients take away. Archived, never deleted: sales and reports keep its name.

    ``stock`` may go below zero: what was sold was there, and the count was wrong.
    """

    name_en = models.CharField(_("name"), max_length=100)
    name_da = models.CharField(_("name"), max_length=100, blank=True)
    name_fi = models.CharField(_("name"), max_length=100, blank=True)
    barcode = models.CharField(
        _("barcode (optional)"),
        max_length=32,
        blank=True,
        help_text=_("As the scanner reads it."),
    )
    price_minor = models.PositiveBigIntegerField(_("price"), default=0)
    vat_hundredths = models.PositiveSmallIntegerField(
        _("VAT in per cent"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(WHOLE_VAT)],
        help_text=_("Empty: as the business says."),
    )
    stock = models.IntegerField(
        _("pieces in stock"), null=True, blank=True, help_text=_("Empty: not counted.")
    )
    warn_below = models.PositiveSmallIntegerField(_("warn below this many pieces"), default=0)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)

    name = Translated("name")
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("position", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(vat_hundredths__isnull=True) | Q(vat_hundredths__lte=WHOLE_VAT),
                name="product_vat_sane",
            ),
            models.UniqueConstraint(
                fields=["barcode"], condition=~Q(barcode=""), name="product_barcode_once"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_short(self) -> bool:
        """Whether the count of pieces asks for more."""
        return self.stock is not None and self.stock < self.warn_below
