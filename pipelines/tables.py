"""The catalogue of tables that pipelines write: names, keys and how each column takes a new value.

Invariant: SQL that is composed at run time is composed from these names alone, so no value of AWS ever becomes SQL.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the record as a loader sees it. `columns` is the order in which rows come."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    insert_only: frozenset[str] = frozenset()  #: set when the row is new, never changed afterwards
    kept_when_null: frozenset[str] = frozenset()  #: NULL means "not told this time", so the known value stays
    filled_when_null: frozenset[str] = frozenset()  #: set only where nothing is known yet
    quiet: frozenset[str] = frozenset()  #: no reason to write a row by itself; written along with other changes
    owner: str | None = None  #: a key that another value of this column already holds is refused
    stage_name: str = ""  #: where two catalogue entries write one table, the second names its own stage

    @property
    def stage(self) -> str:
        """The temporary table that rows are copied into."""
        return self.stage_name or f"staged_{self.name}"

    @property
    def compared(self) -> tuple[str, ...]:
        """The columns whose difference makes a row a changed one."""
        left_out = {*self.key, *self.insert_only, *self.quiet}
        return tuple(column for column in self.columns if column not in left_out)

    @property
    def written(self) -> tuple[str, ...]:
        """The columns that an update sets."""
        left_out = {*self.key, *self.insert_only}
        return tuple(column for column in self.columns if column not in left_out)


CLIENTS = Table(name="clients", key=("code",), columns=("code", "name"))

AWS_ACCOUNTS = Table(
    name="aws_accounts",
    key=("account_id",),
    columns=("account_id", "client_id", "payer_account_id", "account_name", "role_arn", "external_id", "regions"),
    owner="client_id",
)

WORKSPACES = Table(
    name="workspaces",
    key=("workspace_id",),
    columns=(
        "workspace_id",
        "account_id",
        "region",
        "directory_id",
        "user_name",
        "state",
        "bundle_id",
        "running_mode",
        "compute_type",
        "os_name",
        "protocols",
        "root_volume_gib",
        "user_volume_gib",
        "auto_stop_timeout_min",
        "computer_name",
        "ip_address",
        "error_code",
        "related_workspace_id",
        "standby_role",
        "raw",
        "connection_state",
        "last_connected_at",
        "connection_checked_at",
        "first_seen_at",
        "last_seen_at",
        "missing_since",
        "missing_syncs",
        "is_in_inventory",
        "terminated_at",
        "terminated_at_source",
        "terminated_by",
    ),
    insert_only=frozenset({"first_seen_at"}),
    kept_when_null=frozenset({"last_connected_at", "connection_state", "connection_checked_at"}),
    quiet=frozenset({"connection_checked_at"}),
    owner="account_id",
)

# What bills and events tell of WorkSpaces that no inventory has shown: they were gone before the first sync.
WORKSPACE_TRACES = Table(
    name="workspaces",
    stage_name="staged_workspace_traces",
    key=("workspace_id",),
    columns=(
        "workspace_id",
        "account_id",
        "region",
        "user_name",
        "directory_id",
        "bundle_id",
        "running_mode",
        "compute_type",
        "state",
        "first_seen_at",
        "is_in_inventory",
    ),
    insert_only=frozenset({"account_id", "region", "state", "first_seen_at", "is_in_inventory"}),
    filled_when_null=frozenset({"user_name", "directory_id", "bundle_id", "running_mode", "compute_type"}),
    owner="account_id",
)

DIRECTORIES = Table(
    name="directories",
    key=("account_id", "region", "directory_id"),
    columns=(
        "account_id",
        "region",
        "directory_id",
        "name",
        "alias",
        "directory_type",
        "state",
        "maintenance_mode",
    ),
)

BUNDLES = Table(
    name="bundles",
    key=("account_id", "region", "bundle_id"),
    columns=(
        "account_id",
        "region",
        "bundle_id",
        "owner",
        "name",
        "description",
        "compute_type",
        "root_gib",
        "user_gib",
        "state",
    ),
)

WORKSPACE_TAGS = Table(
    name="workspace_tags",
    key=("workspace_id", "key"),
    columns=("workspace_id", "account_id", "key", "value"),
    owner="account_id",
)

WORKSPACE_USAGE_DAILY = Table(
    name="workspace_usage_daily",
    key=("workspace_id", "day"),
    columns=("workspace_id", "account_id", "day", "connected_min", "points_received"),
)

BILLING_DATA = Table(
    name="billing_data",
    key=(
        "source",
        "account_id",
        "billing_period",
        "resource_id",
        "region",
        "service",
        "usage_type",
        "charge_type",
        "description",
        "start_date",
        "end_date",
    ),
    columns=(
        "source",
        "account_id",
        "billing_period",
        "workspace_id",
        "resource_id",
        "region",
        "service",
        "usage_type",
        "charge_type",
        "fee_class",
        "description",
        "start_date",
        "end_date",
        "usage_quantity",
        "usage_unit",
        "amount",
        "amount_list",
        "currency",
        "invoice_id",
        "is_estimated",
    ),
)

CLOUDTRAIL_EVENTS = Table(
    name="cloudtrail_events",
    key=("event_id",),
    columns=(
        "event_id",
        "account_id",
        "region",
        "event_name",
        "event_time",
        "workspace_id",
        "user_identity",
        "actor_type",
        "source_ip",
        "error_code",
        "request_parameters",
        "response_elements",
    ),
    owner="account_id",
)

CLOUDTRAIL_EVENT_WORKSPACES = Table(
    name="cloudtrail_event_workspaces",
    key=("event_id", "workspace_id", "relation"),
    columns=("event_id", "workspace_id", "relation", "item_error"),
)

PRICE_LIST = Table(
    name="price_list",
    key=("region", "compute_type", "os_license", "root_gib", "user_gib", "valid_from"),
    columns=(
        "region",
        "compute_type",
        "os_license",
        "root_gib",
        "user_gib",
        "valid_from",
        "always_on_usd",
        "auto_stop_usd",
        "hourly_usd",
        "source",
        "is_estimate",
    ),
)
