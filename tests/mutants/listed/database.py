"""What the database refuses: constraints, unique keys, and the triggers of the manifest."""

from __future__ import annotations

from tests.mutants.kinds import BOTH, POSTGRESQL, Constraint, Mutant, Together, Trigger, UniqueField

_BREAKS = "project/test_constraints.py::test_the_database_refuses_a_change_that_breaks[{}]"
_DOUBLE = "project/test_constraints.py::test_the_database_refuses_a_second_row[{}]"
_UNIQUE = "project/test_unique_keys.py::test_the_database_refuses_a_second_row_with_the_same[{}]"
_LEDGER = "ledger/test_database_refuses.py::test_{}"
_EMPTIED = "project/test_guards_refuse.py::test_a_table_that_is_only_added_to_is_never_emptied[{}]"

# Checks that a changed row breaks.
_CHECKS = {
    "user_email_lower_case": "addresses of logins in lower case",
    "user_language_known": "a login's language is one of the product's",
    "business_single_row": "one business",
    "business_award_delay": "points arrive 3 to 4 hours after a visit",
    "business_slot_minutes": "slots of sane length",
    "business_reminder_hours": "a reminder goes out two weeks ahead at most",
    "special_day_has_hours": "a day that is open has hours, a holiday has none",
    "business_reward_factor": "points are suggested by a sane factor",
    "business_clean_history_days": "history is kept for 30 days at least",
    "features_single_row": "one row of switches",
    "features_loyalty_needs": "loyalty needs its features",
    "features_loyalty_or_clean_history": "loyalty excludes Clean history",
    "client_language_known": "a client's language is one of the product's",
    "client_card_number_once": "a loyalty card number is one client's",
    "client_joined_is_bare": "a joined record is bare, and leads to another",
    "client_left_out_has_reason": "who is left out of the programme is so for a reason",
    "staff_note_says_something": "a staff note says something",
    "service_kind_known": "a service is of a known kind",
    "service_minutes_sane": "a service takes 5 to 720 minutes",
    "service_has_places": "a service has places",
    "service_places_per_booking": "a booking of a class has places",
    "service_slot_minutes": "a service's slots are of sane length",
    "service_provider_minutes_sane": "a provider takes 5 to 720 minutes",
    "service_vat_sane": "a service's VAT is a rate",
    "product_vat_sane": "a product's VAT is a rate",
    "business_vat_sane": "the business's VAT is a rate",
    "add_on_minutes_sane": "an add-on takes four hours at most",
    "date_hours_end_later": "hours on a date end later than they begin",
    "hours_weekday_known": "working hours are of a weekday",
    "hours_end_later": "working hours end later than they begin",
    "message_template_language_known": "a text's language is one of the product's",
    "message_state_known": "a message is in a known state",
    "message_has_recipient": "a message goes to somebody",
    "message_done_holds_no_secret": "a message that is done holds no secret",
    "message_sent_has_time": "a sent message has its time",
    "message_unsent_says_why": "a message not sent says why",
    "message_sending_is_claimed": "a message being sent is claimed",
    "visit_ends_later": "a visit ends later than it begins",
    "visit_has_client": "a visit has a client or is anonymised",
    "session_ends_later": "a session ends later than it begins",
    "session_places_suffice": "no more places booked or offered than there are",
    "session_cancelled_is_empty": "nobody comes to a cancelled session",
    "session_rule_has_day": "a session of a weekly class has its date",
    "session_rule_ends_later": "a weekly class ends later than it begins",
    "session_rule_weeks_sane": "a weekly class comes every 1 to 8 weeks",
    "session_rule_has_places": "a weekly class has places",
    "waiting_place_has_places": "somebody in line wants a place",
    "waiting_place_state_known": "a place in line is in a known state",
    "waiting_place_offer_ends": "an offer ends",
    "waiting_place_taken_has_visit": "a place that was taken is a visit, no other is",
    "booking_status_known": "a booking is in a known status",
    "booking_kind_has_its_parts": "a place is in a session",
    "booking_times_in_order": "the times of a booking are in order",
    "booking_has_places": "a booking has places",
    "hold_has_an_end": "a hold ends",
    "occupation_ends_later": "occupied time ends later than it begins",
    "resource_occupation_ends_later": "a resource's taken time ends later than it begins",
    "resource_occupation_of_one_thing": "a resource's taken time is of one thing",
    "occupation_of_one_thing": "occupied time is of one thing",
    "gift_card_type_has_value": "a type of gift card has a value",
    "gift_card_type_validity": "a type of gift card has a term",
    "gift_card_not_below_zero": "no gift card below zero",
    "gift_card_void_is_empty": "a voided card is empty",
    "correction_request_moves_points": "a request asks for something",
    "correction_request_decided_by_another": "nobody decides about a request of their own",
    "earning_rule_has_points": "a rule that is on has points",
    "earning_rule_points_sane": "a rule has no absurd points",
    "reward_has_points": "a reward that is on has points",
    "reward_points_sane": "a reward has no absurd points",
    "reward_of_one_item": "a reward is one thing",
    "reward_has_weekdays": "a reward is given on some weekday",
    "reward_days_in_order": "a reward's days are in order",
    "export_job_state_known": "a large export is in a known state",
    "export_job_running_is_claimed": "a large export that runs is claimed",
    "export_job_done_has_file": "a large export that is done has its file",
    "export_job_failed_says_why": "a large export that failed says why",
    "award_has_points": "an award has points",
    "award_is_base_times_rate": "an award is base × rate",
    "award_credited_by_entry": "a credited award has its entry",
    "award_dropped_with_reason": "a dropped award says why",
    "sale_never_overpaid": "no sale is paid above its total",
    "sale_line_amount": "no line below zero",
    "sale_line_of_one_thing": "a line sells one thing",
    "sale_completed_is_paid": "a completed sale is paid",
    "sale_line_adds_up": "a line is pieces × price, less its discount",
    "sale_line_quantity_sane": "a line has a sane number of pieces",
    "sale_line_discount_has_reason": "a discount has a reason",
    "sale_line_reward_is_free": "a reward at the till is free",
    "sale_line_vat_sane": "a line's VAT is a rate",
    "payment_own_has_name": "a way of the business's own has its name",
    "payment_given_suffices": "the cash given suffices",
    "payment_sign": "a refund is negative and a payment positive",
    "payment_by_card_has_entry": "a payment by card has its entry",
}

