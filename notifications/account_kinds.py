"""Mail of the sign-in library: codes, and what somebody else may have tried with an address.

The accounts library makes the code inside the request, so these messages carry their content
with them, encrypted, as a small JSON object in ``secret``; every other kind looks its content up
when it is sent.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, npgettext

from foundation.crypto import decrypt
from notifications.errors import SubjectGone
from notifications.kinds import Context, MessageKind, Placeholder, Text, register
from notifications.models import Message

CODE = Placeholder(_("The code"), "123456")
VALID_FOR = Placeholder(_("How long the code works"), _("10 minutes"))


def how_long(length: dt.timedelta) -> str:
    """``length`` in whole minutes, hours or days, in the active language."""
    minutes = max(1, round(length.total_seconds() / 60))
    if minutes % (24 * 60) == 0:
        days = minutes // (24 * 60)
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    if minutes % 60 == 0:
        hours = minutes // 60
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return npgettext("length of time", "%(count)d minute", "%(count)d minutes", minutes) % {
        "count": minutes
    }


def read_payload(message: Message) -> dict[str, str]:
    """What the library handed over. Raises SubjectGone once it was blanked."""
    if not message.secret:
        raise SubjectGone("the content was blanked")
    payload: dict[str, str] = json.loads(decrypt(message.secret))
    return payload


def _code(messages: Sequence[Message]) -> Context:
    payload = read_payload(messages[0])
    length = dt.timedelta(seconds=int(payload["seconds"]))
    return Context({"code": payload["code"], "valid_for": how_long(length)})


def _taken_from_payload(*names: str) -> Callable[[Sequence[Message]], Context]:
    def build(messages: Sequence[Message]) -> Context:
        payload = read_payload(messages[0])
        return Context({name: payload[name] for name in names})

    return build


SIGN_IN_CODE = MessageKind(
    code="sign_in_code",
    label=_("Sign-in code"),
    consent_class="service",
    own_placeholders={"code": CODE, "valid_for": VALID_FOR},
    required=("code",),
    build=_code,
    texts={
        "en": Text(
            "Your sign-in code for {business_name}: {code}",
            "Here is the code to sign in at {business_name}:\n\n"
            "**{code}**\n\n"
            "It works for {valid_for}.\n\n"
            "If you did not ask for it, you can leave this mail: nobody gets in without the code.",
        ),
        "da": Text(
            "Din kode til {business_name}: {code}",
            "Her er koden, som du logger ind med hos {business_name}:\n\n"
            "**{code}**\n\n"
            "Den virker i {valid_for}.\n\n"
            "Har du ikke bedt om den, kan du se bort fra denne mail: ingen kommer ind uden koden.",
        ),
        "fi": Text(
            "Kirjautumiskoodisi, {business_name}: {code}",
            "Tällä koodilla kirjaudut sisään. Paikka: {business_name}.\n\n"
            "**{code}**\n\n"
            "Koodin voimassaoloaika: {valid_for}.\n\n"
            "Jos et pyytänyt koodia, voit jättää tämän viestin huomiotta: ilman koodia kukaan ei "
            "pääse sisään.",
        ),
    },
)

CONFIRM_ADDRESS = MessageKind(
    code="confirm_address_code",
    label=_("Code to confirm an e-mail address"),
    consent_class="service",
    own_placeholders={"code": CODE, "valid_for": VALID_FOR},
    required=("code",),
    build=_code,
    texts={
        "en": Text(
            "Confirm your e-mail for {business_name}: {code}",
            "Enter this code on the page to show that this address is yours:\n\n"
            "**{code}**\n\n"
            "It works for {valid_for}.\n\n"
            "If you did not sign up at {business_name}, you can leave this mail: without the code "
            "nothing happens.",
        ),
        "da": Text(
            "Bekræft din e-mail hos {business_name}: {code}",
            "Skriv denne kode på siden for at vise, at adressen er din:\n\n"
            "**{code}**\n\n"
            "Den virker i {valid_for}.\n\n"
            "Har du ikke oprettet dig hos {business_name}, kan du se bort fra denne mail: uden "
            "koden sker der ikke noget.",
        ),
        "fi": Text(
            "Vahvista sähköpostiosoitteesi, {business_name}: {code}",
            "Kirjoita tämä koodi sivulle, niin tiedämme, että osoite on sinun:\n\n"
            "**{code}**\n\n"
            "Koodin voimassaoloaika: {valid_for}.\n\n"
            "Jos et ole rekisteröitynyt, voit jättää tämän viestin huomiotta: ilman koodia mitään "
            "ei tapahdu.",
        ),
    },
)

RESET_PASSWORD = MessageKind(
    code="reset_password_code",
    label=_("Code to choose a new password"),
    consent_class="service",
    own_placeholders={"code": CODE, "valid_for": VALID_FOR},
    required=("code",),
    build=_code,
    texts={
        "en": Text(
            "Your code for a new password at {business_name}: {code}",
            "Enter this code on the page to choose a new password:\n\n"
            "**{code}**\n\n"
            "It works for {valid_for}.\n\n"
            "If you did not ask for it, you can leave this mail: your password stays as it is.",
        ),
        "da": Text(
            "Din kode til en ny adgangskode hos {business_name}: {code}",
            "Skriv denne kode på siden for at vælge en ny adgangskode:\n\n"
            "**{code}**\n\n"
            "Den virker i {valid_for}.\n\n"
            "Har du ikke bedt om den, kan du se bort fra denne mail: din adgangskode er uændret.",
        ),
        "fi": Text(
            "Koodi uutta salasanaa varten, {business_name}: {code}",
            "Kirjoita tämä koodi sivulle ja valitse uusi salasana:\n\n"
            "**{code}**\n\n"
            "Koodin voimassaoloaika: {valid_for}.\n\n"
            "Jos et pyytänyt koodia, voit jättää tämän viestin huomiotta: salasanasi pysyy "
            "ennallaan.",
        ),
    },
)

ACCOUNT_EXISTS = MessageKind(
    code="account_exists",
    label=_("Sign-up with an address that has an account"),
    consent_class="service",
    own_placeholders={
        "sign_in_link": Placeholder(_("Link to sign in"), "https://example.com/…/", link=True),
        "reset_link": Placeholder(
            _("Link to choose a new password"), "https://example.com/…/", link=True
        ),
    },
    build=_taken_from_payload("sign_in_link", "reset_link"),
    texts={
        "en": Text(
            "You already have an account at {business_name}",
            "Somebody, probably you, tried to sign up at {business_name} with this address. It "
            "has an account already, so just sign in: we can mail you a code.\n\n"
            "[Sign in]({sign_in_link})\n\n"
            "[Choose a new password]({reset_link})\n\n"
            "If it was not you, there is nothing to do.",
        ),
        "da": Text(
            "Du har allerede en konto hos {business_name}",
            "Nogen, sikkert dig, ville oprette sig hos {business_name} med denne adresse. Den har "
            "allerede en konto, så du kan bare logge ind: vi kan sende dig en kode.\n\n"
            "[Log ind]({sign_in_link})\n\n"
            "[Vælg en ny adgangskode]({reset_link})\n\n"
            "Var det ikke dig, skal du ikke gøre noget.",
        ),
        "fi": Text(
            "Sinulla on jo tili: {business_name}",
            "Joku, luultavasti sinä, yritti luoda tilin tällä osoitteella. Osoitteella on jo "
            "tili, joten voit vain kirjautua sisään: voimme lähettää sinulle koodin.\n\n"
            "[Kirjaudu sisään]({sign_in_link})\n\n"
            "[Valitse uusi salasana]({reset_link})\n\n"
            "Jos se et ollut sinä, sinun ei tarvitse tehdä mitään.",
        ),
    },
)

#: Whatever else the accounts library writes, in its own words.
ACCOUNT_MAIL = MessageKind(
    code="account_mail",
    label=_("Other mail about the account"),
    consent_class="service",
    own_placeholders={
        "subject": Placeholder(_("Subject"), _("Your account")),
        "text": Placeholder(_("Text"), _("Something changed in your account."), multiline=True),
    },
    editable=False,
    build=_taken_from_payload("subject", "text"),
    texts=dict.fromkeys(("en", "da", "fi"), Text("{subject}", "{text}")),
)


def register_kinds() -> None:
    for kind in (SIGN_IN_CODE, CONFIRM_ADDRESS, RESET_PASSWORD, ACCOUNT_EXISTS, ACCOUNT_MAIL):
        register(kind)
