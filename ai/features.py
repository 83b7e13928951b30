"""What the router sees of a brief: figures and names, never the words themselves. Pure."""

import re
from collections import Counter
from typing import Any

from ai.brief import Brief
from ai.prompts import word_target
from ai.providers.base import ModelRef

# Raised with what the features mean, so that rows of one meaning are learned from together.
VERSION = 1

# Words that ask for thinking, in the languages that we offer; whole words, folded.
REASONING_WORDS = frozenset(
    (
        # English
        *("compare", "analyze", "analyse", "analysis", "strategy", "argument", "evaluate"),
        # French
        *("comparer", "comparez", "analyser", "analysez", "stratégie", "argumentaire", "évaluer"),
        # Spanish and Portuguese
        *("comparar", "compara", "analiza", "analizar", "estrategia", "evalúa", "evaluar"),
        *("analisar", "analisa", "estratégia", "avaliar", "avalie", "compare"),
        # German
        *("vergleiche", "vergleichen", "analysiere", "analysieren", "strategie", "bewerte"),
        # Italian
        *("confronta", "confrontare", "analizza", "analizzare", "strategia", "valuta"),
        # Dutch
        *("vergelijk", "vergelijken", "analyseer", "analyseren", "beoordeel"),
    )
)
REASONING_PHRASES = (
    *(" explain why ", " step by step ", " pros and cons "),
    *(" expliquer pourquoi ", " expliquez pourquoi ", " explique pourquoi ", " étape par étape "),
    *(" le pour et le contre ", " paso a paso ", " explica por qué ", " pros y contras "),
    *(" schritt für schritt ", " vor und nachteile ", " erkläre warum "),
    *(" passo dopo passo ", " pro e contro ", " spiega perché "),
    *(" passo a passo ", " explique por que ", " prós e contras "),
    *(" stap voor stap ", " voor en nadelen ", " leg uit waarom "),
)
# A demand inside a sentence. A listed one counts by its bullet.
DEMANDS = frozenset(
    (
        *("must", "include", "mention", "exactly", "avoid", "least", "most", "never", "always"),
        *("doit", "inclure", "inclus", "mentionner", "mentionne", "exactement", "éviter", "évite"),
        *("debe", "incluye", "menciona", "exactamente", "evita"),
        *("muss", "erwähne", "genau", "vermeide", "mindestens", "höchstens"),
        *("deve", "includi", "esattamente", "inclua", "mencione", "exatamente", "evite"),
        *("moet", "noem", "precies", "vermijd", "minstens", "hoogstens"),
    )
)
BULLET = re.compile(r"(?m)^[ \t]*(?:[-*•]|\d{1,3}[.)])[ \t]+")
NUMBER = re.compile(r"\d+")
# Splitting behind a translation is ten times as fast as an expression that finds words.
APART = {ord(mark): " " for mark in ".,;:!?()[]{}\"'«»“”\u2018\u2019…/\\|<>*_#&-\u2013\u2014"}


def features_of(
    brief: Brief, *, kind: str, mini: tuple[ModelRef, ...], full: tuple[ModelRef, ...]
) -> dict[str, Any]:
    """Plain JSON values, stored with the generation: what a learned router could decide on."""
    words = brief.prompt.casefold().translate(APART).split()
    counts = Counter(words)
    line = f" {' '.join(words)} "
    return {
        "version": VERSION,
        "kind": kind,
        "type": brief.type,
        "tone": brief.tone,
        "length": brief.length,
        "language": brief.language,
        "platform": brief.platform,
        "quality": brief.quality,
        "characters": len(brief.prompt),
        "words": len(words),
        "distinct_words": len(counts),
        "lines": brief.prompt.count("\n") + 1,
        "questions": brief.prompt.count("?"),
        "numbers": len(NUMBER.findall(brief.prompt)),
        "bullets": len(BULLET.findall(brief.prompt)),
        "demands": sum(counts[word] for word in DEMANDS & counts.keys()),
        "reasoning": sum(counts[word] for word in REASONING_WORDS & counts.keys())
        + sum(phrase in line for phrase in REASONING_PHRASES),
        "target_words": word_target(brief),
        "mini": str(mini[0]) if mini else "",
        "full": str(full[0]) if full else "",
        "mini_is_weak": bool(mini) and is_weak_in(mini[0], brief.language),
        "full_is_weak": bool(full) and is_weak_in(full[0], brief.language),
    }


def is_weak_in(ref: ModelRef, language: str) -> bool:
    """Whether a model writes a language poorly: the small one of this machine learned English."""
    return ref.provider == "local" and language != "en"
