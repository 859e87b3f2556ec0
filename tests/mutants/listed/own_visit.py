"""A booked visit in its client's hands: why it is cancelled, its link once more, a sign-in code."""

from __future__ import annotations

from tests.mutants.kinds import code

_LINKS = "sales/asked_links.py"
_CODES = "website/sign_in_codes.py"

_REASON = "website/test_cancel_reason.py::test_{}"
_ASKED = "website/test_asked_links.py::test_{}"
_SIGN_IN = "website/test_visit_sign_in.py::test_{}"

MUTANTS = (
    code(
        "own-move-as-shown",
        "a client moves what the page showed",
        "website/views/moving.py",
        'sent["seen"] or None',
        "None",
        "website/test_move_seen.py::test_a_visit_that_was_moved_meanwhile_is_shown_as_it_is_now",
    ),
    code(
        "own-reason-length",
        "a client's reason has 200 characters",
        "website/forms_visit.py",
        "REASON_LENGTH = 200",
        "REASON_LENGTH = 2000",
        _REASON.format("200_characters_are_kept_and_one_more_is_refused"),
    ),
    code(
        "own-reason-not-told",
        "clients get no mail of what they wrote themselves",
        "sales/visits.py",
        'secret="" if by_client else reason.strip()',
        "secret=reason.strip()",
        _REASON.format("the_reason_is_kept_and_not_told_back"),
    ),
    code(
        "visit-link-address",
        "a link goes to who asks with the address of the booking",
        "bookings/visits.py",
        ", client__email__iexact=email)",
        ")",
        _ASKED.format("a_cancelled_visit_has_a_link_still"),
    ),
    code(
        "visit-link-once",
        "a link is sent once in ten minutes",
        _LINKS,
        'f"visit:{visit.pk}:link:{window}"',
        'f"visit:{visit.pk}:link:{window}:{id(object())}:{clock.now()}:{Message.objects.count()}"',
        _ASKED.format("asking_again_sends_once_in_ten_minutes"),
    ),
    code(
        "visit-link-deleted",
        "the link of a visit that staff deleted is not sent",
        _LINKS,
        "    if visit.hidden_at is not None:\n        raise SubjectGone\n",
        "",
        _ASKED.format("the_link_of_a_visit_deleted_meanwhile_is_not_sent"),
    ),
    code(
        "visit-link-limited",
        "asking for links is limited",
        "website/views/visit_links.py",
        '        count_try(request, "visit-link", email)\n',
        "",
        _ASKED.format("asking_is_limited_whether_or_not_it_fits"),
    ),
    code(
        "visit-sign-in-unknown",
        "an address without an account is answered as one with",
        _CODES,
        "form.login or _open_login(email, client)",
        "form.login",
        _SIGN_IN.format("the_code_opens_an_account_for_who_has_none"),
    ),
    code(
        "visit-sign-in-inactive",
        "a login that may not sign in gets no code",
        _CODES,
        "email=email.lower(), is_active=True)",
        "email=email.lower())",
        _SIGN_IN.format("a_login_that_may_not_sign_in_gets_no_code"),
    ),
    code(
        "visit-sign-in-masked",
        "who holds a link does not get to see the address",
        _CODES,
        '    process.state["masked_email"] = masked(client.email)\n',
        "",
        _SIGN_IN.format("known_and_unknown_get_the_same_answer"),
    ),
)
