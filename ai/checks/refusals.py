"""Answers in which a model declines. Conservative: creators may well be sorry themselves."""

import re

MAX_WORDS = 120
START_CHARACTERS = 240
CURLY_APOSTROPHE = "\u2019"


def _any(*patterns: str) -> str:
    return f"(?:{'|'.join(patterns)})"


SORRY = _any(
    r"(?:(?:i'm|i am) )?(?:very |so )?sorry",
    r"i apologi[sz]e",
    r"unfortunately",
    r"(?:je suis )?(?:vraiment )?désolée?",
    r"malheureusement",
    r"lo siento",
    r"lamentablemente",
    r"es tut mir (?:sehr )?leid",
    r"entschuldigung",
    r"leider",
    r"mi dispiace",
    r"purtroppo",
    r"desculpe",
    r"lamento",
    r"sinto muito",
    r"infelizmente",
    r"het spijt me",
    r"helaas",
)
BUT = r"[,.!:]?(?: (?:but|mais|pero|aber|ma|mas|maar))?,? "
CANNOT = _any(
    r"i (?:can't|cannot|can not|won't|am not able to|am unable to)",
    r"i'm (?:not able|unable) to",
    r"je ne (?:peux|suis) pas(?: en mesure de)?",
    r"no puedo",
    r"(?:ich )?(?:kann|darf)(?: ich)?",
    r"non posso",
    r"(?:eu )?não posso",
    r"(?:ik )?(?:kan|mag)(?: ik)?",
)
# Behind an apology: what a model says it cannot do.
DO_IT = _any(
    r"(?:help|assist|fulfil+|comply|create|write|generate|produce|provide|support|continue)",
    r"(?:vous |t')?(?:aider|répondre|écrire|créer|générer)",
    r"(?:ayudar(?:te|le)?|escribir|crear|generar|cumplir)",
    r"(?:(?:dir|ihnen|dabei|damit|diese\w*|das|dies|keine\w*|nicht) )+",
    r"(?:aiutar(?:ti|la)?|scrivere|creare|generare)",
    r"(?:ajudar|escrever|criar|gerar|atender)",
    r"(?:(?:je|u|dit|dat|deze|hier\w*|daar\w*|niet|geen) )+",
)
# Without one, only what speaks of the request itself.
DO_AS_ASKED = _any(
    r"(?:help|assist)(?: you)? with (?:this|that|your request)",
    r"(?:fulfil+|comply with|complete) (?:this|that|your|the) request",
    r"(?:vous |t')aider (?:avec|à|pour) (?:cela|ça|cette)",
    r"répondre à (?:cette|votre|ta) demande",
    r"ayudar(?:te|le) con (?:eso|esto|esa|esta)",
    r"(?:dir|ihnen) (?:dabei|damit) nicht helfen",
    r"aiutarti con (?:questo|questa)",
    r"ajudar com (?:isso|isto|esse|este|essa|esta)",
    r"(?:je|u) (?:hier|daar)(?:bij|mee) niet",
)
AS_A_MODEL = _any(
    r"as an? (?:ai|artificial intelligence|(?:large )?language model)\b",
    r"en tant qu(?:'ia|'intelligence artificielle|e modèle de langage)\b",
    r"como (?:un |uma? )?(?:modelo de (?:lenguaje|linguagem)|ia|inteligencia artificial)\b",
    r"als (?:eine? |een )?(?:ki|ai|künstliche intelligenz|sprachmodell|taalmodel)\b",
    r"come (?:ia|modello linguistico|intelligenza artificiale)\b",
)
REFUSAL = re.compile(
    rf"[\"'“«* ]*(?:{SORRY}{BUT}{CANNOT} {DO_IT}|(?:{SORRY}{BUT})?{CANNOT} {DO_AS_ASKED}|"
    rf"(?:{SORRY}{BUT})?{AS_A_MODEL})"
)


def is_refusal(text: str) -> bool:
    """Whether a short answer begins by declining, in one of the languages that we offer."""
    words = text.split(maxsplit=MAX_WORDS)
    if len(words) > MAX_WORDS:
        return False
    start = " ".join(words)[:START_CHARACTERS].casefold().replace(CURLY_APOSTROPHE, "'")
    return REFUSAL.match(start) is not None
