"""Points: what earns them, what they buy, the ones on the way, and the ledger of each client."""

from loyalty.models.awards import (
    LIVE,
    ON_THE_WAY,
    Award,
    AwardState,
    DropReason,
    SweepRun,
)
from loyalty.models.correcting import CorrectionLimit, CorrectionRequest, RequestState
from loyalty.models.points import (
    PointAccount,
    PointEntry,
    PointKind,
    PointRule,
    PointTotal,
)
from loyalty.models.rules import (
    ANY_DAY,
    MOST_POINTS,
    EarningRule,
    Reward,
)

__all__ = [
    "ANY_DAY",
    "LIVE",
    "MOST_POINTS",
    "ON_THE_WAY",
    "Award",
    "AwardState",
    "CorrectionLimit",
    "CorrectionRequest",
    "DropReason",
    "EarningRule",
    "PointAccount",
    "PointEntry",
    "PointKind",
    "PointRule",
    "PointTotal",
    "RequestState",
    "Reward",
    "SweepRun",
]
