"""No double booking, ever: overlapping occupations of one provider are refused."""

from foundation.guards import Guard

_OVERLAP = (
    "EXISTS (SELECT 1 FROM bookings_occupation o WHERE o.provider_id = NEW.provider_id "
    "AND o.id IS NOT NEW.id AND o.starts_at < NEW.ends_at AND o.ends_at > NEW.starts_at)"
)

GUARDS = [
    Guard(
        name="occupation_no_overlap",
        table="bookings_occupation",
        is_constraint=True,
        # Half-open ranges: one visit may begin the instant another ends.
        postgresql="""
        ALTER TABLE bookings_occupation ADD CONSTRAINT occupation_no_overlap
          EXCLUDE USING gist (provider_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)
        """,
        sqlite=(
            "CREATE TRIGGER occupation_no_overlap_insert BEFORE INSERT ON bookings_occupation "
            f"WHEN {_OVERLAP} "
            "BEGIN SELECT RAISE(ABORT, 'occupation_no_overlap: this time is taken'); END",
            "CREATE TRIGGER occupation_no_overlap_update BEFORE UPDATE ON bookings_occupation "
            f"WHEN {_OVERLAP} "
            "BEGIN SELECT RAISE(ABORT, 'occupation_no_overlap: this time is taken'); END",
        ),
    ),
]
