"""Corrections above somebody's limit: asked for, then approved or declined by a second person.

A request holds no points. Approving it posts one entry, keyed ``correction-request:<id>:adjust``,
by whoever approves: they answer for it, and it counts towards their day. What has been decided
stays so (``loyalty/guards.py``), and nobody decides about a request of their own (a CHECK).

Locks: feature row, request, who decides, client, account.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from business.features import get_features, lock_features, require_feature
from clients.errors import ClientGone
from clients.models import Client
from foundation import clock
from foundation.errors import NotAllowed
from foundation.form_tokens import once
from foundation.locks import lock_one
from foundation.models import User
from loyalty.correcting_limits import check_at_once, check_limits, lock_corrector
from loyalty.errors import AnswerMissing, OwnRequest, RequestDecided
from loyalty.models import CorrectionRequest, RequestState
from loyalty.points import (
    check_correction,
    check_covered,
    lock_account,
    open_account,
    post_correction,
)


def ask_for_correction(
    *,
    client: Client,
    amount: int,
    description: str,
    form_token: str,
    actor: User,
    tell_client: bool,
) -> CorrectionRequest:
    """Let a correction wait for a second person. The form's token names it: a double click asks
    once.

    Raises NotAllowed, NothingToAdjust, DescriptionMissing, BelowZero, FeatureOff,
    FormAlreadyUsed, ClientGone.
    """
    words = check_correction(amount=amount, description=description, actor=actor)
    require_feature(get_features(), "loyalty")
    with transaction.atomic():
        content = [client.pk, amount, words, tell_client]
        with once(token=form_token, purpose="ask-correction", content=content) as use:
            if use.result:
                return CorrectionRequest.objects.get(pk=int(use.result))
            if client.anonymised_at is not None:
                raise ClientGone
            account = open_account(client)
            check_covered(account, amount)
            request = CorrectionRequest.objects.create(
                account=account,
                amount=amount,
                description=words,
                tell_client=tell_client,
                asked_by=actor,
                asked_at=clock.now(),
            )
            use.result = str(request.pk)
    return request


def approve_correction(
    *, request: CorrectionRequest, answer: str, actor: User
) -> CorrectionRequest:
    """Post what was asked for. Approving again changes nothing.

    Raises NotAllowed, OwnRequest, RequestDecided, AboveLimit, AboveDayLimit, BelowZero,
    FeatureOff, ClientGone, ClientJoined; the request then goes on waiting.
    """
    with transaction.atomic():
        features = lock_features()
        locked = _lock_request(request.pk, actor)
        if _is_done(locked, RequestState.APPROVED, actor):
            return locked
        require_feature(features, "loyalty")
        lock_corrector(actor)
        check_limits(person=actor, amount=locked.amount)
        post_correction(
            account=lock_account(locked.account.client),
            amount=locked.amount,
            description=locked.description,
            key=locked.key,
            actor=actor,
            tell_client=locked.tell_client,
        )
        return _settle(locked, RequestState.APPROVED, answer, actor)


def decline_correction(
    *, request: CorrectionRequest, answer: str, actor: User
) -> CorrectionRequest:
    """End a request without points, and say why; also while loyalty is off.

    Raises NotAllowed, AnswerMissing, OwnRequest, RequestDecided, AboveLimit.
    """
    with transaction.atomic():
        locked = _lock_request(request.pk, actor)
        if _is_done(locked, RequestState.DECLINED, actor):
            return locked
        if not answer.strip():
            raise AnswerMissing
        check_at_once(person=actor, amount=locked.amount)
        return _settle(locked, RequestState.DECLINED, answer, actor)


def waiting_requests() -> QuerySet[CorrectionRequest]:
    """Those that nobody has decided about."""
    return CorrectionRequest.objects.filter(state=RequestState.WAITING)


def _lock_request(pk: int, actor: User) -> CorrectionRequest:
    if not actor.has_perm("loyalty.adjust_points"):
        raise NotAllowed
    return lock_one(CorrectionRequest.objects.select_related("account__client"), pk)


def _is_done(request: CorrectionRequest, wanted: RequestState, actor: User) -> bool:
    """Whether ``actor`` has decided so before. Raises OwnRequest, RequestDecided."""
    if request.asked_by_id == actor.pk:
        raise OwnRequest
    if request.state == RequestState.WAITING:
        return False
    if (request.state, request.decided_by_id) != (wanted, actor.pk):
        raise RequestDecided
    return True


def _settle(
    request: CorrectionRequest, state: RequestState, answer: str, actor: User
) -> CorrectionRequest:
    request.state, request.answer = state, answer.strip()[:200]
    request.decided_by, request.decided_at = actor, clock.now()
    request.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    return request
