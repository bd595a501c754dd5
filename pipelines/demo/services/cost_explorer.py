"""AWS Cost Explorer: GetCostAndUsage, added up in whole numbers from the lines that the CUR export has too.

The payer sees all linked accounts, any other account itself. `End` is exclusive, amounts are strings, the month of the
present is estimated, and nothing older than 14 months (13 and the current one) is answered.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipelines.demo.prices import plain
from pipelines.demo.refusals import Refusal
from pipelines.demo.services import Call, Handler
from pipelines.demo.services.paging import page_of
from workbench.clock import first_of_month, months_back, next_month

MONTHS_KEPT = 14
GROUPS_A_PAGE = 500
_COST_METRICS = ("UnblendedCost", "BlendedCost", "AmortizedCost", "NetUnblendedCost", "NetAmortizedCost")
#: Dimensions and the column of costs.parquet that each stands for.
_DIMENSIONS = {
    "LINKED_ACCOUNT": "account_id",
    "SERVICE": "service",
    "USAGE_TYPE": "usage_type",
    "RECORD_TYPE": "record_type",
    "REGION": "region",
}

type Mask = NDArray[np.bool_]


class CostExplorer:
    """Sums of the bill by account, day, service, usage type, record type and region."""

    def __init__(self, home: Path, payer_account_id: str) -> None:
        window = orjson.loads((home / "api" / "window.json").read_bytes())
        self._start, self._today = date.fromisoformat(window["start"]), date.fromisoformat(window["as_of"])
        self._payer = payer_account_id
        table = pq.read_table(home / "api" / "costs.parquet")
        self._day = table["day"].to_numpy()
        self._amount, self._quantity = table["amount_e10"].to_numpy(), table["quantity_e10"].to_numpy()
        self._labels: dict[str, list[str]] = {}
        self._codes: dict[str, NDArray[np.int64]] = {}
        for column in (*_DIMENSIONS.values(), "unit"):
            encoded = table[column].combine_chunks().dictionary_encode()
            self._labels[column] = encoded.dictionary.to_pylist()
            self._codes[column] = encoded.indices.to_numpy().astype(np.int64)
        self.operations: dict[str, Handler] = {"GetCostAndUsage": self._get_cost_and_usage}

    def _get_cost_and_usage(self, call: Call) -> dict[str, Any]:
        params = call.params
        periods = self._periods(params)
        metrics = self._metrics(params["Metrics"])
        columns = self._group_columns(params.get("GroupBy") or [])
        chosen = self._visible_to(call.account_id) & self._filtered(params.get("Filter"))
        flat = [
            (period, keys, values)
            for period in periods
            for keys, values in self._groups(chosen & self._within(period), columns, metrics)
        ]
        shown, token = page_of(
            flat,
            GROUPS_A_PAGE,
            params,
            member="NextPageToken",
            refusal="InvalidNextTokenException",
        )
        results: dict[tuple[date, date], dict[str, Any]] = {}
        if not token and not params.get("NextPageToken"):
            results = {period: self._result(period) for period in periods}
        for period, keys, values in shown:
            result = results.setdefault(period, self._result(period))
            if columns:
                result["Groups"].append({"Keys": keys, "Metrics": values})
            else:
                result["Total"] = values
        answer: dict[str, Any] = {"ResultsByTime": list(results.values()), "DimensionValueAttributes": []}
        if columns:
            answer["GroupDefinitions"] = params["GroupBy"]
        return answer | ({"NextPageToken": token} if token else {})

    def _periods(self, params: Any) -> list[tuple[date, date]]:
        """The half-open periods that are asked for. Raises Refusal for a range that AWS would not answer."""
        if params["Granularity"] == "HOURLY":
            raise Refusal("ValidationException", "HOURLY needs hourly granularity to be enabled for the account.")
        span = params["TimePeriod"]
        try:
            start, end = date.fromisoformat(span["Start"]), date.fromisoformat(span["End"])
        except ValueError:
            raise Refusal("ValidationException", "Start and End must be dates, YYYY-MM-DD.") from None
        if start >= end:
            raise Refusal("ValidationException", "Start date (and hour) should be before end date (and hour)")
        if start < months_back(self._today, MONTHS_KEPT - 1):
            raise Refusal("ValidationException", f"Data is kept for {MONTHS_KEPT} months; the start date is too old.")
        if end > next_month(self._today):
            raise Refusal("ValidationException", "end date past the beginning of next month")
        periods = []
        while start < end:
            following = next_month(start) if params["Granularity"] == "MONTHLY" else start + timedelta(days=1)
            periods.append((start, min(following, end)))
            start = following
        return periods

    def _metrics(self, names: list[str]) -> list[str]:
        if not names or any(name not in (*_COST_METRICS, "UsageQuantity") for name in names):
            raise Refusal(
                "ValidationException", f"Metrics must be some of {', '.join((*_COST_METRICS, 'UsageQuantity'))}."
            )
        return names

    def _group_columns(self, definitions: list[dict[str, str]]) -> list[str]:
        if len(definitions) > 2:
            raise Refusal("ValidationException", "GroupBy can have at most two definitions.")
        for definition in definitions:
            if definition.get("Type") != "DIMENSION" or definition.get("Key") not in _DIMENSIONS:
                raise Refusal("ValidationException", f"Group by a DIMENSION of {', '.join(_DIMENSIONS)}.")
        return [_DIMENSIONS[definition["Key"]] for definition in definitions]

    def _visible_to(self, account_id: str) -> Mask:
        if account_id == self._payer:
            return np.ones(self._day.size, dtype=bool)
        return self._equals("account_id", [account_id])

    def _filtered(self, expression: dict[str, Any] | None) -> Mask:
        if not expression:
            return np.ones(self._day.size, dtype=bool)
        if len(expression) > 1:
            raise Refusal("ValidationException", "An expression can have only one root operator.")
        (operator, content), *_ = expression.items()
        if operator == "Not":
            return ~self._filtered(content)
        if operator in ("And", "Or"):
            if len(content) < 2:
                raise Refusal("ValidationException", f"{operator} needs at least two expressions.")
            joined = np.logical_and.reduce if operator == "And" else np.logical_or.reduce
            return np.asarray(joined([self._filtered(part) for part in content]), dtype=bool)
        key = content.get("Key")
        if operator != "Dimensions" or key not in _DIMENSIONS or content.get("MatchOptions", ["EQUALS"]) != ["EQUALS"]:
            raise Refusal("ValidationException", f"Filter by Dimensions of {', '.join(_DIMENSIONS)} with EQUALS.")
        return self._equals(_DIMENSIONS[key], content.get("Values") or [])

    def _equals(self, column: str, values: list[str]) -> Mask:
        codes = [code for code, label in enumerate(self._labels[column]) if label in values]
        return np.isin(self._codes[column], codes)

    def _within(self, period: tuple[date, date]) -> Mask:
        begin, end = ((edge - self._start).days for edge in period)
        return np.asarray((self._day >= begin) & (self._day < end), dtype=bool)

    def _groups(self, chosen: Mask, columns: list[str], metrics: list[str]) -> list[tuple[list[str], dict[str, Any]]]:
        """(keys, metrics) of each group that has lines, ordered by the keys."""
        rows = np.flatnonzero(chosen)
        if not columns:
            return [([], self._values(rows, metrics))]
        if not rows.size:
            return []
        width = [len(self._labels[column]) for column in columns]
        key = np.ravel_multi_index([self._codes[column][rows] for column in columns], width)
        order = np.argsort(key, kind="stable")
        found, first = np.unique(key[order], return_index=True)
        groups = []
        for number, members in zip(found, np.split(rows[order], first[1:]), strict=True):
            places = np.unravel_index(number, width)
            keys = [self._labels[column][int(place)] for column, place in zip(columns, places, strict=True)]
            groups.append((keys, self._values(members, metrics)))
        return sorted(groups, key=lambda group: group[0])

    def _values(self, rows: NDArray[np.int64], metrics: list[str]) -> dict[str, Any]:
        units = {self._labels["unit"][code] for code in np.unique(self._codes["unit"][rows])}
        quantity = {
            "Amount": plain(int(self._quantity[rows].sum())),
            "Unit": units.pop() if len(units) == 1 else "N/A",
        }
        cost = {"Amount": plain(int(self._amount[rows].sum())), "Unit": "USD"}
        return {metric: quantity if metric == "UsageQuantity" else cost for metric in metrics}

    def _result(self, period: tuple[date, date]) -> dict[str, Any]:
        start, end = period
        return {
            "TimePeriod": {"Start": start.isoformat(), "End": end.isoformat()},
            "Total": {},
            "Groups": [],
            "Estimated": end > first_of_month(self._today),
        }
