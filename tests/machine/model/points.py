"""Points, gift cards and features."""

from __future__ import annotations

from calendar import monthrange

from tests.machine.model.rows import (
    DESK,
    DESK_LIMIT,
    EXCLUDES,
    KEPT,
    MANAGER,
    MOST_POINTS,
    NEEDS,
    OWNER,
    RETRY,
    TRIES,
    WAITING,
    ZONE,
    Booking,
    Card,
    CardType,
    Client,
    need,
)
from tests.machine.model.visits import Visits


class Salon(Visits):
    def sweep(self) -> None:
        waiting = [award for award in self.awards if award.state == "promised"]
        due = [a for a in waiting if a.due <= self.now and (a.next_try or a.due) <= self.now]
        for award in sorted(due, key=lambda award: award.due):
            if award.client.erased:
                award.drop("anonymised")
            elif not self.features["loyalty"] and award.due >= (self.off_since or self.began):
                award.drop("loyalty_off")
            elif award.spoilt:
                award.attempts, award.next_try = award.attempts + 1, self.now + RETRY
                award.state = "quarantined" if award.attempts >= TRIES else "promised"
            else:
                award.state = "credited"
                award.client.post("earn", award.points)
                award.client.told += ["points_added"] if award.client.agrees else []

    def decide(self, booking: Booking, *, retry: bool, by: int) -> None:
        award = booking.award
        need(award and award.state == "quarantined", "WrongAwardState")
        need(by >= MANAGER, "NotAllowed")
        if retry:
            award.state, award.attempts, award.next_try = "promised", 0, None
        else:
            award.drop("given_up")

    def adjust(self, client: Client, amount: int, words: str, *, tell: bool, by: int) -> None:
        need(by >= DESK, "NotAllowed")
        need(0 < abs(amount) <= MOST_POINTS, "NothingToAdjust")
        need(words.strip(), "DescriptionMissing")
        need(by >= MANAGER or abs(amount) <= DESK_LIMIT, "AboveLimit")
        need(self.features["loyalty"], "FeatureOff")
        need(not client.erased, "ClientGone")
        need(amount > 0 or client.balance + amount >= 0, "BelowZero")
        client.post("adjust", amount)
        client.told += ["points_adjusted"] if tell and client.agrees else []

    def transfer(self, source: Client, target: Client, points: int | None, words: str) -> None:
        need(source is not target, "BadInput")
        need(words.strip(), "DescriptionMissing")
        need(points is None or points > 0, "NothingToAdjust")
        need(not source.erased and not target.erased, "ClientGone")
        need(points is None or points <= source.balance, "BelowZero")
        if amount := source.balance if points is None else points:
            source.post("transfer", -amount)
            target.post("transfer", amount)

    def redeem(self, client: Client, kind: CardType, shown: int) -> None:
        need(self.features["loyalty"] and self.features["gift_cards"], "FeatureOff")
        need(not client.erased, "ClientGone")
        need(kind.price and shown == kind.price, "RewardGone")
        need(client.balance >= kind.price, "InsufficientPoints")
        client.post("spend", -kind.price)
        self._issue(kind, client, kind.price, tell=True)

    def issue(self, kind: CardType, owner: Client | None, words: str, *, by: int) -> None:
        need(by >= DESK, "NotAllowed")
        need(words.strip(), "DescriptionMissing")
        need(owner is None or not owner.erased, "ClientGone")
        need(self.features["gift_cards"], "FeatureOff")
        self._issue(kind, owner, 0, tell=bool(owner and owner.email))

    def _issue(self, kind: CardType, owner: Client | None, points: int, *, tell: bool) -> None:
        local = self.now.astimezone(ZONE).replace(hour=23, minute=59, second=59)
        months = local.year * 12 + local.month - 1 + kind.months
        year, month = months // 12, months % 12 + 1
        expires = local.replace(year, month, min(local.day, monthrange(year, month)[1]))
        self.cards.append(Card(owner=owner, expires=expires, value=kind.value, points=points))
        self.cards[-1].post("issue", kind.value)
        if tell:
            owner.told.append("gift_card_delivery")

    def void(self, card: Card, words: str, *, by: int) -> None:
        need(by >= MANAGER, "NotAllowed")
        need(words.strip(), "DescriptionMissing")
        if not card.voided:
            need(card.balance == card.value, "CardUsed")
            card.voided = True
            card.post("void", -card.balance)
            if card.points and card.owner is not None:
                card.owner.post("return", card.points)

    def erase(self, client: Client) -> None:
        client.erased, client.agrees, client.login, client.email = True, False, False, False

    def switch(self, code: str, *, on: bool, with_others: bool, by: int) -> None:
        need(by >= OWNER, "NotAllowed")
        need(code in self.features, "UnknownFeature")
        if self.features[code] == on:
            return
        need(not on or not self.features.get(EXCLUDES.get(code, "")), "FeatureExcluded")
        tied = NEEDS.get(code, ()) if on else [c for c in NEEDS if code in NEEDS[c]]
        others = [other for other in tied if self.features[other] != on]
        need(with_others or not others, "FeatureNeedsOthers" if on else "FeatureIsNeeded")
        before = self.features["loyalty"]
        self.features.update(dict.fromkeys((code, *others), on))
        if self.features["loyalty"] and not before:
            for award in self.awards:
                fell_due = (self.off_since or award.due) <= award.due <= self.now
                if award.state in WAITING and fell_due:
                    award.drop("loyalty_off")
        if self.features["loyalty"] != before:
            self.off_since = self.now if before else None

    def clean_history(self) -> None:
        limit = self.now - KEPT
        for visit in self.visits if self.features["clean_history"] else ():
            awards = [booking.award for booking in visit.bookings if booking.award]
            if visit.ends < limit and all(award.state != "promised" for award in awards):
                visit.client = None
                for award in awards:
                    if award.state in WAITING:
                        award.drop("anonymised")
        kept = {v.client for v in self.visits} | {c.owner for c in self.cards if c.balance}
        for client in self.clients if self.features["clean_history"] and self.began < limit else ():
            if not (client.login or client.balance or client in kept):
                self.erase(client)
