"""When two result sets say the same: equal values, columns in any order, rows too unless an order was asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import permutations

RELATIVE_TOLERANCE_DIGITS = 6
"""Numbers are compared to this many significant digits: sums in another order differ in the last ones."""
MOST_COLUMNS = 7
"""More columns than that are compared in their order only; trying all orders would take too long."""

Rows = Sequence[Sequence[object]]


def says_the_same(found: Rows, gold: Rows, *, order_matters: bool) -> bool:
    """True if both hold the same values. The names of columns do not count."""
    if len(found) != len(gold):
        return False
    if not gold:
        return True
    width = len(gold[0])
    if len(found[0]) != width:
        return False
    ours = [tuple(map(_plain, row)) for row in found]
    theirs = [tuple(map(_plain, row)) for row in gold]
    orders = permutations(range(width)) if width <= MOST_COLUMNS else iter([tuple(range(width))])
    wanted = theirs if order_matters else Counter(theirs)
    for order in orders:
        arranged = [tuple(row[n] for n in order) for row in ours]
        if (arranged if order_matters else Counter(arranged)) == wanted:
            return True
    return False


def _plain(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float, Decimal)):
        return _rounded(float(value))
    if isinstance(value, datetime):
        # A month as a date and the same as an instant say the same.
        naive = value.replace(tzinfo=None)
        return naive.date().isoformat() if naive.time() == naive.min.time() else naive.isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _rounded(number: float) -> float:
    rounded = float(f"{number:.{RELATIVE_TOLERANCE_DIGITS}g}") if abs(number) > 1e-9 else 0.0
    return rounded + 0.0
