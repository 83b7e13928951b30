"""A conversation's name, cut out of its first message: it costs nothing. Pure."""

MAX_CHARACTERS = 60


def title_from(message: str) -> str:
    """One line of at most 60 characters, cut between words where there are any."""
    line = " ".join(message.split())
    if len(line) <= MAX_CHARACTERS:
        return line
    cut = line[: MAX_CHARACTERS - 1]
    head, _space, _rest = cut.rpartition(" ")
    # A single endless word has no better place to be cut.
    kept = head if len(head) > MAX_CHARACTERS // 2 else cut
    return f"{kept.rstrip(' ,;:.-')}…"
