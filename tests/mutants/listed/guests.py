# ruff: noqa: E501 — fragments of source stand here as they stand there
"""Guests: joining an account, confirmed consents; reminders, and the feed's secret address."""

from __future__ import annotations

from tests.mutants.kinds import POSTGRESQL, code

_JOINING = "sales/joining.py"
_GIVING = "sales/handing_over.py"
_POINTS = "loyalty/joining.py"
_ASKED = "sales/asked_consents.py"
_REMINDERS = "sales/reminders.py"
_MESSAGES = "sales/messages.py"
_FEEDS = "catalogue/feeds.py"
_FEED = "sales/provider_feed.py"

_JOINED = "sales/test_joining.py::test_{}"
_CONFIRMED = "sales/test_asked_consents.py::test_{}"
_REMINDED = "sales/test_reminders.py::test_{}"
_OPENED = "catalogue/test_feeds.py::test_{}"
_SHOWN = "sales/test_provider_feed.py::test_{}"

MUTANTS = (
    code(
        "join-verified",
        "only a proved address joins records",
        _JOINING,
        "EmailAddress.objects.filter(user=user, verified=True)",
        "EmailAddress.objects.filter(user=user)",
        _JOINED.format("an_address_that_is_not_proved_joins_nothing"),
    ),
    code(
        "join-address",
        "records of other addresses are not joined",
        _JOINING,
        ".filter(address__in=verified_addresses(user))",
        "",
        _JOINED.format("another_address_joins_nothing"),
    ),
    code(
        "join-no-login",
        "a record with a login is not joined",
        _JOINING,
        "filter(user__isnull=True, anonymised_at__isnull=True)",
        "filter(anonymised_at__isnull=True)",
        _JOINED.format("a_record_with_a_login_is_never_joined"),
    ),
    code(
        "join-ticked",
        "only what was ticked joins",
        _JOINING,
        ".filter(public_id__in=wanted)",
        "",
        _JOINED.format("only_what_was_ticked_joins"),
    ),
    code(
        "join-bare",
        "a joined record is left bare",
        _GIVING,
        "        erase_personal_data(client=record, actor=actor)\n",
        "        pass\n",
        _JOINED.format("join_takes_visits_sales_cards_awards_and_points"),
    ),
    code(
        "client-lock-joined",
        "nothing is booked for a joined record",
        "clients/people.py",
        "    if client.joined_to_id is not None:\n        raise ClientJoined\n",
        "",
        _JOINED.format("nothing_is_booked_for_a_joined_record"),
    ),
    code(
        "lock-join-clients",
        "lock: the records that join",
        _JOINING,
        "people = lock_people([account.pk, *ids])",
        "people = Client.objects.in_bulk([account.pk, *ids])",
        "locks/test_people.py::test_a_join_waits_for_what_is_booked_meanwhile",
        databases=(POSTGRESQL,),
    ),
    code(
        "lock-join-awards",
        "lock: the awards that a join promises anew",
        _POINTS,
        'lock_in_order(Award.objects.all(), due.values_list("pk", flat=True))',
        "due.in_bulk()",
        "locks/test_people.py::test_a_join_waits_for_the_sweep",
        databases=(POSTGRESQL,),
    ),
    code(
        "join-award-state",
        "what was credited meanwhile is not promised again",
        _POINTS,
        "        if old.state not in ON_THE_WAY:\n            continue\n",
        "",
        "locks/test_people.py::test_a_join_waits_for_the_sweep",
        databases=(POSTGRESQL,),
    ),
    code(
        "reopened-award-follows",
        "an award that is promised again is the account's",
        "loyalty/awards.py",
        "account=account_now(award.account),",
        "account=award.account,",
        _JOINED.format("a_no_show_taken_back_after_the_join_promises_the_account"),
    ),
    code(
        "mail-follows-join",
        "mail of a joined record goes to the account",
        "notifications/sending.py",
        "            message.client = message.client.joined_to\n",
        "            pass\n",
        _JOINED.format("mail_that_was_queued_for_the_guest_goes_to_the_account"),
    ),
    code(
        "consent-ticked",
        "a tick alone is no consent",
        "sales/visits.py",
        "    if guest.wants_news:\n        ask_for_consent(client)\n",
        '    if guest.wants_news:\n        from clients.consents import record_consent\n        record_consent(client=client, granted=True, language="en", source="booking", actor=None)\n',
        _CONFIRMED.format("a_tick_alone_is_no_consent"),
    ),
    code(
        "consent-link-week",
        "a link that confirms works for a week",
        _ASKED,
        "    if clock.now().timestamp() >= until:",
        "    if False:",
        _CONFIRMED.format("the_link_works_for_a_week"),
    ),
    code(
        "consent-link-address",
        "a link that confirms is of the address that it went to",
        _ASKED,
        " or _address(client) != address:",
        ":",
        _CONFIRMED.format("the_link_is_of_the_address_that_it_went_to"),
    ),
    code(
        "consent-link-erased",
        "an erased record consents to nothing",
        _ASKED,
        "client is None or client.anonymised_at is not None or _address",
        "client is None or _address",
        _CONFIRMED.format("an_erased_record_without_an_address_consents_to_nothing"),
    ),
    code(
        "reminder-once",
        "a reminder is queued once",
        _MESSAGES,
        'return f"visit:{visit.pk}:reminder:{visit.calendar_sequence}"',
        'return f"visit:{visit.pk}:reminder:{visit.calendar_sequence}:{clock.now()}:{id(object())}"',
        _REMINDED.format("reminder_is_queued_once_when_its_hour_has_come"),
    ),
    code(
        "reminder-past",
        "nobody is reminded of what is over",
        _REMINDERS,
        "            starts_at__gt=now,\n",
        "",
        "sales/test_last_looks.py::test_nobody_is_reminded_of_what_is_under_way",
    ),
    code(
        "reminder-late-booking",
        "who booked late is not reminded",
        _REMINDERS,
        '            created_at__lt=F("starts_at") - before,\n',
        "",
        _REMINDED.format("who_books_later_than_the_reminder_s_hour_is_not_reminded"),
    ),
    code(
        "reminder-late-move",
        "who moved late is not reminded",
        _REMINDERS,
        ", ~Exists(late_moves))",
        ")",
        _REMINDED.format("who_moves_later_than_the_reminder_s_hour_is_not_reminded"),
    ),
    code(
        "reminder-expected",
        "only who is still expected is reminded",
        _REMINDERS,
        "bookings.filter(status__in=_STILL_EXPECTED)",
        "bookings",
        _REMINDED.format("cancelled_visits_have_no_reminder"),
    ),
    code(
        "reminder-moved",
        "a reminder of another time is dropped",
        _MESSAGES,
        "    if messages[0].dedupe_key != reminder_key(visit):\n        raise SubjectGone\n",
        "",
        _REMINDED.format("a_visit_moved_meanwhile_is_reminded_of_its_new_time_alone"),
    ),
    code(
        "reminder-begun",
        "a reminder of a visit that began is dropped",
        _MESSAGES,
        " or visit.starts_at <= clock.now():",
        ":",
        _REMINDED.format("a_reminder_that_waited_until_the_visit_began_is_dropped"),
    ),
    code(
        "moved-once",
        "only the last move is told",
        _MESSAGES,
        "    if messages[0].dedupe_key != moved_key(visit):\n        raise SubjectGone\n",
        "",
        "sales/test_change_messages.py::test_a_visit_moved_twice_before_the_mail_left_is_told_once",
    ),
    code(
        "feed-key",
        "a feed opens by its signature",
        _FEEDS,
        '    fits = hmac.compare_digest(_key(provider).encode(), key.encode(errors="replace"))\n',
        "    fits = True\n",
        _OPENED.format("every_other_token_opens_nothing"),
    ),
    code(
        "feed-version",
        "a renewed address ends the one before",
        _FEEDS,
        'content = f"{provider.pk}:{provider.feed_version}"',
        'content = f"{provider.pk}"',
        _OPENED.format("renewing_ends_the_address_before"),
    ),
    code(
        "feed-archived",
        "an archived provider has no feed",
        _FEEDS,
        "return provider if fits and provider.archived_at is None else None",
        "return provider if fits else None",
        _OPENED.format("archived_provider_has_no_feed"),
    ),
    code(
        "feed-permission",
        "a feed is its provider's",
        _FEEDS,
        "    if not may_have_feed(provider, actor):\n        raise NotAllowed\n",
        "",
        _OPENED.format("only_its_provider_and_managers_have_the_address"),
    ),
    code(
        "feed-page-permission",
        "the page of a feed is for its provider",
        "backoffice/feeds.py",
        "    if not may_have_feed(provider, actor):",
        "    if False:",
        "backoffice/test_feeds.py::test_another_provider_s_address_is_refused",
    ),
    code(
        "feed-limited",
        "fetching feeds is limited",
        "website/views/feeds.py",
        '    hit("provider-feed", guess_sources(request)[0], limit=LIMIT, seconds=WINDOW)\n',
        "",
        "website/test_feeds.py::test_feed_is_limited_per_address",
    ),
    code(
        "feed-first-name",
        "a feed tells first names alone",
        _FEED,
        '"name": client.first_name}',
        '"name": client.full_name}',
        _SHOWN.format("feed_has_the_first_name_and_the_service_and_nothing_else"),
    ),
)
