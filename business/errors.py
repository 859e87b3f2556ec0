from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foundation.errors import BadInput, DomainError


class UnknownFeature(BadInput):
    code = "unknown-feature"
    message = _("There is no such feature.")


class FeatureNeedsOthers(DomainError):
    """Turning it on turns others on too: ask first. ``params['needed']`` lists their codes."""

    code = "feature-needs-others"
    message = _("This also turns on: %(names)s.")


class FeatureIsNeeded(DomainError):
    """Turning it off turns others off too. ``params['dependants']`` lists their codes."""

    code = "feature-is-needed"
    message = _("%(names)s uses this. Turn off both?")


class FeatureExcluded(DomainError):
    code = "feature-excluded"
    message = _("%(feature)s cannot be on together with %(other)s. Turn off %(other)s first.")


class FeatureOff(DomainError):
    code = "feature-off"
    message = _("%(feature)s is switched off.")
