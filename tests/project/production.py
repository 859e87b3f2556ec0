"""An environment in which the production settings start: what a filled-in .env holds."""

from __future__ import annotations

import os

from cryptography.fernet import Fernet
from django.conf import settings

FROM_THE_SHELL = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")


def production_environment(**more: str) -> dict[str, str]:
    environment = {name: os.environ[name] for name in FROM_THE_SHELL if name in os.environ}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "loyalty_site.settings.production",
        "SECRET_KEY": "for-one-test-only-" + "abcdefghij" * 5,
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "CODE_HASH_PEPPER": "for-one-test-only-" + "abcdefghij" * 2,
        "ALLOWED_HOSTS": "salon.example",
        "BASE_URL": "https://salon.example",
        "DEFAULT_FROM_EMAIL": "hello@salon.example",
        "SINGLE_MACHINE": "true",
        "DATA_DIR": str(settings.DATA_DIR / "production"),
    }
    return environment | more
