"""Where events end up: the last 90 days in a table for LookupEvents, older ones in the organisation's trail on S3."""

from __future__ import annotations

import gzip
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.demo.estate import Window
from pipelines.demo.trail import TrailEvent

TRAIL_BUCKET = "msp-organisation-trail"
LOOKUP_DAYS = 90


def write_trail(events: list[TrailEvent], window: Window, home: Path) -> None:
    """Write what LookupEvents still knows (90 days) to `api/events.parquet`, what is older to the trail on S3."""
    edge = window.instant(window.days - LOOKUP_DAYS)
    recent = [event for event in events if event.event_time >= edge]
    table = pa.table(
        {
            "event_id": [e.event_id for e in recent],
            "event_time": pa.array([e.event_time for e in recent], type=pa.timestamp("s", tz="UTC")),
            "account_id": [e.account_id for e in recent],
            "region": [e.region for e in recent],
            "event_name": [e.event_name for e in recent],
            "event_source": [e.event_source for e in recent],
            "user_name": [e.user_name for e in recent],
            "is_read_only": [e.is_read_only for e in recent],
            "record": [e.record for e in recent],
        }
    )
    pq.write_table(table, home / "api" / "events.parquet")
    _write_logs([event for event in events if event.event_time < edge], home)


def _write_logs(events: list[TrailEvent], home: Path) -> None:
    """One gzip of `Records` an account, region and month, under the names that CloudTrail gives its files."""
    files: dict[tuple[str, str, str], list[TrailEvent]] = {}
    for event in events:
        files.setdefault((event.account_id, event.region, f"{event.event_time:%Y/%m}"), []).append(event)
    for (account_id, region, month), members in files.items():
        folder = home / "s3" / TRAIL_BUCKET / "AWSLogs" / account_id / "CloudTrail" / region / month / "01"
        folder.mkdir(parents=True)
        content = b'{"Records":[' + b",".join(e.record.encode() for e in members) + b"]}"
        # The header holds no time, so the same events give the same bytes.
        name = f"{account_id}_CloudTrail_{region}_{month.replace('/', '')}01T0000Z.json.gz"
        (folder / name).write_bytes(gzip.compress(content, mtime=0))


def records_of(file: Path) -> list[dict[str, object]]:
    """The events of one log file, as CloudTrail writes them."""
    return list(orjson.loads(gzip.decompress(file.read_bytes()))["Records"])
