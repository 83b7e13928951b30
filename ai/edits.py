"""How much of a text somebody changed. Pure."""

from decimal import Decimal

from rapidfuzz.distance import Levenshtein

# As it is stored; a single word of ten thousand still shows.
STEP = Decimal("0.0001")


def share_changed(before: str, after: str) -> Decimal:
    """0 for the same words, 1 for none in common: edit distance on words over the longer text.

    White space alone is no change. Two texts of 100,000 characters take some tens of milliseconds
    (bit-parallel, in C++).
    """
    old, new = before.split(), after.split()
    if old == new:
        return Decimal(0)
    share = Decimal(str(Levenshtein.normalized_distance(old, new)))
    # A change that rounds to nothing is still one.
    return max(STEP, share.quantize(STEP))
