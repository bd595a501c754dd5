"""The words of the field: which English words name which field, measure, state or event. Tables only.

Patterns match lower-case text at word boundaries; the first that matches wins, so longer phrases come first.
"""

from __future__ import annotations

WORKSPACE = r"(?:amazon\s+|aws\s+|virtual\s+|cloud\s+)?(?:workspaces?|work\s+spaces?|desktops?|vdis?|machines?)"

DIMENSIONS: tuple[tuple[str, str], ...] = (
    (rf"{WORKSPACE}\s+ids?|ids?", "workspace"),
    (r"display\s+names?|full\s+names?", "display_name"),
    (rf"{WORKSPACE}\s+(?:users?|owners?)|user\s*names?|users?|persons?|people|employees?|owners?|assignees?", "user"),
    (r"client\s+names?|clients?|customers?|companies|company|tenants?", "client"),
    (r"(?:aws\s+)?account\s+(?:ids?|numbers?)", "account_id"),
    (r"(?:aws\s+)?account\s+names?|(?:aws\s+)?accounts?", "account"),
    (r"(?:aws\s+)?regions?|locations?|geograph(?:y|ies)", "region"),
    (r"running[\s-]?modes?|billing\s+modes?|modes?", "running_mode"),
    (r"compute[\s-]?types?|bundle\s+types?|hardware(?:\s+types?)?|instance\s+types?|sizes?", "compute_type"),
    (r"bundle\s+ids?|bundles?", "bundle"),
    (r"director(?:y|ies)(?:\s+ids?)?", "directory"),
    (r"operating\s+systems?|os", "os"),
    (r"states?|status(?:es)?", "state"),
    (r"event\s+(?:types?|names?|kinds?)|types?\s+of\s+events?|kinds?\s+of\s+events?", "event"),
    (r"user\s+identit(?:y|ies)|actors?|identit(?:y|ies)|administrators?|admins?", "actor"),
    (r"sync\s+types?|kinds?\s+of\s+sync|types?\s+of\s+sync", "sync_type"),
    (r"fee\s+(?:classes|class|types?|kinds?)|charge\s+(?:classes|types?)|(?:kinds?|types?)\s+of\s+(?:fees?|charges?|costs?)"
     r"|cost\s+categor(?:y|ies)", "fee_class"),
    (r"usage\s+types?", "usage_type"),
    (r"(?:aws\s+)?services?", "service"),
    (r"currenc(?:y|ies)", "currency"),
    (r"calendar\s+months?|months?", "month"),
    (r"quarters?", "quarter"),
    (r"years?", "year"),
    (r"days?|dates?", "day"),
    (r"creation\s+(?:dates?|times?)|created\s+(?:dates?|at)", "created"),
    (r"termination\s+(?:dates?|times?)|terminated\s+at", "terminated"),
    (r"last\s+(?:connection|connected|login|log-?in|logon|used?)(?:\s+(?:dates?|times?|at))?", "last_connected"),
    (WORKSPACE, "workspace"),
)  # fmt: skip

COST = (
    r"(?:costs?|spend(?:ings?)?|spent|bill(?:s|ing)?|billed|charges?|charged|paying|expenses?|expenditures?|amounts?|pay|paid"
    r"|money|fees?)"
)
HOURS = r"(?:usage\s+hours|hours?\s+of\s+(?:use|usage)|hours?\s+used|connected\s+hours|hours|usage)"

MEASURES: tuple[tuple[str, str], ...] = (
    (rf"(?:average|avg|mean)\s+(?:monthly\s+)?{COST}\s+(?:per|of\s+an?|of\s+each|of\s+one|for\s+an?|by|for\s+each)\s+(?:single\s+)?{WORKSPACE}",
     "cost_per_workspace"),
    (rf"{COST}\s+(?:of|for)\s+(?:an?|the)\s+average\s+{WORKSPACE}", "cost_per_workspace"),
    (rf"(?:average|avg|mean)\s+{WORKSPACE}\s+{COST}", "cost_per_workspace"),
    (rf"(?:average|avg|mean)\s+monthly\s+{COST}|monthly\s+(?:average|avg|mean)\s+{COST}|(?:average|avg|mean)\s+{COST}\s+(?:per|a|by|each)\s+month",
     "average_monthly_cost"),
    (rf"(?:average|avg|mean)\s+(?:monthly\s+)?(?:number\s+of\s+)?{HOURS}\s+(?:per|of\s+an?|of\s+each|for\s+each|by)\s+(?:single\s+)?{WORKSPACE}",
     "hours_per_workspace"),
    (rf"(?:average|avg|mean)\s+(?:monthly\s+)?(?:number\s+of\s+)?{HOURS}", "average_hours"),
    (rf"median\s+(?:of\s+)?(?:monthly\s+)?{HOURS}", "median_hours"),
    (rf"(?:average\s+)?{COST}\s+(?:per|for\s+each|of\s+an?)\s+(?:single\s+)?(?:usage\s+|used\s+|connected\s+)?hours?(?:\s+(?:of\s+(?:use|usage)|used))?|hourly\s+{COST}",
     "cost_per_hour"),
    (r"(?:potential|possible|expected|estimated|monthly|total)?\s*savings?(?:\s+potential)?|save", "saving"),
    (rf"(?:total\s+|overall\s+)?{COST}", "cost"),
    (rf"(?:total\s+|overall\s+)?{HOURS}", "usage_hours"),
    (r"records?\s+(?:(?:were|was|got|have\s+been)\s+)?(?:synced|processed|read|loaded)|(?:synced|processed|loaded)\s+records?|records?",
     "records_processed"),
    (r"(?:last|latest|most\s+recent|newest)\s+(?:successful\s+)?(?:data\s+)?(?:sync\w*|refresh\w*|updated?|load(?:ed)?)"
     r"|how\s+(?:fresh|old|up[\s-]to[\s-]date)", "last_sync"),
    (r"syncs|syncing|synchroni[sz]ations?|sync\s+(?:runs?|jobs?)|pipeline\s+runs?|sync", "sync_count"),
    (r"(?:cloudtrail\s+)?events?|api\s+calls?|activit(?:y|ies)|actions?", "event_count"),
)  # fmt: skip

