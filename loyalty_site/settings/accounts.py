"""Signing in: e-mail with a code, or with a password (allauth)."""

from loyalty_site.settings.environment import env

AUTH_USER_MODEL = "foundation.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "website:account"
LOGOUT_REDIRECT_URL = "website:home"

ACCOUNT_ADAPTER = "notifications.account_adapter.OutboxAccountAdapter"
ACCOUNT_FORMS = {
    "signup": "website.forms.SignUpForm",
    "login": "website.forms.SignInForm",
    "request_login_code": "website.forms.RequestCodeForm",
    "confirm_login_code": "website.forms.ConfirmSignInCodeForm",
    "confirm_email_verification_code": "website.forms.ConfirmAddressCodeForm",
    "reset_password": "website.forms.ResetPasswordForm",
    "confirm_password_reset_code": "website.forms.ConfirmResetCodeForm",
    "reset_password_from_key": "website.forms.NewPasswordForm",
    "add_email": "website.forms.AddressForm",
    "change_email": "website.forms.ChangeUnprovedAddressForm",
    "change_password": "website.forms.ChangePasswordForm",
    "set_password": "website.forms.SetPasswordForm",
    "reauthenticate": "website.forms.ReauthenticateForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]
# People never see this field; what fills it in is a robot, and gets no account.
ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD = "company"
ACCOUNT_UNIQUE_EMAIL = True
# An account is joined to a client record by its address, so the address is proved first.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"

# How many reverse proxies stand in front. With the wrong number all visitors share one address,
# and one guesser locks everybody out (or a forged header walks past every limit).
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("ALLAUTH_TRUSTED_PROXY_COUNT", default=0)

# T20: a member of staff is signed out after this long without a request, and in any case after
# this long since signing in. Seconds.
STAFF_SESSION_IDLE = 30 * 60
STAFF_SESSION_LENGTH = 12 * 60 * 60
