"""The exact answers to what was planted, worked out from the estate, its sessions and its bill; amounts as strings."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from pipelines.demo.anomalies import (
    CREDIT_E10,
    REFUND_E10,
    RESTATEMENT_E10,
    UNKNOWN_USAGE_E10,
    UNKNOWN_USAGE_TYPE,
    Plants,
)
from pipelines.demo.bill import Bill
from pipelines.demo.estate import Desktop, Estate
from pipelines.demo.prices import plain

type Json = dict[str, Any]


def expected_answers(estate: Estate, plants: Plants, bill: Bill, inventory: Json) -> Json:
    """Everything that expected.json holds: one key an anomaly, `totals` for the whole."""
    window, answers = estate.window, _Answers(estate, bill)
    desktops = answers.desktops
    last = len(window.month_starts) - 1
    label = window.month_label
    denied = next(a for c in estate.clients for a in c.accounts if a.denied_region)
    spike_before = answers.client_month(plants.spike_client, plants.spike_month - 1)
    spike_after = answers.client_month(plants.spike_client, plants.spike_month)
    return {
        "never_logged_on": {
            "workspace_ids": sorted(plants.never_logged_on),
            "month": label(last - 1),
            "monthly_cost": plain(sum(answers.cost(w, last - 1) for w in plants.never_logged_on)),
        },
        "stuck_session": {
            "workspace_id": plants.stuck_session,
            "month": label(plants.stuck_month),
            "billed_hours": plain(answers.hours(plants.stuck_session, plants.stuck_month)),
            "connected_hours": str(24 * window.month_days(plants.stuck_month)),
        },
        "long_timeout": {
            "workspace_id": plants.long_timeout,
            "auto_stop_timeout_min": desktops[plants.long_timeout].timeout_hours * 60,
        },
        "cost_spike": {
            "client_code": plants.spike_client,
            "month": label(plants.spike_month),
            "previous_month": label(plants.spike_month - 1),
            "cost_before": plain(spike_before),
            "cost_after": plain(spike_after),
            "increase_pct": f"{100 * (spike_after - spike_before) / spike_before:.2f}",
            "workspace_ids": sorted(plants.spike),
            "upgrades": {
                w: [desktops[w].hardware.compute_type, desktops[w].upgrade_compute] for w in sorted(plants.spike)
            },
        },
        "inventory_versus_bill": {
            "in_inventory_without_bill": {
                "workspace_id": plants.unbilled,
                "since_month": label(plants.unbilled_from_month),
            },
            "billed_after_termination": {
                "workspace_id": plants.billed_after_end,
                "terminated_at": _iso(desktops[plants.billed_after_end]),
                "month": label(plants.billed_to_month),
                "cost": plain(answers.cost(plants.billed_after_end, plants.billed_to_month)),
            },
        },
        "duplicate_user": {
            "user_name": plants.duplicate_user,
            "account_id": desktops[plants.duplicates[0]].account_id,
            "workspace_ids": sorted(plants.duplicates),
        },
        "untagged": {"workspace_ids": sorted(plants.untagged), "count": len(plants.untagged)},
        "orphaned_users": {
            "workspace_ids": sorted(plants.orphaned),
            "user_names": sorted(desktops[w].person.user_name for w in plants.orphaned),
        },
        "metric_gap": {
            "account_id": plants.gap_account,
            "days": [str(window.date_of(day)) for day in range(*plants.gap_days)],
        },
        "denied_region": {"account_id": denied.account_id, "region": denied.denied_region},
        "mode_flapping": {
            "workspace_id": plants.flapping,
            "month": label(plants.flapping_month),
            "changes": len(desktops[plants.flapping].mode_changes),
            "cost": plain(answers.cost(plants.flapping, plants.flapping_month)),
            "lines": answers.line_texts(plants.flapping, plants.flapping_month),
        },
        "migrated_chain": {"workspace_ids": list(plants.migrated)},
        "unknown_usage_type": {
            "workspace_id": plants.unknown_usage,
            "usage_type": UNKNOWN_USAGE_TYPE,
            "month": label(plants.unknown_usage_month),
            "amount": plain(UNKNOWN_USAGE_E10),
        },
        "same_user_name_in_two_clients": {
            "user_name": desktops[plants.shared_user[0]].person.user_name,
            "workspace_ids": sorted(plants.shared_user),
        },
        "zero_cost_month": {
            "account_id": plants.zero_account,
            "month": label(plants.zero_month),
            "total": plain(answers.account_month(plants.zero_account, plants.zero_month)),
            "charges": plain(answers.account_month(plants.zero_account, plants.zero_month, positive_only=True)),
        },
        "negative_lines": {
            "credit": {
                "account_id": plants.credit_account,
                "month": label(plants.credit_month),
                "amount": plain(CREDIT_E10),
            },
            "refund": {"workspace_id": plants.refund, "month": label(plants.refund_month), "amount": plain(REFUND_E10)},
            "restatement": {
                "account_id": plants.restated_account,
                "month": label(plants.restated_month),
                "amount": plain(RESTATEMENT_E10),
            },
        },
        "totals": _totals(estate, answers, inventory),
    }


def _totals(estate: Estate, answers: _Answers, inventory: Json) -> Json:
    regions: Counter[str] = Counter()
    states: Counter[str] = Counter()
    by_account: dict[str, int] = {}
    for account, places in inventory["places"].items():
        for region, place in places.items():
            regions[region] += len(place["workspaces"])
            states.update(w["State"] for w in place["workspaces"])
            by_account[account] = by_account.get(account, 0) + len(place["workspaces"])
    months = range(len(estate.window.month_starts))
    return {
        "workspaces": sum(by_account.values()),
        "workspaces_by_region": dict(sorted(regions.items())),
        "workspaces_by_state": dict(sorted(states.items())),
        "workspaces_by_account": dict(sorted(by_account.items())),
        "cur_lines_by_account": answers.lines_by_account(),
        "cost_by_client_month": {
            client.code: {estate.window.month_label(m): plain(answers.client_month(client.code, m)) for m in months}
            for client in estate.clients
        },
    }


class _Answers:
    """Sums over the bill by WorkSpace, account, client and month, in 1e-10 USD."""

    def __init__(self, estate: Estate, bill: Bill) -> None:
        self._estate, self._bill = estate, bill
        self.desktops: dict[str, Desktop] = {d.workspace_id: d for c in estate.clients for d in c.desktops}
        self._resources = {arn.rsplit("/", 1)[1]: number for number, arn in enumerate(bill.resources)}
        lines, window = bill.lines, estate.window
        edges = np.array([window.month_start_day(m) for m in range(len(window.month_starts))])
        self._months = len(edges)
        self._month = np.searchsorted(edges, lines.start_day, side="right") - 1
        self._totals = np.zeros(len(bill.accounts) * self._months, dtype=np.int64)
        self._charges = np.zeros_like(self._totals)
        key = lines.account * self._months + self._month
        np.add.at(self._totals, key, lines.amount_e10)
        np.add.at(self._charges, key, np.maximum(lines.amount_e10, 0))

    def account_month(self, account_id: str, month: int, *, positive_only: bool = False) -> int:
        totals = self._charges if positive_only else self._totals
        return int(totals[self._bill.account_number(account_id) * self._months + month])

    def client_month(self, code: str, month: int) -> int:
        client = next(c for c in self._estate.clients if c.code == code)
        return sum(self.account_month(account.account_id, month) for account in client.accounts)

    def cost(self, workspace_id: str, month: int) -> int:
        return int(self._bill.lines.amount_e10[self._of(workspace_id, month)].sum())

    def hours(self, workspace_id: str, month: int) -> int:
        chosen = self._of(workspace_id, month)
        fees = np.array([t.fee == "autostop_hours" for t in self._bill.book.tariffs])
        return int(self._bill.lines.quantity_e10[chosen[fees[self._bill.lines.tariff[chosen]]]].sum())

    def line_texts(self, workspace_id: str, month: int) -> list[Json]:
        lines, tariffs = self._bill.lines, self._bill.book.tariffs
        totals: dict[str, int] = {}
        for number in self._of(workspace_id, month):
            usage_type = tariffs[int(lines.tariff[number])].usage_type
            totals[usage_type] = totals.get(usage_type, 0) + int(lines.amount_e10[number])
        return [{"usage_type": usage_type, "amount": plain(amount)} for usage_type, amount in totals.items()]

    def lines_by_account(self) -> dict[str, int]:
        counts = np.bincount(self._bill.lines.account, minlength=len(self._bill.accounts))
        return dict(zip(self._bill.accounts, counts.tolist(), strict=True))

    def _of(self, workspace_id: str, month: int) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.flatnonzero((self._bill.lines.resource == self._resources[workspace_id]) & (self._month == month))


def _iso(desktop: Desktop) -> str | None:
    return desktop.terminated_at.isoformat() if desktop.terminated_at else None
