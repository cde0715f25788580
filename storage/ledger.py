"""The ledger in SQLite, which counts what orders set aside, give back and cost."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.money.errors import Paused
from domain.money.limits import Entry, SpendingLimits, Used, check_limits, month_of
from storage.database import Database


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """Whose money an order spends, where, and which order it is."""

    guild_id: int
    member_id: int
    backend: str
    subject_id: str


@dataclass(frozen=True, slots=True)
class GuildLimits:
    """What the moderators of a server set. None is the bot's default."""

    guild_cap: int | None = None
    member_cap: int | None = None
    approval_above: int | None = None
    is_paused: bool = False


def spending_limits_of(connection: sqlite3.Connection, guild_id: int, defaults: SpendingLimits) -> SpendingLimits:
    """Return the limits that hold on a server, which are never over the bot's own."""
    limits = limits_of(connection, guild_id)
    guild = min(defaults.guild, defaults.guild if limits.guild_cap is None else limits.guild_cap)
    member = defaults.member if limits.member_cap is None else limits.member_cap
    above = defaults.approval_above if limits.approval_above is None else limits.approval_above
    return SpendingLimits(bot=defaults.bot, guild=guild, member=member, approval_above=above)


def limits_of(connection: sqlite3.Connection, guild_id: int) -> GuildLimits:
    """Return what the moderators of a server set, inside the caller's transaction."""
    row = connection.execute(
        "SELECT guild_cap_micros, member_cap_micros, approval_above_micros, is_paused FROM guild_settings "
        "WHERE guild_id = ?",
        (guild_id,),
    ).fetchone()
    return GuildLimits(row[0], row[1], row[2], bool(row[3])) if row else GuildLimits()


def used(connection: sqlite3.Connection, *, guild_id: int, member_id: int, month: str) -> Used:
    """Return what is spent or set aside in a month, inside the caller's transaction."""
    row = connection.execute(
        "SELECT coalesce(sum(micros), 0), coalesce(sum(micros) FILTER (WHERE guild_id = :guild), 0), "
        "coalesce(sum(micros) FILTER (WHERE member_id = :member), 0) "
        "FROM ledger WHERE month = :month",
        {"guild": guild_id, "member": member_id, "month": month},
    ).fetchone()
    return Used(bot=row[0], guild=row[1], member=row[2])


def reserve(
    connection: sqlite3.Connection, account: LedgerAccount, micros: int, *, defaults: SpendingLimits, now: float
) -> None:
    """Set the ceiling of an order at a paid backend aside, inside the caller's transaction.

    Raises `Paused`, `OverBudget`.
    """
    if limits_of(connection, account.guild_id).is_paused:
        raise Paused
    month = month_of(now)
    spent = used(connection, guild_id=account.guild_id, member_id=account.member_id, month=month)
    check_limits(micros, spent, spending_limits_of(connection, account.guild_id, defaults))
    _enter(connection, account, Entry.RESERVE, micros, month=month, now=now)


def settle(connection: sqlite3.Connection, account: LedgerAccount, micros: int, *, now: float) -> None:
    """Give back what an order had set aside and enter what it cost, inside the caller's transaction. Once.

    A cost for which nothing was set aside is entered in the month of `now`.
    """
    rows = connection.execute("SELECT entry, month, micros FROM ledger WHERE subject_id = ?", (account.subject_id,))
    entries = {Entry(row["entry"]): row for row in rows}
    if Entry.SETTLE in entries:
        return
    reserved = entries.get(Entry.RESERVE)
    month = reserved["month"] if reserved else month_of(now)
    if reserved:
        _enter(connection, account, Entry.RELEASE, -reserved["micros"], month=month, now=now)
    if reserved or micros:
        _enter(connection, account, Entry.SETTLE, micros, month=month, now=now)


def _enter(
    connection: sqlite3.Connection, account: LedgerAccount, entry: Entry, micros: int, *, month: str, now: float
) -> None:
    connection.execute(
        "INSERT INTO ledger (at, month, guild_id, member_id, backend, subject_id, entry, micros) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (now, month, account.guild_id, account.member_id, account.backend, account.subject_id, entry, micros),
    )


class LedgerStore:
    """What members and servers have spent, and what moderators allow."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def standing(
        self, *, guild_id: int, member_id: int, defaults: SpendingLimits, now: float
    ) -> tuple[Used, SpendingLimits]:
        """Return what is used this month, and the limits that hold for this member."""

        def work(connection: sqlite3.Connection) -> tuple[Used, SpendingLimits]:
            spent = used(connection, guild_id=guild_id, member_id=member_id, month=month_of(now))
            return spent, spending_limits_of(connection, guild_id, defaults)

        return await self._database.read(work)

    async def limits(self, guild_id: int) -> GuildLimits:
        """Return what the moderators of a server set."""
        return await self._database.read(lambda connection: limits_of(connection, guild_id))

    async def change_limits(
        self, guild_id: int, change: Callable[[GuildLimits], GuildLimits], *, by: int, now: float
    ) -> GuildLimits:
        """Keep what a moderator changed, also when another one changes something meanwhile. Return what holds now."""

        def work(connection: sqlite3.Connection) -> GuildLimits:
            limits = change(limits_of(connection, guild_id))
            values = (limits.guild_cap, limits.member_cap, limits.approval_above, limits.is_paused, by, now)
            connection.execute(
                "INSERT INTO guild_settings (guild_id, guild_cap_micros, member_cap_micros, approval_above_micros, "
                "is_paused, changed_by, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (guild_id) DO UPDATE SET "
                "guild_cap_micros = excluded.guild_cap_micros, member_cap_micros = excluded.member_cap_micros, "
                "approval_above_micros = excluded.approval_above_micros, is_paused = excluded.is_paused, "
                "changed_by = excluded.changed_by, changed_at = excluded.changed_at",
                (guild_id, *values),
            )
            return limits

        return await self._database.transaction(work)

    async def by_backend(self, *, guild_id: int, now: float) -> Sequence[tuple[str, int]]:
        """Return what a server has spent or set aside at each backend this month, the most first."""

        def work(connection: sqlite3.Connection) -> Sequence[tuple[str, int]]:
            rows = connection.execute(
                "SELECT backend, sum(micros) AS total FROM ledger WHERE month = ? AND guild_id = ? "
                "GROUP BY backend ORDER BY total DESC",
                (month_of(now), guild_id),
            )
            return [(row["backend"], row["total"]) for row in rows]

        return await self._database.read(work)
