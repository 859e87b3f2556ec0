from foundation.guards import append_only, never_emptied

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
    ),
    never_emptied("clients_consentrecord", refusal="consent records are never deleted"),
]
