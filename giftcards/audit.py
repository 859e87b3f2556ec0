"""The checks of gift cards: their ledger, and what a card's row says about its code and value."""

from __future__ import annotations

import hmac

from foundation.audit import Finding, check, sql_check
from foundation.crypto import UnreadableSecret, decrypt
from giftcards.codes import hash_code
from giftcards.models import GiftCard
from ledger.audit import ledger_checks

ledger_checks(
    prefix="card",
    entries="giftcards_cardentry",
    accounts="giftcards_giftcard",
    account_column="card_id",
)

sql_check(
    "card-void-is-empty",
    rows="SELECT count(*) FROM giftcards_giftcard WHERE voided_at IS NOT NULL",
    violations="""
    SELECT id, balance FROM giftcards_giftcard WHERE voided_at IS NOT NULL AND balance <> 0""",
    line="card {0} is voided and holds {1}",
)
sql_check(
    "card-issued-once-with-its-value",
    rows="SELECT count(*) FROM giftcards_giftcard",
    violations="""
    SELECT c.id, c.value_minor, count(e.id), coalesce(min(e.amount), 0)
    FROM giftcards_giftcard c
    LEFT JOIN giftcards_cardentry e ON e.card_id = c.id AND e.kind = 'issue'
    GROUP BY c.id, c.value_minor
    HAVING count(e.id) <> 1 OR min(e.amount) <> c.value_minor OR min(e.sequence) <> 1""",
    line="card {0} of {1} has {2} issue entries, of {3}",
)
sql_check(
    "card-return-names-its-spending",
    rows="SELECT count(*) FROM giftcards_cardentry WHERE kind = 'return'",
    violations="""
    SELECT r.id FROM giftcards_cardentry r LEFT JOIN giftcards_cardentry e
      ON e.id = r.reverses_id AND e.kind = 'spend'
    WHERE r.kind = 'return' AND e.id IS NULL""",
    line="return {0} takes no spending back",
)
sql_check(
    "card-never-above-its-value",
    rows="SELECT count(*) FROM giftcards_giftcard",
    violations="""
    SELECT c.id, c.balance, c.value_minor FROM giftcards_giftcard c
    LEFT JOIN (
      SELECT card_id, sum(amount) AS amount FROM giftcards_cardentry
      WHERE kind = 'adjust' AND amount > 0 GROUP BY card_id
    ) added ON added.card_id = c.id
    WHERE c.balance > c.value_minor + coalesce(added.amount, 0)""",
    line="card {0} holds {1} and was issued with {2}",
)


@check("card-code-opens-its-card")
def codes_open_their_cards() -> Finding:
    """Every encrypted code can be read, and its hash and last four are those of the row."""
    found = Finding()
    fields = ("pk", "code_hash", "code_encrypted", "last_four")
    for pk, code_hash, encrypted, last_four in (
        GiftCard.objects.order_by("pk").values_list(*fields).iterator(chunk_size=2000)
    ):
        found.rows += 1
        try:
            folded = decrypt(encrypted)
        except UnreadableSecret:
            found.violations.append(f"the code of card {pk} cannot be read with the keys here")
            continue
        if not hmac.compare_digest(hash_code(folded), code_hash) or folded[-4:] != last_four:
            found.violations.append(f"the code of card {pk} does not open it")
    return found
