from foundation.guards import Guard, never_emptied
from ledger.guards import ledger_guards

POINT_ENTRY_COLUMNS = (
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
    "account_id",
    "kind",
    "rule",
    "base",
    "rate",
    "service_id",
    "provider_id",
    "booking_id",
    "reward_id",
)

# From → to. An award that ended stays ended; a credited one can only be taken back.
_ALLOWED = """(OLD.state = NEW.state
    OR (OLD.state = 'promised' AND NEW.state IN ('credited', 'dropped', 'quarantined'))
    OR (OLD.state = 'quarantined' AND NEW.state IN ('promised', 'dropped'))
    OR (OLD.state = 'credited' AND NEW.state = 'withdrawn'))"""

_FIXED = (
    "(NEW.account_id = OLD.account_id AND NEW.booking_id = OLD.booking_id"
    " AND NEW.points = OLD.points)"
)

GUARDS = [
    *ledger_guards(
        entries="loyalty_pointentry",
        accounts="loyalty_pointaccount",
        account_column="account_id",
        columns=POINT_ENTRY_COLUMNS,
    ),
    Guard(
        name="award_goes_forward",
        table="loyalty_award",
        postgresql=f"""
        CREATE OR REPLACE FUNCTION award_goes_forward_fn() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'award_goes_forward: % cannot become %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'award_goes_forward';
        END $$;
        CREATE TRIGGER award_goes_forward BEFORE UPDATE ON loyalty_award
          FOR EACH ROW WHEN (NOT ({_ALLOWED} AND {_FIXED}))
          EXECUTE FUNCTION award_goes_forward_fn();
        """,
        sqlite=(
            "CREATE TRIGGER award_goes_forward BEFORE UPDATE ON loyalty_award "
            f"WHEN NOT ({_ALLOWED} AND {_FIXED}) "
            "BEGIN SELECT RAISE(ABORT, 'award_goes_forward: an award does not go back'); END",
        ),
    ),
    never_emptied("loyalty_award", refusal="awards are never deleted"),
    Guard(
        name="award_kept",
        table="loyalty_award",
        postgresql="""
        CREATE OR REPLACE FUNCTION award_kept_fn() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'award_kept: awards are never deleted'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'award_kept';
        END $$;
        CREATE TRIGGER award_kept BEFORE DELETE ON loyalty_award
          FOR EACH ROW EXECUTE FUNCTION award_kept_fn();
        """,
        sqlite=(
            "CREATE TRIGGER award_kept BEFORE DELETE ON loyalty_award "
            "BEGIN SELECT RAISE(ABORT, 'award_kept: awards are never deleted'); END",
        ),
    ),
]
