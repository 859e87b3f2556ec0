"""Who can sign in to the demo. `seed_demo` makes these accounts and `demo` prints them."""

from __future__ import annotations

from dataclasses import dataclass

DEMO_PASSWORD = "blue-comb-72"  # noqa: S105 — printed for everybody


@dataclass(frozen=True)
class DemoAccount:
    """One login; ``role`` is what the terminal says about it."""

    email: str
    role: str
    is_staff: bool = True
    password: str = DEMO_PASSWORD


DEMO_ACCOUNTS = (
    DemoAccount("client@demo.test", "client", is_staff=False),
    DemoAccount("low@demo.test", "client with few points", is_staff=False),
    DemoAccount("desk@demo.test", "front desk"),
    DemoAccount("provider@demo.test", "provider"),
    DemoAccount("manager@demo.test", "manager"),
    DemoAccount("owner@demo.test", "owner"),
)