_ONCE = {
    "rate_counter_one": "one counter per source and window",
    "service_provider_once": "a provider does a service once",
    "date_hours_start_once": "hours on a date begin once",
    "date_hours_one_day_off": "a day off is one",
    "add_on_service_once": "an add-on goes with a service once",
    "product_barcode_once": "a barcode is one product's",
    "resource_name_once": "a resource of a kind has a name of its own",
    "service_resource_once": "a service needs a kind once",
    "resource_once_per_booking": "a booking has a resource once",
    "hours_start_once": "working hours begin once",
    "message_template_one": "one text per kind and language",
    "award_one_live_per_booking": "one live award per booking",
    "booking_add_on_once": "a booking has an add-on once",
    "session_once_per_rule_day": "a weekly class takes place once a date",
    "waiting_place_once_per_session": "a client stands once in the line of a session",
    "waiting_place_once_per_day": "a client stands once in the line of a day",
    "point_total_one": "one total per day and kind",
    "export_job_one_at_a_time": "one large export at a time per person",
}

_IN_SAMPLE = {
    "award_one_live_per_booking",
    "sale_never_overpaid",
    "loyalty_pointentry_chain",
    "giftcards_cardentry_append_only",
    "giftcards.CardEntry.key",
}

# Every entry of a ledger: (constraint's last name, words, test).
_OF_ENTRIES = (
    (
        "sequence_once",
        "entries are numbered once",
        _LEDGER.format("two_entries_with_one_number_are_refused"),
    ),
    (
        "from_one",
        "entries are numbered from 1",
        "ledger/test_constraints_alone.py::test_a_number_below_one_is_refused_without_the_chain",
    ),
    ("not_zero", "no entry of nothing", _LEDGER.format("an_entry_of_nothing_is_refused")),
    (
        "sign_agrees",
        "the sign agrees with the kind",
        _LEDGER.format("a_sign_that_disagrees_with_the_kind_is_refused"),
    ),
    (
        "balance_floor",
        "no balance below the floor",
        _LEDGER.format("a_balance_below_the_floor_is_refused"),
    ),
)

