"""What AWS's refusals mean for the person who reads sync_history: the code, AWS's words, and what to do about it."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from workbench.errors import WorkbenchError

_REMEDIES = {
    "AccessDenied": "Add the action to the reader role, or take the region out of the account if a policy forbids it.",
    "AssumeRole": "Check the role's trust policy: the hub as principal and the external id as condition.",
    "Credentials": "Renew the hub's credentials; roles renew themselves.",
    "Throttling": "Lower WORKBENCH_AWS_REQUESTS_PER_SECOND; somebody else may share this account's limit.",
    "Missing": "Check name and region of what is asked for, and that it was set up.",
    "Away": "Check the network and AWS's health page; the next run reads it again.",
    "Other": "Read AWS's message; the next run tries again.",
}
_KINDS = {
    "AccessDenied": "AccessDenied",
    "AccessDeniedException": "AccessDenied",
    "UnauthorizedOperation": "AccessDenied",
    "AuthorizationError": "AccessDenied",
    "ExpiredToken": "Credentials",
    "ExpiredTokenException": "Credentials",
    "InvalidClientTokenId": "Credentials",
    "UnrecognizedClientException": "Credentials",
    "SignatureDoesNotMatch": "Credentials",
    "Throttling": "Throttling",
    "ThrottlingException": "Throttling",
    "TooManyRequestsException": "Throttling",
    "RequestLimitExceeded": "Throttling",
    "NoSuchBucket": "Missing",
    "NoSuchKey": "Missing",
    "ResourceNotFoundException": "Missing",
    "InternalServerError": "Away",
    "InternalFailure": "Away",
    "ServiceUnavailable": "Away",
}


def is_expected(error: Exception) -> bool:
    """Whether the words of `explain` say all there is to say, so that a log needs no stack trace."""
    return isinstance(error, WorkbenchError | BotoCoreError | ClientError)


def explain(error: Exception) -> str:
    """One paragraph for sync_history: what went wrong, with AWS's code, and what to do. Never holds credentials."""
    if isinstance(error, WorkbenchError):
        return str(error)
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "Unknown")
        words = error.response.get("Error", {}).get("Message", "")
        kind = "AssumeRole" if error.operation_name == "AssumeRole" else _KINDS.get(code, "Other")
        return str(WorkbenchError(f"{code} in {error.operation_name}: {words}", do=_REMEDIES[kind]))
    if isinstance(error, BotoCoreError):
        return str(WorkbenchError(f"{type(error).__name__}: {error}", do=_REMEDIES["Away"]))
    return str(WorkbenchError(f"{type(error).__name__}: {error}", do="The worker's log has the details."))
