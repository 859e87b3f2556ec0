from foundation.guards import append_only

GUARDS = [
    append_only(
        "clients_consentrecord",
        columns=(
            "id",
            "client_id",
            "granted",
            "wording",
            "language",
            "source",
            "actor_id",
            "recorded_at",
        ),
    )
]
