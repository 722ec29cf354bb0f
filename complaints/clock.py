"""The only place that asks what time it is.

Case time is aware UTC. `now()` may stand ahead of real time in a demo world, where a person moves it; `wall()` is
always real and serves leases, heartbeats of processes and back-off, never a deadline.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_offset = timedelta(0)


def wall() -> datetime:
    """Real time, aware UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Case time, aware UTC: real time plus what the demo world has been moved by."""
    return wall() + _offset


def set_offset(offset: timedelta) -> None:
    """Move case time for this process. Only `db` calls this, with what the demo world's row says."""
    global _offset
    _offset = offset


def local_date(instant: datetime, zone: ZoneInfo = SHANGHAI) -> date:
    """The calendar day of an instant in `zone`."""
    return instant.astimezone(zone).date()


def end_of_day(day: date, zone: ZoneInfo = SHANGHAI) -> datetime:
    """The instant 24:00 of `day` in `zone`, as UTC: a deadline on that day is missed from here on."""
    return at_local(day + timedelta(days=1), 0, zone)


def at_local(day: date, hour: int, zone: ZoneInfo = SHANGHAI, minute: int = 0) -> datetime:
    """`day` at `hour`:`minute` in `zone`, as UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)
