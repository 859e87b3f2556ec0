"""The two engines and how each is opened (reliability.md, traps 2 and 15)."""

from typing import Any

from loyalty_site.settings.environment import data_dir, env

# IMMEDIATE: with the deferred default a read-then-write transaction fails "database is locked".
# recursive_triggers: without it INSERT OR REPLACE slips past a trigger that refuses deletes.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA foreign_keys=ON; "
    "PRAGMA recursive_triggers=ON;"
)


def sqlite_options(*, synchronous: str = "FULL") -> dict[str, Any]:
    return {
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,
        "init_command": SQLITE_PRAGMAS.format(synchronous=synchronous),
    }


def postgres_options() -> dict[str, Any]:
    """Time-outs in milliseconds. A page that waits longer than these is refused, not endured;
    exports, migrations and the sweep run in processes without a limit per statement."""
    web = env.str("PROCESS_ROLE", default="") == "web"
    limits = {
        "lock_timeout": env.int("DB_LOCK_TIMEOUT_MS", default=3_000),
        "statement_timeout": env.int("DB_STATEMENT_TIMEOUT_MS", default=15_000 if web else 0),
        "idle_in_transaction_session_timeout": env.int(
            "DB_IDLE_TRANSACTION_TIMEOUT_MS", default=10_000 if web else 60_000
        ),
    }
    return {"options": " ".join(f"-c {name}={value}" for name, value in limits.items())}


def configured(config: dict[str, Any]) -> dict[str, Any]:
    """The settings of one database from what its address says."""
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = sqlite_options() | config.get("OPTIONS", {})
    else:
        config["OPTIONS"] = postgres_options() | config.get("OPTIONS", {})
        config["CONN_MAX_AGE"] = 600
        config["CONN_HEALTH_CHECKS"] = True
    config["ATOMIC_REQUESTS"] = False
    return config


def default_database() -> dict[str, Any]:
    return configured(env.db_url("DATABASE_URL", default=f"sqlite:///{data_dir()}/loyalty.sqlite3"))
