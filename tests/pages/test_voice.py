"""How somebody sounds, on the account page."""

from ai.voice import change_voice, voice_of

ADDRESS = "/account/voice"


def test_a_voice_is_said_on_the_account_page(signed_in, alice):
    client = signed_in(alice)
    page = client.get("/account").content.decode()
    assert 'action="/account/voice"' in page
    said = {
        "niche": "Pottery",
        "words_to_use": "slow, by hand\nclay",
        "words_to_avoid": "amazing; game changer\r\n",
        "sample_1": "Six weeks of clay.",
        "sample_3": "One night of fire.",
    }
    response = client.post(ADDRESS, said)
    assert response.url == "/account#voice"
    voice = voice_of(alice)
    assert voice.words_to_use == ("slow", "by hand", "clay")
    assert voice.words_to_avoid == ("amazing", "game changer")
    assert voice.samples == ("Six weeks of clay.", "One night of fire.")
    page = client.get("/account").content.decode()
    assert "Saved." in page
    assert "One night of fire." in page
    assert "slow\nby hand\nclay" in page


def test_what_is_too_much_comes_back_with_its_reasons(signed_in, alice):
    change_voice(by=alice, changes={"niche": "Pottery"})
    words = ",".join(f"word{number}" for number in range(51))
    response = signed_in(alice).post(
        ADDRESS, {"niche": "Bread", "words_to_use": words, "sample_5": "x" * 2_001}
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert "At most 50 words." in page
    assert page.count('aria-invalid="true"') == 2
    assert "Bread" in page
    assert voice_of(alice).niche == "Pottery"


def test_only_the_empty_samples_are_put_away(signed_in, alice):
    change_voice(by=alice, changes={"samples": ["One.", "Two.", "Three.", "Four.", "Five."]})
    page = signed_in(alice).get(ADDRESS).content.decode()
    assert "Add another sample" not in page
    assert page.count("<textarea") == 7


def test_nobody_has_no_voice_to_say(client):
    assert client.get(ADDRESS).status_code == 302
    assert client.post(ADDRESS, {}).status_code == 302
