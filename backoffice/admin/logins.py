"""Logins and roles: the owner's. A login of a client is seen here and hardly touched."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from backoffice.base import PanelAdmin, ReadOnlyAdmin, actor_of
from backoffice.filters import StaffFilter
from backoffice.roles import DUTIES, OWNER, ROLES
from backoffice.writing import write_instant
from business.profile import get_business
from foundation.models import User

WIDGETS = {
    "email": UnfoldAdminEmailInputWidget,
    "name": UnfoldAdminTextInputWidget,
    "language": UnfoldAdminSelectWidget,
}


class RolesField(forms.ModelMultipleChoiceField):
    """The four roles by their names in the reader's language."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, **kwargs: Any) -> None:
        roles = Group.objects.filter(name__in=ROLES).order_by("pk")
        super().__init__(queryset=roles, label=_("Roles"), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return pgettext("role", obj.name)


class NewLoginForm(forms.ModelForm):
    """A member of staff. Clients make their own logins on the website."""

    groups = RolesField(error_messages={"required": _("Choose at least one role")})
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text=_("At least ten characters. They can change it after signing in."),
    )

    class Meta:
        model = User
        fields = ("email", "name", "language", "groups")
        widgets = WIDGETS

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        if User.objects.filter(email=email).exists():
            text = _("There is a login with this address already. Open it and make it staff.")
            raise ValidationError(text, code="login-exists")
        return email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.instance)
        return password

    def save(self, commit: bool = True) -> User:
        login: User = super().save(commit=False)
        login.is_staff = True
        login.set_password(self.cleaned_data["password"])
        if commit:
            login.save()
            self.save_m2m()
        return login


class LoginForm(forms.ModelForm):
    groups = RolesField(required=False)

    class Meta:
        model = User
        fields = ("email", "name", "language", "is_active", "is_staff", "groups")
        widgets = WIDGETS
        help_texts = {
            "is_active": _("Without it nobody signs in with this login."),
            "is_staff": _("Opens this panel, as far as the roles allow."),
        }

    actor: User

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("groups") and not data.get("is_staff"):
            self.add_error(
                "is_staff", ValidationError(_("Only staff have roles."), code="not-staff")
            )
        if self.instance.pk == self.actor.pk and not self._stays_in(data):
            text = _("You cannot shut yourself out. Ask another owner to do this.")
            raise ValidationError(text, code="own-login")
        return data

    def _stays_in(self, data: dict[str, Any]) -> bool:
        is_owner = any(group.name == OWNER for group in data.get("groups") or ())
        was_owner = self.instance.groups.filter(name=OWNER).exists()
        return bool(data.get("is_active") and data.get("is_staff") and (is_owner or not was_owner))


@admin.register(User)
class LoginAdmin(UserAdmin, PanelAdmin):  # type: ignore[misc]
    """Django's user admin for its password page; the forms are ours: no superusers are made and
    no single permissions given here, only roles."""

    form = LoginForm
    add_form = NewLoginForm
    change_password_form = AdminPasswordChangeForm
    add_form_template = None
    list_display = ("email", "name", "role_names", "active", "seen")
    list_filter = (StaffFilter, "is_active")
    list_select_related = ()
    search_fields = ("email", "name")
    ordering = ("name", "email")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "name", "language")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "groups")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "language", "groups", "password")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        self.business = get_business()
        return super().get_queryset(request).prefetch_related("groups")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.actor = actor_of(request)
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """With another address somebody else could sign in as that client by a code."""
        return ("email",) if obj is not None and not obj.is_staff else ()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser is changed by superusers only, or an owner could become one."""
        allowed: bool = super().has_change_permission(request, obj)
        if obj is not None and obj.is_superuser and not actor_of(request).is_superuser:
            return False
        return allowed

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 — Django's name for it
        form_url: str = "",
    ) -> HttpResponse:
        login = self.get_object(request, id)
        if login is not None and not login.is_staff:
            raise PermissionDenied
        return super().user_change_password(request, id, form_url)

    @display(description=_("roles"))
    def role_names(self, obj: User) -> str:
        names = [pgettext("role", group.name) for group in obj.groups.all()]
        return ", ".join(sorted(names)) or "–"

    @display(description=_("last signed in"), ordering="last_login")
    def seen(self, obj: User) -> str:
        return write_instant(obj.last_login, self.business) if obj.last_login else "–"

    @display(description=_("active"), boolean=True, ordering="is_active")
    def active(self, obj: User) -> bool:
        return obj.is_active


@admin.register(Group)
class RoleAdmin(ReadOnlyAdmin):
    """The roles are kept in code (backoffice/roles.py): here one reads what they open."""

    list_display = ("role", "members")
    fields = ("role", "members", "duties")
    readonly_fields = fields
    ordering = ("id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        staff = Count("user", filter=Q(user__is_staff=True, user__is_active=True))
        return super().get_queryset(request).filter(name__in=ROLES).annotate(staff=staff)

    @display(description=_("role"))
    def role(self, obj: Group) -> str:
        return pgettext("role", obj.name)

    @display(description=_("people"))
    def members(self, obj: Any) -> int:
        number: int = obj.staff
        return number

    @display(description=_("may do"))
    def duties(self, obj: Group) -> SafeString:
        return format_html_join("", "<p>{}</p>", ((duty,) for duty in DUTIES[obj.name]))
