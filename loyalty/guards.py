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

# Decided once, and then only its words may be blanked; what was asked for is fixed.
_WAITS_OR_STANDS = """(OLD.account_id = NEW.account_id AND OLD.amount = NEW.amount
    AND OLD.asked_by_id = NEW.asked_by_id AND OLD.asked_at = NEW.asked_at
    AND (OLD.state = 'waiting' OR (OLD.state = NEW.state
         AND OLD.decided_by_id = NEW.decided_by_id AND OLD.decided_at = NEW.decided_at)))"""

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
    Guard(
        name="correction_request_decided_once",
        table="loyalty_correctionrequest",
        postgresql=f"""
        CREATE OR REPLACE FUNCTION correction_request_decided_once_fn() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'correction_request_decided_once: a request is decided once'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'correction_request_decided_once';
        END $$;
        CREATE TRIGGER correction_request_decided_once BEFORE UPDATE ON loyalty_correctionrequest
          FOR EACH ROW WHEN (NOT ({_WAITS_OR_STANDS}))
          EXECUTE FUNCTION correction_request_decided_once_fn();
        """,
        sqlite=(
            "CREATE TRIGGER correction_request_decided_once "
            "BEFORE UPDATE ON loyalty_correctionrequest "
            f"WHEN NOT ({_WAITS_OR_STANDS}) BEGIN "
            "SELECT RAISE(ABORT, 'correction_request_decided_once: a request is decided once'); "
            "END",
        ),
    ),
    Guard(
        name="correction_request_kept",
        table="loyalty_correctionrequest",
        postgresql="""
        CREATE OR REPLACE FUNCTION correction_request_kept_fn() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION 'correction_request_kept: requests are never deleted'
            USING ERRCODE = 'integrity_constraint_violation',
                  CONSTRAINT = 'correction_request_kept';
        END $$;
        CREATE TRIGGER correction_request_kept BEFORE DELETE ON loyalty_correctionrequest
          FOR EACH ROW EXECUTE FUNCTION correction_request_kept_fn();
        """,
        sqlite=(
            "CREATE TRIGGER correction_request_kept BEFORE DELETE ON loyalty_correctionrequest "
            "BEGIN SELECT RAISE(ABORT, 'correction_request_kept: requests are never deleted'); "
            "END",
        ),
    ),
]
