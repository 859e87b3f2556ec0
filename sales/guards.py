from foundation.guards import Guard, append_only, never_emptied

# A refund and what it undoes, of one sale and by one tender, cancel out. With refunds_id unique no
# payment goes back twice, so nothing ever goes back above what was paid (F33).
_MIRRORED = """EXISTS (SELECT 1 FROM sales_payment p WHERE p.id = NEW.refunds_id
    AND p.refunds_id IS NULL AND p.sale_id = NEW.sale_id AND p.tender = NEW.tender
    AND p.amount_minor = -NEW.amount_minor AND coalesce(p.own_tender_id, 0) =
      coalesce(NEW.own_tender_id, 0))"""

# What was sold stays as it was sold: only what becomes of it later is written to the line.
_SOLD = "EXISTS (SELECT 1 FROM sales_sale s WHERE s.id = OLD.sale_id AND s.state = 'completed')"
_SAME = """(NEW.sale_id = OLD.sale_id AND NEW.kind = OLD.kind AND NEW.quantity = OLD.quantity
    AND NEW.amount_minor = OLD.amount_minor AND NEW.discount_minor = OLD.discount_minor
    AND coalesce(NEW.vat_hundredths, -1) = coalesce(OLD.vat_hundredths, -1)
    AND (OLD.refunded_at IS NULL
      OR (NEW.refunded_at IS NOT NULL AND NEW.refunded_at = OLD.refunded_at)))"""

GUARDS = [
    append_only(
        "sales_payment",
        columns=(
            "id",
            "sale_id",
            "tender",
            "amount_minor",
            "card_entry_id",
            "own_tender_id",
            "given_minor",
            "refunds_id",
            "actor_id",
            "created_at",
        ),
    ),
    never_emptied("sales_payment", refusal="payments are never deleted"),
    Guard(
        name="sales_payment_mirrors",
        table="sales_payment",
        postgresql=f"""
        CREATE OR REPLACE FUNCTION sales_payment_mirrors_fn() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
          IF NOT {_MIRRORED} THEN
            RAISE EXCEPTION 'sales_payment_mirrors: a refund mirrors its payment'
              USING ERRCODE = 'integrity_constraint_violation',
                    CONSTRAINT = 'sales_payment_mirrors';
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER sales_payment_mirrors BEFORE INSERT ON sales_payment
          FOR EACH ROW WHEN (NEW.refunds_id IS NOT NULL)
          EXECUTE FUNCTION sales_payment_mirrors_fn();
        """,
        sqlite=(
            "CREATE TRIGGER sales_payment_mirrors BEFORE INSERT ON sales_payment "
            f"WHEN NEW.refunds_id IS NOT NULL AND NOT {_MIRRORED} "
            "BEGIN SELECT RAISE(ABORT, 'sales_payment_mirrors: a refund mirrors its payment'); "
            "END",
        ),
    ),
    Guard(
        name="sales_line_sold",
        table="sales_saleline",
        postgresql=f"""
        CREATE OR REPLACE FUNCTION sales_line_sold_fn() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'UPDATE' THEN
            IF {_SAME} THEN RETURN NEW; END IF;
          END IF;
          IF {_SOLD} THEN
            RAISE EXCEPTION 'sales_line_sold: what was sold stays as it was sold'
              USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'sales_line_sold';
          END IF;
          RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
        END $$;
        CREATE TRIGGER sales_line_sold BEFORE UPDATE OR DELETE ON sales_saleline
          FOR EACH ROW EXECUTE FUNCTION sales_line_sold_fn();
        """,
        sqlite=(
            "CREATE TRIGGER sales_line_sold BEFORE UPDATE ON sales_saleline "
            f"WHEN NOT {_SAME} AND {_SOLD} "
            "BEGIN SELECT RAISE(ABORT, 'sales_line_sold: what was sold stays as it was sold'); "
            "END",
            "CREATE TRIGGER sales_line_sold_kept BEFORE DELETE ON sales_saleline "
            f"WHEN {_SOLD} "
            "BEGIN SELECT RAISE(ABORT, 'sales_line_sold: what was sold stays as it was sold'); "
            "END",
        ),
    ),
]
