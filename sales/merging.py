"""Two records of one person become one: what staff does about duplicates (reliability F41).

One record stays and is given what the other had (``handing_over.py``); the other is left bare and
says where everything went. A login stays with its record: the one that has it is the one that
stays, and two that have one each are not merged. Given to another record, a login would open that
record's bookings, points and cards to whoever holds it. Consent stays with the record that it was
given for.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from business.features import lock_features
from clients.errors import ClientGone, ClientJoined, LoginStays, OneRecord, TwoLogins
from clients.models import Client
from clients.people import keep_contact
from foundation.errors import NotAllowed
from foundation.form_tokens import once
from foundation.models import User
from loyalty.joining import FROM_A_RECORD
from sales.handing_over import Holdings, hand_over, holdings, lock_people

MERGE = "clients.merge_clients"


@dataclass(frozen=True)
class Preview:
    """What each of two records has, and what the one that stays will have."""

    source: Holdings
    target: Holdings

    @property
    def together(self) -> Holdings:
        return Holdings(
            visits=self.source.visits + self.target.visits,
            cards=self.source.cards + self.target.cards,
            points=self.source.points + self.target.points,
            on_the_way=self.source.on_the_way + self.target.on_the_way,
        )


def preview_merge(*, source: Client, target: Client) -> Preview:
    """As it stands now, in a fixed number of queries. Raises what ``merge_clients`` would."""
    _refuse(source, target)
    have = holdings([source.pk, target.pk])
    return Preview(source=have[source.pk], target=have[target.pk])


def merge_clients(*, source: Client, target: Client, form_token: str, actor: User) -> Client:
    """Give ``target`` all that ``source`` has, and leave ``source`` bare; returns ``target``.

    The form's token names the fact: a double click merges once. Contact fields that ``target``
    has stay, and empty ones are filled. Works while loyalty is off. All of it happens, or
    nothing. Raises NotAllowed, OneRecord, TwoLogins, LoginStays, ClientJoined, ClientGone,
    FormAlreadyUsed.
    """
    if not actor.has_perm(MERGE):
        raise NotAllowed
    with transaction.atomic():
        lock_features()
        content = [source.pk, target.pk]
        with once(token=form_token, purpose="merge", content=content) as use:
            people = lock_people([source.pk, target.pk])
            gone, kept = people[source.pk], people[target.pk]
            if use.result:
                return kept
            _refuse(gone, kept)
            keep_contact(client=kept, of=[gone])
            hand_over(records=[gone], to=kept, actor=actor, words=FROM_A_RECORD)
            use.result = str(kept.pk)
    return kept


def _refuse(source: Client, target: Client) -> None:
    if source.pk == target.pk:
        raise OneRecord
    for each in (source, target):
        if each.joined_to_id is not None:
            raise ClientJoined
        if each.anonymised_at is not None:
            raise ClientGone
    if source.user_id is not None:
        raise TwoLogins if target.user_id is not None else LoginStays