# Model → columns whose key means something.
_UNIQUE_KEYS = {
    "foundation.User": {"email": "one address, one login"},
    "foundation.FormUse": {"token": "a form is used once"},
    "clients.Client": {
        "public_id": "a client's number is theirs alone",
        "user": "a login is one client",
    },
    "catalogue.Service": {"slug": "a service's address is its own"},
    "catalogue.ResourceKind": {"name": "a kind of resource has a name of its own"},
    "business.SpecialDay": {"day": "a date is special in one way"},
    "catalogue.Provider": {"user": "a login is one provider"},
    "notifications.Message": {"dedupe_key": "a fact is told once"},
    "bookings.Visit": {"ref": "a visit's reference is its own"},
    "bookings.Hold": {"token": "a hold's token is its own"},
    "bookings.Occupation": {
        "booking": "a booking takes its time once",
        "session": "a session takes its time once",
    },
    "bookings.WaitingPlace": {
        "hold": "a time is offered to one in line",
        "visit": "a visit came of one place in line",
    },
    "giftcards.GiftCardType": {"slug": "a card type's address is its own"},
    "giftcards.GiftCard": {
        "token": "a card's page is its own",
        "code_hash": "a code is one card's",
    },
    "giftcards.CardEntry": {
        "key": "a fact makes one movement of a card",
        "reverses": "a spending is returned once",
    },
    "loyalty.EarningRule": {"service": "a service has one rule"},
    "loyalty.Reward": {
        "gift_card_type": "a card type is one reward",
        "service": "a service is one reward",
        "product": "a product is one reward",
    },
    "loyalty.PointAccount": {"client": "a client has one account of points"},
    "loyalty.PointEntry": {
        "key": "a fact makes one movement of points",
        "reverses": "an entry is reversed once",
    },
    "loyalty.CorrectionLimit": {"role": "a role has its limits once"},
    "loyalty.Award": {"earn_entry": "an entry credits one award"},
    "sales.Sale": {
        "visit": "a visit is one sale",
        "number": "a receipt's number is its own",
    },
    "sales.OwnTender": {"name": "a way to pay has a name of its own"},
    "sales.SaleLine": {
        "booking": "a booking is sold once",
        "gift_card": "a card is sold once",
        "award": "an award belongs to one line",
        "spend_entry": "points buy one thing",
    },
    "sales.Payment": {
        "card_entry": "a card's spending pays once",
        "refunds": "a payment is refunded once",
    },
}

_AT_COMMIT = (
    "a_cached_balance_that_lies_is_refused",
    "a_last_number_that_lies_is_refused",
)

_LEDGERS = (
    ("giftcards_cardentry", "card_entry", "cards"),
    ("loyalty_pointentry", "point_entry", "points"),
)


def _checks() -> list[Mutant]:
    found = [
        Mutant(
            name,
            f"CHECK: {off}",
            Constraint(name),
            (_BREAKS.format(name),),
            BOTH,
            name in _IN_SAMPLE,
        )
        for name, off in _CHECKS.items()
    ]
    found += [
        Mutant(
            name,
            f"unique: {off}",
            Constraint(name),
            (_DOUBLE.format(name),),
            BOTH,
            name in _IN_SAMPLE,
        )
        for name, off in _ONCE.items()
    ]
    # A second line: whatever breaks these breaks the other too. They stay because each says one
    # thing by itself, and the other may one day be loosened.
    for name, behind, off in (
        ("award_state", "award_credited_by_entry", "an award is in a known state"),
        ("sale_total", "sale_never_overpaid", "no sale below zero"),
    ):
        both = Together((Constraint(name), Constraint(behind)))
        words = f"CHECK: {off}; off with `{behind}`, which implies it"
        found.append(Mutant(name, words, both, (_BREAKS.format(name),)))
    return found


