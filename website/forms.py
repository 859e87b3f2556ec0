"""The accounts library's forms in the house's words, and with the house's limits."""

from __future__ import annotations

from typing import Any

from allauth.account import app_settings
from allauth.account import forms as library
from allauth.core import context as library_context
from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clients.consents import MARKETING_WORDING
from foundation.models import User
from website.limits import count_try
from website.sign_up import remember_consent

LABELS: dict[str, Any] = {
    "email": _("E-mail"),
    "login": _("E-mail"),
    "password": _("Password"),
    "oldpassword": _("Present password"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
    "code": _("Six-digit code"),
}
MISSING: dict[str, Any] = {
    "email": _("Enter your e-mail, like name@example.com"),
    "login": _("Enter your e-mail, like name@example.com"),
    "password": _("Enter your password"),
    "code": _("Enter the six digits from the e-mail"),
}


class HouseWords:
    """Label above, nothing inside the field (ux 2.0.3), the right keyboard on a phone."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            attrs = field.widget.attrs
            attrs.pop("placeholder", None)
            field.label = LABELS.get(name, field.label)
            if name in MISSING:
                field.error_messages["required"] = MISSING[name]
                field.error_messages["invalid"] = MISSING[name]
            if name in ("email", "login"):
                attrs |= {"inputmode": "email", "autocapitalize": "none", "autocomplete": "email"}
            if name == "code":
                attrs |= {"inputmode": "numeric", "autocapitalize": "none", "maxlength": "12"}


class SignUpForm(HouseWords, library.SignupForm):
    """Name and e-mail; no password, a code by e-mail opens the account. Consent is unticked."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        error_messages={"required": _("Enter your name")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    consent = forms.BooleanField(label=MARKETING_WORDING, required=False)
    field_order = ("name", "email", "consent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password1", None)
        # The library hides its trap by a style attribute, which our policy forbids.
        self.fields[app_settings.SIGNUP_FORM_HONEYPOT_FIELD].widget = forms.HiddenInput()

    def clean_email(self) -> str:
        count_try(library_context.request, "sign-up", self.cleaned_data["email"])
        email: str = super().clean_email()
        return email

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        """Keep the name and the page's language, and the consent until the address is proved."""
        user.name = " ".join(self.cleaned_data["name"].split())
        user.language = (get_language() or "").split("-")[0]
        user.save(update_fields=["name", "language"])
        if self.cleaned_data["consent"]:
            remember_consent(request, user)


class SignInForm(HouseWords, library.LoginForm):
    def clean_login(self) -> str:
        login: str = super().clean_login()
        count_try(library_context.request, "sign-in", login)
        return login

    def clean(self) -> dict[str, Any]:
        """What the library refuses as a whole stands beside the password, where it is mended."""
        try:
            super().clean()
        except forms.ValidationError as error:
            self.add_error("password", error)
        return self.cleaned_data


class RequestCodeForm(HouseWords, library.RequestLoginCodeForm):
    _user: User | None

    @property
    def login(self) -> User | None:
        """Who signs in with this address, if anybody does."""
        return self._user

    def clean_email(self) -> str:
        count_try(library_context.request, "code", self.cleaned_data["email"])
        email: str = super().clean_email()
        return email


class ResetPasswordForm(HouseWords, library.ResetPasswordForm):
    def clean_email(self) -> str:
        count_try(library_context.request, "reset", self.cleaned_data["email"])
        email: str = super().clean_email()
        return email


class ConfirmSignInCodeForm(HouseWords, library.ConfirmLoginCodeForm):
    pass


class ConfirmAddressCodeForm(HouseWords, library.ConfirmEmailVerificationCodeForm):
    pass


class ConfirmResetCodeForm(HouseWords, library.ConfirmPasswordResetCodeForm):
    pass


class AddressForm(HouseWords, library.AddEmailForm):
    pass


class ChangeUnprovedAddressForm(HouseWords, library.ChangeEmailForm):
    pass


class ChangePasswordForm(HouseWords, library.ChangePasswordForm):
    pass


class SetPasswordForm(HouseWords, library.SetPasswordForm):
    pass


class NewPasswordForm(HouseWords, library.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(HouseWords, library.ReauthenticateForm):
    pass
