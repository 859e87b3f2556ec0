"""What the salon promises, in plain Python: no database, no Django, no code of the product.

A command changes the model or raises ``Refused`` with the name of the error that the product must
answer. Rows stand in the order in which they were made. UTC instants, money in minor units.
"""

from tests.machine.model.points import Salon
from tests.machine.model.rows import (
    CANCEL_NOTICE,
    DAY,
    DESK,
    HOUR,
    KEPT,
    MANAGER,
    MARKS,
    MINUTE,
    OWNER,
    TRIES,
    ZONE,
    Award,
    Booking,
    Card,
    CardType,
    Client,
    Refused,
    Service,
    Time,
    Visit,
    in_a_row,
)

__all__ = [
    "CANCEL_NOTICE",
    "DAY",
    "DESK",
    "HOUR",
    "KEPT",
    "MANAGER",
    "MARKS",
    "MINUTE",
    "OWNER",
    "TRIES",
    "ZONE",
    "Award",
    "Booking",
    "Card",
    "CardType",
    "Client",
    "Refused",
    "Salon",
    "Service",
    "Time",
    "Visit",
    "in_a_row",
]
