"""How a creator sounds: kept within limits, told to a model, forgotten with the account."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.services import close_account
from ai.models import VoiceProfile
from ai.prompts import NO_VOICE, Voice
from ai.voice import change_voice, voice_of
from tests.envelope import assert_error

PATH = "/api/ai/voice"
JSON = "application/json"


def test_a_voice_is_kept_clean(alice: User) -> None:
    change_voice(
        by=alice,
        changes={
            "niche": "  Wheel-thrown \n pottery ",
            "words_to_use": ["slow", " Slow ", "", "by   hand"],
            "samples": [" Six weeks.\n\nOne night. ", "  \n"],
            "unknown": "dropped",
        },
    )
    assert voice_of(alice) == Voice(
        niche="Wheel-thrown pottery",
        words_to_use=("slow", "by hand"),
        samples=("Six weeks.\n\nOne night.",),
    )


def test_who_said_nothing_has_no_voice(alice: User) -> None:
    assert voice_of(alice) is NO_VOICE
    assert not VoiceProfile.objects.exists()


def test_what_is_not_named_stays(alice: User, bob: User) -> None:
    change_voice(by=alice, changes={"niche": "Pottery", "words_to_avoid": ["amazing"]})
    change_voice(by=bob, changes={"niche": "Bread"})
    change_voice(by=alice, changes={"audience": "Makers"})
    assert voice_of(alice) == Voice(niche="Pottery", audience="Makers", words_to_avoid=("amazing",))


@pytest.mark.parametrize(
    "changes",
    [
        {"niche": "x" * 201},
        {"audience": "x" * 301},
        {"words_to_use": ["x" * 61]},
        {"words_to_avoid": [f"word{number}" for number in range(51)]},
        {"samples": ["x"] * 6},
        {"samples": ["x" * 2_001]},
    ],
)
def test_limits_are_kept_by_field(alice: User, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        change_voice(by=alice, changes={"niche": "Pottery"} | changes)
    assert set(refused.value.message_dict) == set(changes)
    assert voice_of(alice) is NO_VOICE


def test_closing_an_account_forgets_its_voice(alice: User, bob: User) -> None:
    for user in (alice, bob):
        change_voice(by=user, changes={"samples": ["Six weeks."]})
    close_account(by=alice, user=alice)
    assert list(VoiceProfile.objects.values_list("user", flat=True)) == [bob.pk]


def test_a_voice_over_http(alice: User, charlie: User, api_client: Any) -> None:
    client = api_client(alice)
    empty = client.get(PATH).json()
    assert empty == {
        "niche": "",
        "audience": "",
        "wordsToUse": [],
        "wordsToAvoid": [],
        "samples": [],
        "updatedAt": None,
    }
    response = client.patch(PATH, {"niche": "Pottery", "wordsToAvoid": ["amazing", ""]}, JSON)
    assert response.status_code == 200
    assert response.json()["wordsToAvoid"] == ["amazing"]
    assert client.get(PATH).json() == response.json()
    # Each sees only their own.
    assert api_client(charlie).get(PATH).json() == empty


def test_nobody_has_no_voice(client: Any) -> None:
    assert_error(client.get(PATH), 401, "unauthorized")
    assert_error(client.patch(PATH, {}, JSON), 401, "unauthorized")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"niche": 5}, "niche"),
        ({"niche": "x" * 201}, "niche"),
        ({"wordsToUse": "slow"}, "wordsToUse"),
        ({"wordsToUse": ["x"] * 51}, "wordsToUse"),
        ({"samples": ["x"] * 6}, "samples"),
        ({"samples": [{}]}, "samples.0"),
        ({"samples": ["\0"]}, "samples.0"),
    ],
)
def test_what_is_no_voice_is_refused(
    alice: User, api_client: Any, body: dict[str, Any], path: str
) -> None:
    assert_error(api_client(alice).patch(PATH, body, JSON), 400, "validation_error", path)
