"""No double booking, ever: overlapping occupations of one provider or resource are refused."""

from foundation.guards import Guard, append_only


def _no_overlap(table: str, column: str, name: str) -> Guard:
    taken = (
        f"EXISTS (SELECT 1 FROM {table} o WHERE o.{column} = NEW.{column} "
        "AND o.id IS NOT NEW.id AND o.starts_at < NEW.ends_at AND o.ends_at > NEW.starts_at)"
    )
    return Guard(
        name=name,
        table=table,
        is_constraint=True,
        # Half-open ranges: one visit may begin the instant another ends.
        postgresql=f"""
        ALTER TABLE {table} ADD CONSTRAINT {name}
          EXCLUDE USING gist ({column} WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)
        """,
        sqlite=tuple(
            f"CREATE TRIGGER {name}_{verb.lower()} BEFORE {verb} ON {table} WHEN {taken} "
            f"BEGIN SELECT RAISE(ABORT, '{name}: this time is taken'); END"
            for verb in ("INSERT", "UPDATE")
        ),
    )


_HAS_ITS_TIME = (
    "EXISTS (SELECT 1 FROM bookings_occupation o WHERE o.booking_id = NEW.id"
    " AND o.provider_id = NEW.provider_id"
    " AND o.starts_at = NEW.blocked_from AND o.ends_at = NEW.blocked_to)"
)
_REVIVED = "(OLD.status = 'cancelled' AND NEW.status <> 'cancelled' AND NEW.kind = 'appointment')"

GUARDS = [
    # Cancelling frees the time; a change of status alone must not bring the booking back to a time
    # that somebody else has by now. The occupation comes first, and no overlap passes there.
    Guard(
        name="booking_revived_with_time",
        table="bookings_booking",
        postgresql=f"""
        CREATE OR REPLACE FUNCTION booking_revived_with_time_fn() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
          IF NOT {_HAS_ITS_TIME} THEN
            RAISE EXCEPTION 'booking_revived_with_time: booking % has no time any more', NEW.id
              USING ERRCODE = 'integrity_constraint_violation',
                    CONSTRAINT = 'booking_revived_with_time';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER booking_revived_with_time BEFORE UPDATE ON bookings_booking
          FOR EACH ROW WHEN {_REVIVED}
          EXECUTE FUNCTION booking_revived_with_time_fn();
        """,
        sqlite=(
            "CREATE TRIGGER booking_revived_with_time BEFORE UPDATE ON bookings_booking "
            f"WHEN {_REVIVED} AND NOT {_HAS_ITS_TIME} "
            "BEGIN SELECT RAISE(ABORT, 'booking_revived_with_time: its time is not taken'); END",
        ),
    ),
    _no_overlap("bookings_occupation", "provider_id", "occupation_no_overlap"),
    _no_overlap("bookings_resourceoccupation", "resource_id", "resource_no_overlap"),
    append_only(
        "bookings_bookingchange",
        columns=(
            "id",
            "booking_id",
            "kind",
            "status_before",
            "status_after",
            "starts_before",
            "starts_after",
            "provider_before_id",
            "provider_after_id",
            "by_client",
            "reason",
            "actor_id",
            "created_at",
        ),
        redactable="reason",
    ),
]
