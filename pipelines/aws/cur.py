"""The CUR 2.0 export on S3: which billing periods there are, whether one changed, and its files on local disk.

Layout: `<prefix>/<export>/data/BILLING_PERIOD=YYYY-MM/…` holds the files, `…/metadata/BILLING_PERIOD=YYYY-MM/` the
manifest that names those that count. AWS overwrites or versions the files of a period each time it restates it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelines.aws.connect import AwsRegion
from workbench.errors import WorkbenchError

_PERIOD = re.compile(r"/(data|metadata)/BILLING_PERIOD=(\d{4})-(\d{2})/")


class ExportIsIncomplete(WorkbenchError):
    """The export of a billing period lacks its manifest or one of its files, or changed while it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Where the payer's export lies. `prefix` and `name` as they were given when it was set up."""

    bucket: str
    prefix: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One billing period as it lies there now. `fingerprint` changes with any of its files."""

    month: date
    manifest_key: str | None
    etags: dict[str, str]  #: by key

    @property
    def fingerprint(self) -> str:
        """A digest of all keys and ETags of the period."""
        return hashlib.sha256(json.dumps(sorted(self.etags.items())).encode()).hexdigest()


def deliveries(hub: AwsRegion, export: Export) -> list[Delivery]:
    """All billing periods of the export, oldest first: one call for every thousand files."""
    found: dict[date, dict[str, str]] = {}
    root = "/".join(part for part in (export.prefix.strip("/"), export.name) if part)
    for page in hub.client("s3").get_paginator("list_objects_v2").paginate(Bucket=export.bucket, Prefix=f"{root}/"):
        for item in page.get("Contents", []):
            if match := _PERIOD.search(item["Key"]):
                found.setdefault(date(int(match[2]), int(match[3]), 1), {})[item["Key"]] = item["ETag"]
    return [
        Delivery(
            month=month,
            manifest_key=next((key for key in sorted(etags) if key.endswith("Manifest.json")), None),
            etags=etags,
        )
        for month, etags in sorted(found.items())
    ]


def fetch(hub: AwsRegion, export: Export, delivery: Delivery, folder: Path) -> list[Path]:
    """Download the files that the manifest names into `folder` and return them.

    Raises ExportIsIncomplete when the manifest or a file is missing or was replaced after it was listed.
    """
    if delivery.manifest_key is None:
        raise ExportIsIncomplete(
            f"The export of {delivery.month:%Y-%m} has no manifest yet.",
            do="AWS writes it last; the next run reads it.",
        )
    body = _get(hub, export, delivery, delivery.manifest_key)["Body"].read()
    files = []
    for number, address in enumerate(json.loads(body)["dataFiles"]):
        key = urlsplit(address).path.lstrip("/")
        file = folder / f"{delivery.month:%Y-%m}-{number:05d}.parquet"
        with file.open("wb") as target:
            for chunk in _get(hub, export, delivery, key)["Body"].iter_chunks(1 << 20):
                target.write(chunk)
        files.append(file)
    return files


def _get(hub: AwsRegion, export: Export, delivery: Delivery, key: str) -> Any:
    if key not in delivery.etags:
        raise ExportIsIncomplete(
            f"The manifest of {delivery.month:%Y-%m} names {key}, which is not there.", do="The next run tries again."
        )
    answer = hub.client("s3").get_object(Bucket=export.bucket, Key=key)
    if answer["ETag"] != delivery.etags[key]:
        raise ExportIsIncomplete(f"AWS replaced {key} while it was read.", do="The next run reads the new one.")
    return answer
