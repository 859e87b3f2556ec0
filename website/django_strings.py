"""Words that Django itself has not translated into Danish or Finnish (5.2: one, in Finnish).

makemessages does not look into packages: naming them here brings them into our catalogues, which
come before Django's.
"""

from django.utils.translation import ngettext_lazy

SHOWN = (
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
)
