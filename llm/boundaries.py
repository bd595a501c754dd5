"""What is never done, and what the data cannot know, so that neither is guessed at.

Both are courtesies: the boundary itself is that the mart is read-only, holds the asker's clients alone and no secrets.
"""

from __future__ import annotations

import re

from llm.reading import normalised

_POLITE = r"(?:(?:please|kindly|now|can|could|would|will|you|i|we|want|need|like|have|has|to|go|ahead|and|let|us|just|automatically)\s+)*"
_ACT = (
    r"(?:delete|remove|drop|truncate|update|insert|alter|terminate|stop|start|re-?boot|re-?start|re-?build|create|modify"
    r"|change|set|switch|migrate|restore|kill|shut\s*down|disable|enable|grant|revoke|add|rename|reset|move|cancel|wipe"
    r"|purge|erase|convert|suspend|resize|upgrade|downgrade|overwrite|deprovision|provision|trigger|edit|assign|email|send)"
)
_NOT_AN_ORDER = r"(?!\s+(?:in|of|over|from|between|since|per|by|date|dates|events?|time|times|up\s+to)\b)"

_REFUSED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), why)
    for pattern, why in (
        (rf"^{_POLITE}{_ACT}{_NOT_AN_ORDER}\b", "Questions only read; nothing is changed from here."),
        (rf"\b(?:and|then|,)\s+(?:then\s+)?{_ACT}\s+(?:them|it|those|these|all|any|the|every)\b",
         "Questions only read; nothing is changed from here."),
        (r"\b(?:drop|truncate|alter|create)\s+(?:table|view|database|schema|index)\b|\bdelete\s+from\b|\binsert\s+into\b"
         r"|\bupdate\s+\w+\s+set\b|\bcopy\s+\w+\s+to\b|\battach\s+(?:database|')",
         "Questions only read; nothing is changed from here."),
        (r"\b(?:pass\s?words?|passwd|passphrases?|credentials?|secrets?|(?:access|api|private|secret|encryption)\s+keys?"
         r"|tokens?|mfa|otp|(?:password\s+)?hash(?:es)?|cookies?|ssn|social\s+security|credit\s+card)\b",
         "Passwords, keys and other secrets are not in the data and are never shown."),
        (r"\b(?:ignore|forget|disregard|override)\s+(?:all\s+|any\s+|your\s+|the\s+|previous\s+|prior\s+|above\s+)+"
         r"(?:instructions?|rules?|prompts?|restrictions?|limits?|filters?)\b|\bsystem\s+prompt\b|\bjailbreak\b"
         r"|\b(?:bypass|circumvent|turn\s+off)\s+(?:the\s+)?(?:guard|sandbox|filters?|security|permissions?|restrictions?)\b"
         r"|\b(?:act|pretend)\s+(?:as|to\s+be)\b|\bas\s+(?:an?\s+)?(?:super)?admin(?:istrator)?\s+(?:show|give|list)",
         "The rules of what may be asked stay as they are."),
        (r"\b(?:users?\s+table|audit\s+logs?|login\s+(?:accounts?|names?)\s+of\s+the\s+workbench|workbench\s+(?:users?|logins?|accounts?)"
         r"|who\s+(?:can|may)\s+(?:log|sign)\s*in|information_schema|duckdb_\w+|sqlite_master|pg_\w+)\b",
         "The workbench's own users, logs and internals are private."),
        (r"\b(?:other|another|different|rival|competing)\s+(?:clients?|tenants?|customers?|compan(?:y|ies))(?:'s?|s')?\s+(?:data|costs?|bills?|spend\w*)"
         r"|\b(?:not\s+(?:allowed|permitted)\s+to\s+see|cannot\s+see|no\s+access\s+to)\b",
         "You see the clients that you were given access to, and no others."),
    )
)  # fmt: skip

_UNKNOWABLE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), why)
    for pattern, why in (
        (r"weather|rain|sunny|temperatures?|humidity", "the weather or temperatures"),
        (r"cpus?|processors?\s+(?:load|use|usage)|memory|ram|disks?\s+(?:usage|space|full)|gpus?\s+(?:load|usage)"
         r"|latency|bandwidth|network|packets?|uptime|frame\s+rate", "how busy or healthy a WorkSpace's hardware is"),
        (r"install(?:ed|s)?|applications?|apps?|browsers?|antivirus|patch(?:es|ed)?|vulnerabilit\w+|malware|virus(?:es)?",
         "what is installed inside a WorkSpace"),
        (r"websites?|visit(?:ed|s)?|screens?|screenshots?|keystrokes?|typing|files?|documents?|e-?mails?\s+(?:of|from|sent)",
         "what people do inside a WorkSpace"),
        (r"e-?mail(?:\s+address(?:es)?)?|phones?|telephone|salar(?:y|ies)|wages?|birthdays?|gender|home\s+address(?:es)?|hobb(?:y|ies)"
         r"|job\s+titles?|departments?|line\s+managers?|nationalit(?:y|ies)", "people beyond their user and display names"),
        (r"ip\s+address(?:es)?|mac\s+address(?:es)?|ip|ips|where\s+(?:people|users)\s+(?:are|sit|live)", "addresses of machines or people"),
        (r"satisf\w+|happy|happiness|complain\w*|tickets?|incidents?|feedback|productiv\w+", "how people feel or their support tickets"),
        (r"ec2|s3|rds|lambda|eks|dynamodb|cloudfront|azure|gcp|google\s+cloud|citrix|vmware|microsoft\s+365|office\s+365",
         "anything but Amazon WorkSpaces"),
        (r"(?:next|coming|upcoming)\s+(?:day|week|month|quarter|year)s?|tomorrow|forecast\w*|predict\w*|projected|projections?"
         r"|in\s+the\s+future|will\s+(?:we|it|the|cost|be)", "the future; the forecast is on the cost page"),
        (r"error\s+(?:messages?|texts?)|sync\s+errors?|messages?", "the error texts of syncs, which can name other clients"),
        (r"failed\s+log-?ins?|log-?in\s+(?:attempts?|failures?)|attempts?", "attempts to log in"),
        (r"stocks?|share\s+price|news|president|capital\s+of|joke|poem|recipe|football|exchange\s+rates?|bitcoin|world\s+cup"
         r"|population\s+of|meaning\s+of\s+life|movies?|songs?", "the world outside"),
        (r"carbon|co2|emissions?|energy|electricity|power\s+consumption", "energy or emissions"),
        (r"budgets?|margins?|profits?|revenues?|invoices?\s+paid|contracts?", "budgets, margins or contracts"),
    )
)  # fmt: skip


def why_refused(question: str) -> str:
    """Why the question is refused, or an empty string."""
    text = normalised(question)
    return next((why for pattern, why in _REFUSED if pattern.search(text)), "")


def what_is_unknowable(question: str) -> str:
    """What the question asks about that no table holds, or an empty string. For questions that were not understood."""
    text = normalised(question)
    return next((what for pattern, what in _UNKNOWABLE if pattern.search(text)), "")
