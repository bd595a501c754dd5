"""How a query can end without an answer. The sentences hold names of the asker's own mart at most, never a value."""

from __future__ import annotations

from workbench.errors import WorkbenchError


class SandboxError(WorkbenchError):
    """A query that gave no answer.

    detail: what the engine said, for the audit log alone; it can quote values.
    """

    def __init__(self, what: str, *, do: str = "", detail: str = "") -> None:
        super().__init__(what, do=do)
        self.detail = detail


class QueryTimedOut(SandboxError):
    """It ran longer than allowed and was ended."""


class QueryTooLarge(SandboxError):
    """It needed more memory than allowed, or its answer was too large to pass on."""


class QueryFailed(SandboxError):
    """The engine refused it, or it failed on a value."""


class QueryCancelled(SandboxError):
    """The asker gave it up."""


class SandboxIsBusy(SandboxError):
    """Every slot was taken for the whole time that a query may wait."""


def engine_error(kind: str, text: str) -> SandboxError:
    """The error for what the engine said.

    kind: name of the exception's class. text: its message, which may quote values; it opens with DuckDB's own class of
    error, also where Python's class is a plain OSError because the rows were already flowing.
    """
    family = text.partition(":")[0]
    if family == "INTERRUPT Error":
        return timed_out()
    if family == "Out of Memory Error" or kind in ("MemoryError", "ArrowMemoryError", "ResultTooLarge"):
        return too_large(text)
    if kind in ("BinderException", "CatalogException"):
        # Said before any row is read: it can only name tables and columns of the mart, and words of the query.
        message = text.partition("\n\nLINE ")[0].partition(": ")[2].replace("\n", " ")[:400]
        return QueryFailed(message or "The query names something unknown.", do="Correct the name.", detail=text)
    what, do = _SAYINGS.get(family, ("The query could not be run.", "Write it more simply."))
    return QueryFailed(what, do=do, detail=text)


def timed_out() -> QueryTimedOut:
    """The error of a query that ran too long."""
    return QueryTimedOut("The query took too long and was ended.", do="Ask for fewer rows, or a shorter time range.")


def too_large(detail: str) -> QueryTooLarge:
    """The error of a query that wanted too much memory."""
    return QueryTooLarge(
        "The query needs more memory than one query may have.", do="Ask for fewer rows, or sum them up.", detail=detail
    )


_SAYINGS = {
    "Conversion Error": (
        "A value could not be converted to the type that the query asks for.",
        "Use TRY_CAST, which gives NULL for such values.",
    ),
    "Out of Range Error": ("A number or date got too large for its type.", "Cast it to DOUBLE or to a wider DECIMAL."),
    "Invalid Input Error": ("A function was given a value that it cannot take.", "Check the arguments."),
    "Mismatch Type Error": ("Two values of different types were put together.", "Cast one of them."),
    "Not implemented Error": ("DuckDB cannot do this yet.", "Write it in another way."),
    "Parser Error": ("This could not be read as SQL.", "Write one SELECT in DuckDB's SQL."),
    "Permission Error": ("Only the tables of the mart can be read here.", "Read from the tables listed here."),
}
