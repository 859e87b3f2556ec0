"""The triggers that every ledger has, generated for one pair of tables."""

from __future__ import annotations

from foundation.guards import Guard, append_only, never_emptied


def ledger_guards(
    *, entries: str, accounts: str, account_column: str, columns: tuple[str, ...]
) -> list[Guard]:
    """Append-only rows, an unbroken chain, and a cached balance that equals the last entry."""
    chain, cached = f"{entries}_chain", f"{entries}_cached_balance"
    return [
        append_only(entries, columns=columns, redactable="description"),
        never_emptied(entries, refusal="a ledger is never emptied"),
        Guard(
            name=chain,
            table=entries,
            # By statement: one look at the transition table, whatever the number of rows.
            postgresql=f"""
            CREATE OR REPLACE FUNCTION {chain}_fn() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF EXISTS (
                SELECT 1 FROM fresh f LEFT JOIN {entries} p
                  ON p.{account_column} = f.{account_column} AND p.sequence = f.sequence - 1
                WHERE coalesce(p.balance_after, 0) + f.amount <> f.balance_after
                   OR (p.id IS NULL) <> (f.sequence = 1)
              ) THEN
                RAISE EXCEPTION '{chain}: sequence or balance does not follow the entry before'
                  USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{chain}';
              END IF;
              RETURN NULL;
            END $$;
            CREATE TRIGGER {chain} AFTER INSERT ON {entries}
              REFERENCING NEW TABLE AS fresh
              FOR EACH STATEMENT EXECUTE FUNCTION {chain}_fn();
            """,
            sqlite=(
                f"CREATE TRIGGER {chain} BEFORE INSERT ON {entries} "
                f"WHEN NEW.balance_after <> NEW.amount + coalesce((SELECT p.balance_after "
                f"FROM {entries} p WHERE p.{account_column} = NEW.{account_column} "
                f"AND p.sequence = NEW.sequence - 1), 0) "
                f"OR (NEW.sequence <> 1 AND NOT EXISTS (SELECT 1 FROM {entries} p "
                f"WHERE p.{account_column} = NEW.{account_column} "
                f"AND p.sequence = NEW.sequence - 1)) "
                f"BEGIN SELECT RAISE(ABORT, '{chain}: does not follow the entry before'); END",
            ),
        ),
        # Deferred: the entry and the balance are two statements of one transaction.
        Guard(
            name=cached,
            table=accounts,
            postgresql=f"""
            CREATE OR REPLACE FUNCTION {cached}_fn() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE kept record; last record;
            BEGIN
              SELECT balance, last_sequence INTO kept FROM {accounts} WHERE id = NEW.id;
              IF NOT FOUND THEN RETURN NULL; END IF;
              SELECT balance_after, sequence INTO last FROM {entries}
                WHERE {account_column} = NEW.id ORDER BY sequence DESC LIMIT 1;
              IF kept.balance <> coalesce(last.balance_after, 0)
                 OR kept.last_sequence <> coalesce(last.sequence, 0) THEN
                RAISE EXCEPTION '{cached}: the balance is not that of the last entry'
                  USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{cached}';
              END IF;
              RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER {cached} AFTER INSERT OR UPDATE OF balance, last_sequence
              ON {accounts} DEFERRABLE INITIALLY DEFERRED
              FOR EACH ROW EXECUTE FUNCTION {cached}_fn();
            """,
        ),
        Guard(
            name=f"{cached}_entry",
            table=entries,
            postgresql=f"""
            CREATE OR REPLACE FUNCTION {cached}_entry_fn() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF NOT EXISTS (
                SELECT 1 FROM {accounts} a WHERE a.id = NEW.{account_column}
                  AND a.last_sequence >= NEW.sequence
              ) THEN
                RAISE EXCEPTION '{cached}_entry: an entry that its account does not know'
                  USING ERRCODE = 'integrity_constraint_violation',
                        CONSTRAINT = '{cached}_entry';
              END IF;
              RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER {cached}_entry AFTER INSERT ON {entries}
              DEFERRABLE INITIALLY DEFERRED
              FOR EACH ROW EXECUTE FUNCTION {cached}_entry_fn();
            """,
        ),
    ]
