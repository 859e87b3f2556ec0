# ruff: noqa: E501 — fragments of source stand here as they stand there
"""Who may: every page of staff without its decorator, and the other questions of rights. And rows
that are read again before something hangs on them.

What a role may is no matter of the database: SQLite only.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.mutants.code_switch import ROOT
from tests.mutants.kinds import SQLITE, Mutant, code
from tests.mutants.sites import sites

_ROLES = "backoffice/test_roles.py::test_every_address_times_every_role"
_LEDGERS = "backoffice/test_ledgers.py::test_{}"
_GUARDS = "backoffice/test_guards.py::test_{}"
_FILES = "reports/test_guards.py::test_the_file_of_clients_needs_both_rights"
_LOST = "reports/test_jobs.py::test_who_lost_the_role_gets_no_file"
_DASHBOARD = "backoffice/dashboard.py"
_WORKING = "reports/working.py"
_ARCHIVING = "backoffice/archiving.py"
_CARDS = "backoffice/admin/cards.py"


def _right(name: str, off: str, path: str, old: str, new: str, *tests: str) -> Mutant:
    return code(name, f"right: {off}", path, old, new, *tests, databases=(SQLITE,))


def _pages() -> Iterator[Mutant]:
    """As many as there are: a new page is switched off by itself."""
    for site in sites():
        if site.word != "@staff_page":
            continue
        source = (ROOT / site.path).read_text("utf-8")
        head = f"def {site.where}("
        rest = source[site.end + 1 : source.index(head, site.end)] + head
        page = f"{site.path.removesuffix('.py').replace('/', '.')}.{site.where}"
        more = f" {site.nth}" if site.nth > 1 else ""
        two_rights = site.where == "clients_file"
        yield _right(
            f"page {page}{more}",
            "a page of staff is shut to everybody else",
            site.path,
            f"@{source[site.start : site.end]}\n{rest}",
            rest,
            _FILES if two_rights else f"{_ROLES}[nobody]",
        )


MUTANTS = (
    *_pages(),
    _right(
        "switch-permission",
        "who switches features",
        "sales/features.py",
        '    if actor is not None and not actor.has_perm("business.switch_features"):',
        "    if False:",
        "sales/test_exchange.py::test_switching_needs_the_owner_and_asks_before_it_turns_others_on",
    ),
    _right(
        "worker-staff",
        "a file is made for staff only, looked at when it is made",
        _WORKING,
        "user.is_active and user.is_staff and",
        "user.is_active and",
        _LOST,
    ),
    _right(
        "worker-role",
        "a file is made for who may have it, looked at when it is made",
        _WORKING,
        "user.is_staff and user.has_perms(REPORTS[report].permissions)",
        "user.is_staff",
        _LOST,
    ),
    _right(
        "history-permission",
        "who sees a history",
        "backoffice/history.py",
        "        if not self.has_view_or_change_permission(request, obj):",
        "        if False:",
        _ROLES,
    ),
    _right(
        "business-permission",
        "who is led to the business",
        "backoffice/admin/business.py",
        "        if not self.has_view_or_change_permission(request):",
        "        if False:",
        _ROLES,
    ),
    _right(
        "business-one",
        "nobody adds a second business",
        "backoffice/admin/business.py",
        "    def has_add_permission(self, request: HttpRequest) -> bool:\n        return False\n\n",
        "",
        _GUARDS.format("not_even_a_superuser_adds_a_second_business"),
    ),
    _right(
        "session-unchanged",
        "a session is not changed in the panel",
        "backoffice/admin/sessions.py",
        "    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:\n"
        "        return False\n\n",
        "",
        _GUARDS.format("not_even_a_superuser_changes_a_session"),
    ),
    _right(
        "session-clients",
        "who sees the clients of a class",
        "backoffice/admin/sessions.py",
        '        return bool(request.user.has_perm("bookings.see_all_bookings"))',
        "        return True",
        _GUARDS.format("who_may_not_see_all_bookings_sees_no_clients_of_a_class"),
    ),
    _right(
        "category-delete",
        "who deletes a category",
        "backoffice/admin/catalogue.py",
        '        return bool(request.user.has_perm("catalogue.delete_category"))',
        "        return True",
        _ROLES,
    ),
    _right(
        "action-issue",
        "the page that issues cards asks",
        _CARDS,
        'url_path="issue", permissions=["issue"])',
        'url_path="issue")',
        _ROLES,
    ),
    _right(
        "action-reveal",
        "the page that shows a code asks",
        _CARDS,
        'url_path="code", permissions=["reveal"])',
        'url_path="code")',
        _ROLES,
    ),
    _right(
        "action-void",
        "the page that voids a card asks",
        _CARDS,
        'url_path="void", permissions=["void"])',
        'url_path="void")',
        _ROLES,
    ),
    _right(
        "action-archive",
        "who takes a thing off offer",
        _ARCHIVING,
        'description=_("Take off offer (archive)"), permissions=["change"])',
        'description=_("Take off offer (archive)"))',
        _GUARDS.format("who_may_only_look_archives_nothing"),
    ),
    _right(
        "action-restore",
        "who puts a thing back on offer",
        _ARCHIVING,
        'description=_("Put back on offer"), permissions=["change"])',
        'description=_("Put back on offer"))',
        _GUARDS.format("who_may_only_look_archives_nothing"),
    ),
    _right(
        "ledger-action",
        "a list of a ledger takes nothing",
        "backoffice/base.py",
        '        if request.method != "GET":\n            raise PermissionDenied',
        "        if False:\n            raise PermissionDenied",
        _LEDGERS.format("ledger_is_shown_and_nothing_can_be_sent_to_it"),
    ),
    _right(
        "all-bookings",
        "who sees everybody's bookings",
        _DASHBOARD,
        '    if user.has_perm("bookings.see_all_bookings"):',
        "    if True:",
        "backoffice/test_booking_list.py::test_provider_sees_their_own_and_no_other",
    ),
    _right(
        "first-page-bookings",
        "who sees today's bookings on the first page",
        _DASHBOARD,
        '    if user.has_perm("bookings.view_booking"):',
        "    if True:",
        _GUARDS.format("the_first_page_shows_nothing_to_who_may_nothing"),
    ),
    _right(
        "first-page-points",
        "who sees points on the way on the first page",
        _DASHBOARD,
        '    if user.has_perm("loyalty.see_points_report"):',
        "    if True:",
        _GUARDS.format("the_first_page_shows_nothing_to_who_may_nothing"),
    ),
    _right(
        "first-page-attention",
        "who sees what needs attention on the first page",
        _DASHBOARD,
        '    if user.has_perm("notifications.view_message"):',
        "    if True:",
        _GUARDS.format("the_first_page_shows_nothing_to_who_may_nothing"),
    ),
    _right(
        "issue-page-reveal",
        "who issues a card that nobody is told of",
        "backoffice/card_pages.py",
        '    may_reveal = request.user.has_perm("giftcards.reveal_codes")',
        "    may_reveal = True",
        "backoffice/test_cards.py::test_desk_issues_no_card_that_nobody_is_told_of_but_a_manager_does",
    ),
    _right(
        "session-enforced",
        "staff are signed out at all",
        "loyalty_site/staff_sessions.py",
        "        if request.user.is_authenticated and request.user.is_staff:",
        "        if False:",
        "project/test_headers.py::test_idle_staff_are_signed_out",
    ),
    code(
        "book-price-read",
        "a booking costs what the service costs now",
        "bookings/lines.py",
        "            service=services[line.service.pk],",
        "            service=line.service,",
        "sales/test_visits.py::test_price_that_changed_since_the_page_is_refused",
    ),
    code(
        "export-asked-at",
        "a file holds nothing that was recorded after it was asked for",
        "reports/exports.py",
        "rows.filter(created_at__lte=asked_at) if asked_at else rows",
        "rows",
        "reports/test_jobs.py::test_file_of_all_movements_ends_when_it_was_asked_for",
    ),
    code(
        "export-claim-read",
        "a worker goes by the claim that stands in the row",
        "reports/jobs.py",
        "            job.refresh_from_db()\n",
        "",
        "reports/test_jobs.py::test_write_exports_makes_the_file",
    ),
)
