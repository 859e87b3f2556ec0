"""What must be true of the switches and settings, in words of the audit's own: a CHECK that was
loosened in a model is loosened for the check that reads the models as well."""

from __future__ import annotations

from foundation.audit import sql_check

sql_check(
    "features-agree",
    rows="SELECT count(*) FROM business_features",
    violations="""
    SELECT id FROM business_features WHERE id <> 1
       OR (loyalty AND (clean_history
           OR NOT (payments AND client_login AND coupons AND gift_cards)))""",
    line="the switches (row {0}) are on together where one excludes or needs another",
)
sql_check(
    "settings-in-range",
    rows="SELECT count(*) FROM business_business",
    violations="""
    SELECT name, value FROM (
      SELECT 'id' AS name, id AS value, 1 AS least, 1 AS most FROM business_business
      UNION ALL SELECT 'award_delay_minutes', award_delay_minutes, 180, 230 FROM business_business
      UNION ALL SELECT 'slot_minutes', slot_minutes, 5, 120 FROM business_business
      UNION ALL SELECT 'reminder_hours', reminder_hours, 0, 336 FROM business_business
      UNION ALL SELECT 'clean_history_days', clean_history_days, 30, 32767 FROM business_business
    ) settings WHERE value < least OR value > most""",
    line="the business's {0} is {1}, out of its range",
)
