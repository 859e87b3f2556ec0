# ruff: noqa: E501 — fragments of source stand here as they stand there
"""The panel: roles, what staff may change, and files that leave the house."""

from __future__ import annotations

from tests.mutants.kinds import code

_STAFF = "foundation/staff.py"
_BASE = "backoffice/base.py"
_BOOKINGS = "backoffice/bookings.py"
_CARDS = "backoffice/card_pages.py"
_LOGINS = "backoffice/admin/logins.py"
_SESSIONS = "loyalty_site/staff_sessions.py"
_ADDING = "reports/adding.py"
_ROLES = "backoffice/roles.py"

MUTANTS = (
    code(
        "staff-only",
        "own pages of the panel are for staff",
        _STAFF,
        "    if not (user.is_active and user.is_staff):",
        "    if not user.is_authenticated:",
        "backoffice/test_own_pages.py::test_address_is_shut_to_clients_and_strangers",
    ),
    code(
        "staff-permission",
        "own pages of the panel ask for their permission",
        _STAFF,
        "    if not user.has_perm(permission):",
        "    if False:",
        "backoffice/test_features.py::test_front_desk_and_provider_are_refused_politely",
    ),
    code(
        "staff-no-store",
        "own pages of the panel are kept by no cache",
        _STAFF,
        '            response.headers["Cache-Control"] = "no-store, private"\n',
        "",
        "foundation/test_guards_of_code.py::test_a_page_of_staff_is_kept_by_no_cache",
    ),
    code(
        "provider-own-bookings",
        "a provider sees their own bookings only",
        "backoffice/dashboard.py",
        "    return Booking.objects.filter(provider__user=user)",
        "    return Booking.objects.all()",
        "backoffice/test_booking_list.py::test_provider_sees_their_own_and_no_other",
    ),
    code(
        "provider-one-booking",
        "a provider opens their own bookings only",
        _BOOKINGS,
        "    if not visible_bookings(actor_of(request)).filter(pk=booking.pk).exists():",
        "    if False:",
        "backoffice/test_booking_list.py::test_provider_sees_their_own_and_no_other",
    ),
    code(
        "mark-permission",
        "who marks bookings",
        _BOOKINGS,
        '    "bookings.mark_bookings",\n',
        '    "bookings.view_booking",\n',
        "backoffice/test_guards.py::test_who_may_only_look_marks_and_cancels_nothing",
    ),
    code(
        "cancel-seen",
        "cancelling shows its effects first",
        _BOOKINGS,
        '        if request.method == "POST" and request.POST.get("seen") == _fingerprint(effects):\n'
        '            done = _("The appointment is cancelled.")',
        '        if request.method == "POST":\n'
        '            done = _("The appointment is cancelled.")',
        "backoffice/test_bookings.py::test_effects_that_changed_meanwhile_are_shown_again",
    ),
    code(
        "never-deleted",
        "nothing is deleted in the panel",
        _BASE,
        "    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None)"
        " -> bool:\n        return False\n\n    def get_form(",
        "    def get_form(",
        "backoffice/test_ledgers.py::test_ledger_is_shown_and_nothing_can_be_sent_to_it",
    ),
    code(
        "read-only-change",
        "a ledger is changed by nobody",
        _BASE,
        "    def has_change_permission(self, request: HttpRequest, obj: Model | None = None)"
        " -> bool:\n        return False\n\n    def changelist_view(",
        "    def changelist_view(",
        "backoffice/test_ledgers.py::test_ledger_is_shown_and_nothing_can_be_sent_to_it",
    ),
    code(
        "read-only-add",
        "nobody adds to a ledger by hand",
        _BASE,
        "    warn_unsaved_form = False\n\n"
        "    def has_add_permission(self, request: HttpRequest) -> bool:\n"
        "        return False\n",
        "    warn_unsaved_form = False\n",
        "backoffice/test_ledgers.py::test_ledger_is_shown_and_nothing_can_be_sent_to_it",
    ),
    code(
        "lookups",
        "lists take no look-up that is not offered",
        _BASE,
        "        return named and super().lookup_allowed(lookup, value, request)",
        "        return True",
        "backoffice/test_ledgers.py::test_lists_take_no_lookup_that_is_not_offered",
    ),
    code(
        "nul-in-query",
        "a NUL in a query never meets PostgreSQL",
        "backoffice/site.py",
        '            if any("\\x00" in value for values in request.GET.lists() for value in values[1]):',
        "            if False:",
        "backoffice/test_site.py::test_nasty_query_strings_never_break_a_list",
        databases=("postgresql",),
    ),
    code(
        "reveal-permission",
        "who sees codes",
        "backoffice/admin/cards.py",
        '        return actor_of(request).has_perm("giftcards.reveal_codes")',
        "        return True",
        "backoffice/test_roles.py::test_every_address_times_every_role",
    ),
    code(
        "issue-page-permission",
        "who opens the page that issues cards",
        "backoffice/admin/cards.py",
        '        return actor_of(request).has_perm("giftcards.issue_cards")',
        "        return True",
        "backoffice/test_roles.py::test_every_address_times_every_role",
    ),
    code(
        "void-page-permission",
        "who opens the page that voids cards",
        "backoffice/admin/cards.py",
        '        return actor_of(request).has_perm("giftcards.change_giftcard")',
        "        return True",
        "backoffice/test_roles.py::test_every_address_times_every_role",
    ),
    code(
        "reveal-password",
        "a code is shown after the password",
        _CARDS,
        "        if not user.check_password(password):",
        "        if False:",
        "backoffice/test_cards.py::test_a_code_is_shown_after_the_password_and_that_is_kept",
    ),
    code(
        "reveal-limit",
        "guessing the password on the code page is limited",
        _CARDS,
        '            hit("reveal-code", str(user.pk), limit=REVEALS, seconds=REVEAL_WINDOW)',
        "            pass",
        "backoffice/test_cards.py::test_guessing_the_password_on_the_code_page_is_limited",
    ),
    code(
        "reveal-logged",
        "showing a code is written down",
        _CARDS,
        '            _log(request, card, "Showed the code")\n',
        "",
        "backoffice/test_cards.py::test_a_code_is_shown_after_the_password_and_that_is_kept",
    ),
    code(
        "issue-to-nobody",
        "the desk issues no card that nobody is told of",
        _CARDS,
        "        if not self.may_reveal and (owner is None or not owner.email):",
        "        if False:",
        "backoffice/test_cards.py"
        "::test_desk_issues_no_card_that_nobody_is_told_of_but_a_manager_does",
    ),
    code(
        "outbox-page-secret",
        "the outbox shows no secret",
        "backoffice/admin/outbox.py",
        '        "language",\n        "due",',
        '        "language",\n        "secret",\n        "due",',
        "backoffice/test_ledgers.py::test_the_outbox_shows_no_secret",
    ),
    code(
        "staff-sign-in-account",
        "guessing a staff password is limited per account",
        "backoffice/sign_in.py",
        '            hit("staff-sign-in", f"account:{email}", limit=TRIES_PER_ACCOUNT,'
        " seconds=WINDOW)\n",
        "",
        "backoffice/test_site.py::test_guessing_a_password_is_limited_and_the_right_one_waits_too",
    ),
    code(
        "staff-sign-in-address",
        "guessing staff passwords is limited per address",
        "backoffice/sign_in.py",
        '            hit("staff-sign-in", f"address:{address}", limit=TRIES_PER_ADDRESS,'
        " seconds=WINDOW)\n",
        "",
        "backoffice/test_guards.py::test_guesses_at_many_logins_from_one_address_are_limited",
    ),
    code(
        "session-idle",
        "idle staff are signed out",
        _SESSIONS,
        "        if too_long or too_idle:",
        "        if too_long:",
        "project/test_headers.py::test_idle_staff_are_signed_out",
    ),
    code(
        "session-long",
        "staff are signed out after twelve hours",
        _SESSIONS,
        "        if too_long or too_idle:",
        "        if too_idle:",
        "project/test_headers.py::test_staff_who_work_stay_signed_in_until_twelve_hours",
    ),
    code(
        "login-superuser",
        "an owner changes no superuser",
        _LOGINS,
        "        if obj is not None and obj.is_superuser and not actor_of(request).is_superuser:",
        "        if False:",
        "backoffice/test_people.py::test_an_owner_does_not_change_a_superuser",
    ),
    code(
        "login-shut-out",
        "an owner does not shut themselves out",
        _LOGINS,
        "        if self.instance.pk == self.actor.pk and not self._stays_in(data):",
        "        if False:",
        "backoffice/test_people.py::test_an_owner_does_not_shut_themselves_out",
    ),
    code(
        "login-client-address",
        "a client's login keeps its address",
        _LOGINS,
        '        return ("email",) if obj is not None and not obj.is_staff else ()',
        "        return ()",
        "backoffice/test_people.py::test_a_clients_login_keeps_its_address_and_password",
    ),
    code(
        "login-client-password",
        "a client's login keeps its password",
        _LOGINS,
        "        if login is not None and not login.is_staff:",
        "        if False:",
        "backoffice/test_people.py::test_a_clients_login_keeps_its_address_and_password",
    ),
    code(
        "login-weak-password",
        "a weak password is refused for staff",
        _LOGINS,
        "        validate_password(password, self.instance)\n",
        "",
        "backoffice/test_people.py::test_a_login_without_role_or_with_a_weak_password_is_refused",
    ),
    code(
        "login-twice",
        "the address of a login is not taken twice",
        _LOGINS,
        "        if User.objects.filter(email=email).exists():",
        "        if False:",
        "backoffice/test_people.py::test_the_address_of_a_clients_login_is_not_taken_twice",
    ),
    code(
        "roles-exact",
        "a role has what the table says",
        _ROLES,
        '    "bookings.cancel_bookings",\n}',
        '    "bookings.cancel_bookings",\n    "giftcards.reveal_codes",\n}',
        "backoffice/test_roles.py::test_every_role_has_exactly_what_the_table_says",
    ),
    code(
        "add-way-back",
        "Add points leads back to a report only",
        _ADDING,
        "return back if ours and url_has_allowed_host_and_scheme(back, allowed_hosts=hosts)"
        " else report",
        "return back or report",
        "reports/test_guards.py::test_adding_leads_back_to_a_report_only",
    ),
    code(
        "add-erased",
        "an erased client is not offered points",
        _ADDING,
        "        queryset=Client.objects.filter(anonymised_at__isnull=True),",
        "        queryset=Client.objects.all(),",
        "reports/test_guards.py::test_an_erased_client_is_not_offered",
    ),
    code(
        "add-form-most",
        "no absurd number of points is typed",
        _ADDING,
        "        if abs(points) > MOST_POINTS:\n            raise ValidationError",
        "        if False:\n            raise ValidationError",
        "reports/test_guards.py::test_an_absurd_number_is_refused_where_it_is_typed",
    ),
    code(
        "csv-formula",
        "a formula in a CSV file stays text",
        "reports/csv_file.py",
        'return f"\'{cell}" if looks_like_formula(cell) else cell',
        "return cell",
        "reports/test_files.py::test_csv_makes_a_formula_harmless",
    ),
    code(
        "csv-formula-space",
        "a formula behind white space stays text",
        "reports/csv_file.py",
        "    return text[:1] in FORMULA_SIGNS or text.lstrip()[:1] in FORMULA_SIGNS",
        "    return text[:1] in FORMULA_SIGNS",
        "reports/test_files.py",
        "reports/test_exports.py",
    ),
)
