from ledger.guards import ledger_guards

CARD_ENTRY_COLUMNS = (
    "id",
    "sequence",
    "amount",
    "balance_after",
    "key",
    "description",
    "actor_id",
    "occurred_at",
    "created_at",
    "reverses_id",
    "card_id",
    "kind",
)

GUARDS = ledger_guards(
    entries="giftcards_cardentry",
    accounts="giftcards_giftcard",
    account_column="card_id",
    columns=CARD_ENTRY_COLUMNS,
)