STATES: tuple[tuple[str, str], ...] = (
    (r"(?:up\s+and\s+)?running|available|healthy|online", "AVAILABLE"),
    (r"stopped|offline", "STOPPED"),
    (r"terminated|deleted|destroyed|decommissioned", "TERMINATED"),
    (r"error(?:ed)?|broken|failed|faulty", "ERROR"),
    (r"suspended", "SUSPENDED"),
    (r"unhealthy", "UNHEALTHY"),
    (r"impaired", "IMPAIRED"),
    (r"pending", "PENDING"),
    (r"rebooting", "REBOOTING"),
    (r"starting", "STARTING"),
    (r"stopping", "STOPPING"),
    (r"rebuilding", "REBUILDING"),
    (r"terminating", "TERMINATING"),
    (r"(?:in\s+|under\s+)?(?:admin\s+)?maintenance", "MAINTENANCE"),
)
RUNNING_MODES: tuple[tuple[str, str], ...] = (
    (r"always[\s_-]?on|monthly[\s-]billed", "ALWAYS_ON"),
    (r"auto[\s_-]?stop(?:ping)?|hourly[\s-]billed", "AUTO_STOP"),
    (r"manual(?:\s+mode)?", "MANUAL"),
)
COMPUTE_TYPES: tuple[tuple[str, str], ...] = (
    (r"power[\s_-]?pro", "POWERPRO"),
    (r"graphics[\s_-]?pro", "GRAPHICSPRO"),
    (r"graphics", "GRAPHICS"),
    (r"performance", "PERFORMANCE"),
    (r"standard", "STANDARD"),
    (r"power", "POWER"),
    (r"value", "VALUE"),
)
EVENTS: tuple[tuple[str, str], ...] = (
    (r"re-?boot(?:s|ed|ing)?|re-?start(?:s|ed|ing)?", "RebootWorkspaces"),
    (r"re-?build(?:s|ing)?|rebuilt", "RebuildWorkspaces"),
    (r"creat(?:e|es|ed|ing|ions?)|launch(?:es|ed)?|provision(?:s|ed|ing)?", "CreateWorkspaces"),
    (r"terminat(?:e|es|ed|ing|ions?)|delet(?:e|es|ed|ing|ions?)|destroy(?:s|ed)?", "TerminateWorkspaces"),
    (r"modif(?:y|ies|ied|ying|ications?)|chang(?:e|es|ed|ing)", "ModifyWorkspaceProperties"),
    (r"start(?:s|ed|ing)?", "StartWorkspaces"),
    (r"stop(?:s|ped|ping)?", "StopWorkspaces"),
    (r"migrat(?:e|es|ed|ing|ions?)", "MigrateWorkspace"),
    (r"restor(?:e|es|ed|ing)", "RestoreWorkspace"),
)
SYNC_STATUSES: tuple[tuple[str, str], ...] = (
    (r"fail(?:s|ed|ing|ures?)?", "FAILED"),
    (r"succe(?:eded|ssful|ssfully|ss)|completed", "SUCCEEDED"),
    (r"partial(?:ly)?", "PARTIAL"),
    (r"running|in\s+progress", "RUNNING"),
    (r"abandoned", "ABANDONED"),
)
REGION_PLACES: tuple[tuple[str, str], ...] = (
    (r"n(?:orthern|\.)?\s+virginia|virginia", "us-east-1"),
    (r"ohio", "us-east-2"),
    (r"oregon", "us-west-2"),
    (r"ireland|dublin", "eu-west-1"),
    (r"london", "eu-west-2"),
    (r"paris", "eu-west-3"),
    (r"frankfurt|germany", "eu-central-1"),
    (r"singapore", "ap-southeast-1"),
    (r"sydney", "ap-southeast-2"),
    (r"tokyo", "ap-northeast-1"),
    (r"seoul", "ap-northeast-2"),
    (r"mumbai", "ap-south-1"),
    (r"montreal|canada", "ca-central-1"),
    (r"sao\s+paulo|são\s+paulo|brazil", "sa-east-1"),
    (r"cape\s+town", "af-south-1"),
    (r"tel\s+aviv", "il-central-1"),
)
FEE_CLASSES: tuple[tuple[str, str], ...] = (
    (r"tax(?:es)?|vat", "tax"),
    (r"licen[cs]es?|licen[cs]ing|software", "licence"),
    (r"storage|volumes?", "storage"),
    (r"refunds?", "refund"),
)

FILLER = frozenset(  # one word list, not a hundred literals
    """a about actually all an and any are as at be been being but by can could currently current did display do does
    each existing find for from get give given had happen happened has have having i in into is it its just kindly know
    let like list look made many may me much my need now number occur occurred of on one ones or our ours overall own
    please present see show showing shown take tell than that the their them there these they this those time times to
    today together total up us use using want was we were what when where whether which who whose will with would you
    your return also so far across per respective respectively details info information then exist exists there's
    during over within belonging belong belongs located assigned figure figures name names value values company's
    happening come comes came ran run runs took place how count counted did much right s amongst among estate fleet inventory different distinct unique every sit sits sitting added owns owned whom breakdown split divided incur incurred had got thing system data go goes went
    """.split()  # noqa: SIM905
)
"""Words that change nothing. Words that could (not, only, without, other, except, more, …) are not among them."""
