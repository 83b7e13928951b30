"""What routing saves on a creator's month, by the ledger's own arithmetic, and what it takes.

Simulated: the briefs, how long the answers are (as long as asked for) and how many drafts fail.
Real: the messages, the tokenizer, the pinned price list, the decision, the addition.
"""

import argparse
import os
import random
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

TOPICS = (
    "The kiln opens on Friday",
    "Thank everybody who came to the market, in three warm sentences",
    "A caption for a photo of my desk at six in the morning",
    "Tell my followers why I stopped using plastic wrap, and what I use now",
    "Behind the scenes of the new video: what went wrong, what I learned, when it is out",
    "Remind subscribers that the workshop has four places left",
)
DEMANDING = (
    "Compare electric and gas kilns for beginners, step by step",
    "A strategy for posting through the summer with one hour a week",
    "Write it:\n" + "\n".join(f"- mention point {number}" for number in range(7)),
)
# Of ten pieces, so many of each kind: mostly posts and captions, now and then a story.
TYPES = ("POST",) * 4 + ("CAPTION",) * 3 + ("MESSAGE",) * 2 + ("STORY",)
LENGTHS = ("short",) * 5 + ("medium",) * 4 + ("long",)
TOKENS_PER_WORD = 1.4


def briefs(count: int, demanding: float, seed: int) -> list[Any]:
    """The same briefs for the same seed."""
    from ai.brief import Brief, Language, Platform

    chance = random.Random(seed)  # noqa: S311
    return [
        Brief(
            prompt=chance.choice(DEMANDING if chance.random() < demanding else TOPICS),
            type=chance.choice(TYPES),
            length=chance.choice(LENGTHS),
            language=chance.choice(Language.values),
            platform=chance.choice(Platform.values),
        )
        for _ in range(count)
    ]


def month(made: list[Any], failing: float, seed: int) -> dict[str, Decimal]:
    """US dollars: as routed (with the second drafts), always mini, always full."""
    from ai.pricing import price
    from ai.prompts import messages_for, word_target
    from ai.providers.base import ModelRef, Usage
    from ai.registry import DEFAULTS
    from ai.routing import decide
    from ai.tokens import count_tokens

    mini, full = (
        tuple(ModelRef("openai", model) for model in DEFAULTS["openai"][tier])
        for tier in ("mini", "full")
    )
    chance = random.Random(seed)  # noqa: S311
    total = dict.fromkeys(("routed", "mini", "full"), Decimal(0))
    for brief in made:
        route = decide(brief, allows_full=True, mini=mini, full=full)
        sent = sum(count_tokens(each.content) for each in messages_for(brief))
        written = int(word_target(brief) * TOKENS_PER_WORD)
        once = Usage(sent, 0, written)
        # The second draft reads the first one, too.
        again = Usage(sent + written + 60, 0, written)
        answer = once
        cost = price(route.models[0], once).cost_usd
        if route.tier == "mini" and chance.random() < failing:
            cost += price(full[0], again).cost_usd
            answer = again
        total["routed"] += cost
        total["mini"] += price(mini[0], answer).cost_usd
        total["full"] += price(full[0], answer).cost_usd
    return total


def microseconds(work: Callable[[], object], times: int) -> list[float]:
    """The time of this thread alone, in µs, sorted."""
    took = []
    for _ in range(times):
        began = time.thread_time_ns()
        work()
        took.append((time.thread_time_ns() - began) / 1000)
    return sorted(took)


def main() -> None:
    """Print the tables of RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--briefs", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huntaze.settings")
    import django

    django.setup()
    print(
        "| demanding briefs | failing drafts | routed $ | always mini $ | always full $ | saved |"
    )
    print("|---|---|---|---|---|---|")
    for demanding in (0.0, 0.05, 0.10, 0.20):
        for failing in (0.0, 0.02, 0.05):
            made = briefs(options.briefs, demanding, options.seed)
            cost = month(made, failing, options.seed)
            saved = (1 - cost["routed"] / cost["full"]) * 100
            ceiling = (1 - cost["mini"] / cost["full"]) * 100
            print(
                f"| {demanding:.0%} | {failing:.0%} | {cost['routed']:.3f} | {cost['mini']:.3f} "
                f"| {cost['full']:.3f} | {saved:.1f} % | {saved / ceiling:.0%} |"
            )
    overhead()


def overhead() -> None:
    """What a decision takes, for an everyday brief and for the longest that is taken."""
    from ai.brief import Brief
    from ai.providers.base import ModelRef
    from ai.routing import decide

    mini, full = (ModelRef("openai", "m"),), (ModelRef("openai", "f"),)
    print("\n| a decision on | p50 µs | p99 µs |\n|---|---|---|")
    for name, prompt in (
        ("an everyday brief", TOPICS[3]),
        ("8,000 characters", ("- compare kilns, step by step? " * 300)[:8_000]),
        ("8,000 characters, a word each second", ("x y " * 3_000)[:8_000]),
    ):
        brief = Brief(prompt)
        took = microseconds(
            lambda brief=brief: decide(brief, allows_full=True, mini=mini, full=full),  # type: ignore[misc]
            5_000,
        )
        print(f"| {name} | {took[2_500]:.0f} | {took[4_950]:.0f} |")


if __name__ == "__main__":
    main()