def _ledgers() -> list[Mutant]:
    found = []
    for table, prefix, book in _LEDGERS:
        for last, off, test in _OF_ENTRIES:
            name = f"{prefix}_{last}"
            ids = f"[{book}-return--1000]" if last == "sign_agrees" else f"[{book}]"
            found.append(Mutant(name, f"{book}: {off}", Constraint(name), (test + ids,)))
        found += [
            Mutant(
                f"{table}_append_only",
                f"{book}: an entry is never changed or deleted",
                Trigger(f"{table}_append_only"),
                (
                    _LEDGER.format(f"changing_an_entry_is_refused[{book}-amount]"),
                    _LEDGER.format(f"deleting_an_entry_is_refused[{book}-raw]"),
                ),
                in_sample=f"{table}_append_only" in _IN_SAMPLE,
            ),
            Mutant(
                f"{table}_chain",
                f"{book}: an entry follows the one before",
                Trigger(f"{table}_chain"),
                (_LEDGER.format(f"an_entry_that_does_not_follow_is_refused[{book}-balance]"),),
                in_sample=f"{table}_chain" in _IN_SAMPLE,
            ),
            Mutant(
                f"{table}_cached_balance",
                f"{book}: the cached balance is that of the last entry",
                Trigger(f"{table}_cached_balance"),
                tuple(_LEDGER.format(f"{test}[{book}]") for test in _AT_COMMIT),
                (POSTGRESQL,),
            ),
            Mutant(
                f"{table}_cached_balance_entry",
                f"{book}: the account knows its last entry",
                Trigger(f"{table}_cached_balance_entry"),
                (_LEDGER.format(f"an_entry_that_its_account_does_not_know_is_refused[{book}]"),),
                (POSTGRESQL,),
            ),
        ]
    return found


def _triggers() -> list[Mutant]:
    found = [
        Mutant(
            f"{table}_never_emptied",
            f"TRUNCATE of {what}",
            Trigger(f"{table}_never_emptied"),
            (_EMPTIED.format(table),),
            (POSTGRESQL,),
        )
        for table, what in (
            ("clients_consentrecord", "consents"),
            ("giftcards_cardentry", "movements of cards"),
            ("loyalty_pointentry", "movements of points"),
            ("loyalty_award", "awards"),
            ("sales_payment", "payments"),
        )
    ]
    for name, off in (
        ("clients_consentrecord_append_only", "a consent is never changed or deleted"),
        ("sales_payment_append_only", "a payment is never changed or deleted"),
        ("sales_payment_mirrors", "a refund mirrors its payment"),
        ("sales_line_sold", "what was sold stays as it was sold"),
        ("award_goes_forward", "an award goes forward only"),
        ("bookings_bookingchange_append_only", "what became of a booking is never rewritten"),
        ("booking_revived_with_time", "no cancelled booking comes back without its time"),
        ("award_kept", "an award is never deleted"),
        ("correction_request_decided_once", "a request is decided once"),
        ("correction_request_kept", "a request is never deleted"),
        ("occupation_no_overlap", "nobody is booked twice"),
        ("resource_no_overlap", "no room is taken twice"),
    ):
        tests = ("project/test_guards_refuse.py::test_the_guard_refuses",)
        found.append(Mutant(name, off, Trigger(name), tests))
    return found


def _unique_keys() -> list[Mutant]:
    return [
        Mutant(
            f"{model}.{field}",
            f"unique: {off}",
            UniqueField(model, field),
            (_UNIQUE.format(f"{model}-{field}"),),
            in_sample=f"{model}.{field}" in _IN_SAMPLE,
        )
        for model, fields in _UNIQUE_KEYS.items()
        for field, off in fields.items()
    ]


MUTANTS = (*_checks(), *_ledgers(), *_triggers(), *_unique_keys())
