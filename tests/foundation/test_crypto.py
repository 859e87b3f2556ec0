from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from foundation.crypto import UnreadableSecret, decrypt, encrypt, keyed_hash

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_encrypt_and_decrypt_give_the_text_back():
    token = encrypt("7K3M9QXA02TBWHZN æøå")

    assert "7K3M" not in token
    assert decrypt(token) == "7K3M9QXA02TBWHZN æøå"
    assert encrypt("same") != encrypt("same")


def test_old_keys_stay_readable_while_new_ones_write(settings):
    """F54: a new key goes in front; once rows are written again, the old one may go."""
    settings.FIELD_ENCRYPTION_KEYS = [OLD]
    before = encrypt("secret")

    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    after = encrypt("secret")
    assert decrypt(before) == decrypt(after) == "secret"

    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert decrypt(after) == "secret"
    with pytest.raises(UnreadableSecret):
        decrypt(before)


def test_a_changed_token_is_refused():
    token = encrypt("secret")

    with pytest.raises(UnreadableSecret):
        decrypt(token[:-3] + ("AA=" if token[-3:] != "AA=" else "BB="))
    with pytest.raises(UnreadableSecret):
        decrypt("")


def test_keyed_hash_depends_on_value_purpose_and_pepper(settings):
    first = keyed_hash("value", purpose="a")

    assert first == keyed_hash("value", purpose="a")
    assert len(first) == 64
    assert first != keyed_hash("value", purpose="b")
    assert first != keyed_hash("other", purpose="a")
    assert keyed_hash("b", purpose="a") != keyed_hash("", purpose="a\0b")
    settings.CODE_HASH_PEPPER = "another"
    assert first != keyed_hash("value", purpose="a")
