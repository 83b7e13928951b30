"""A text in another language is noticed; a caption is never taken for one."""

import time

import pytest

from ai.checks.language import is_other_language

TEXTS = {
    "en": "The kiln opens on Friday and I can't wait to show you what came out of it.",
    "fr": "Le four s'ouvre vendredi et j'ai hâte de vous montrer ce qui en est sorti.",
    "es": "El horno se abre el viernes y no puedo esperar a enseñaros lo que ha salido.",
    "de": "Der Ofen öffnet am Freitag und ich kann es kaum erwarten, euch alles zu zeigen.",
    "it": "Il forno si apre venerdì e non vedo l'ora di mostrarvi che cosa ne è uscito.",
    "pt": "O forno abre na sexta-feira e não vejo a hora de vos mostrar o que saiu de lá.",
    "nl": "De oven gaat vrijdag open en ik kan niet wachten om te laten zien wat eruit kwam.",
}


@pytest.mark.parametrize("written", TEXTS)
@pytest.mark.parametrize("asked", TEXTS)
def test_each_of_our_languages_is_told_from_the_others(written: str, asked: str) -> None:
    assert is_other_language(TEXTS[written], asked) is (written != asked)
    assert is_other_language(TEXTS[written].upper(), asked) is (written != asked)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", "fr"),
        ("Good morning!", "fr"),
        ("New drop Friday 🔥", "fr"),
        ("Vendredi. #handmade #pottery #clay #kilnopening #studiolife #slowcraft #ceramics", "fr"),
        ("Café vibes, chocolat chaud and a croissant: my Paris morning in 30 seconds", "en"),
        ("Nouveau drop vendredi ! Le live commence à 18h, on se retrouve sur Instagram", "fr"),
        ("Mein neues Video ist online: Behind the Scenes im Studio, mit ganz viel Ton", "de"),
        ("@alice @bob @charlie https://huntaze.example/the/kiln/opens/on/friday/at/noon", "nl"),
        ("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26", "en"),
    ],
)
def test_what_is_short_or_mixed_is_left_alone(text: str, asked: str) -> None:
    assert not is_other_language(text, asked)


def test_another_script_is_another_language() -> None:
    assert is_other_language(
        "Печь открывается в пятницу, и мне не терпится показать вам всё, что вышло.", "en"
    )


def test_it_is_quick() -> None:
    is_other_language(TEXTS["fr"], "fr")
    started = time.perf_counter()
    for _ in range(100):
        is_other_language(TEXTS["fr"] * 30, "fr")
    assert time.perf_counter() - started < 2.0
