from foundation.guards import append_only

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
    )
]
