from foundation.guards import append_only, never_emptied

GUARDS = [
    append_only(
        "sales_payment",
        columns=(
            "id",
            "sale_id",
            "tender",
            "amount_minor",
            "card_entry_id",
            "refunds_id",
            "actor_id",
            "created_at",
        ),
    ),
    never_emptied("sales_payment", refusal="payments are never deleted"),
]
