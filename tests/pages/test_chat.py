"""Chat without a script: a message is posted, the thread comes back with the answer."""

import pytest

from ai.chat import pages
from ai.chat.services import delete_conversation
from ai.models import ChatMessage, Conversation, Generation
from ai.providers.base import ErrorKind, ProviderError
from ai.waiting import wait_for_answer
from api import limits
from tests.ai.talk.test_conversations import make_conversation
from tests.factories import make_period

slow_database = pytest.mark.django_db(transaction=True)


@slow_database
def test_a_message_is_answered_and_kept(signed_in, alice, scripted):
    client = signed_in(alice)
    response = client.post("/studio/chat", {"message": "What is\r\nclay?"}, follow=True)
    page = response.content.decode()
    conversation = Conversation.objects.get()
    assert response.redirect_chain == [(f"/studio/chat/{conversation.id}#message-2", 302)]
    assert "What is\nclay?" in page
    assert "Clay remembers the hand." in page
    assert "mini-1" in page
    client.post(f"/studio/chat/{conversation.id}", {"message": "And slip?"})
    assert ChatMessage.objects.filter(conversation=conversation).count() == 4
    kept = client.post(f"/studio/create/{Generation.objects.earliest('created_at').id}/keep")
    assert kept.url.startswith("/studio/content/")


@slow_database
def test_an_answer_that_failed_says_so_and_is_tried_again(signed_in, alice, scripted):
    scripted.say(ProviderError(ErrorKind.INVALID))
    client = signed_in(alice)
    page = client.post("/studio/chat", {"message": "Hi"}, follow=True).content.decode()
    assert "does not accept this request" in page
    scripted.say("There.")
    address = f"/studio/chat/{Conversation.objects.get().id}"
    page = client.post(f"{address}/again", follow=True).content.decode()
    assert "There." in page
    assert "does not accept this request" not in page


@slow_database
@pytest.mark.parametrize("moment", ["before it is written down", "while it is answered"])
def test_what_is_deleted_meanwhile_is_not_there(signed_in, alice, scripted, monkeypatch, moment):
    conversation = make_conversation(alice, "Hi", "Ho")
    real = wait_for_answer

    def wait(request, ask):
        if moment == "while it is answered":
            generation = real(request, ask)
            delete_conversation(by=alice, conversation_id=conversation.id)
            return generation
        delete_conversation(by=alice, conversation_id=conversation.id)
        return real(request, ask)

    monkeypatch.setattr(pages, "wait_for_answer", wait)
    response = signed_in(alice).post(f"/studio/chat/{conversation.id}", {"message": "And slip?"})
    assert response.status_code == 404


@pytest.mark.parametrize("message", ["", "  ", "x" * 8_001])
def test_what_is_no_message_stays_in_the_composer(signed_in, alice, message):
    response = signed_in(alice).post("/studio/chat", {"message": message})
    assert response.status_code == 422
    assert "A message has 1 to 8,000 characters." in response.content.decode()
    assert not Conversation.objects.exists()


@slow_database
def test_what_is_refused_stays_in_the_composer(signed_in, alice, scripted, monkeypatch):
    make_period(alice, generations_used=20)
    client = signed_in(alice)
    response = client.post("/studio/chat", {"message": "Keep me"})
    assert response.status_code == 422
    assert "You have used all generations" in response.content.decode()
    assert "Keep me" in response.content.decode()
    monkeypatch.setattr(limits, "_rates_of", lambda _plan: (60, 0))
    assert client.post("/studio/chat", {"message": "Keep me"}).status_code == 429
    assert not Conversation.objects.exists()


@slow_database
def test_a_second_message_waits_for_the_first_answer(signed_in, alice, scripted):
    conversation = make_conversation(alice, "Hi", "Ho")
    ChatMessage.objects.filter(role="ASSISTANT").update(is_writing=True)
    response = signed_in(alice).post(f"/studio/chat/{conversation.id}", {"message": "More"})
    assert response.status_code == 409
    page = response.content.decode()
    assert "The last answer is still being written." in page
    assert "More</textarea>" in page


def test_the_words_of_a_model_are_text(signed_in, alice):
    conversation = make_conversation(alice, "<b>Hi</b>", "<img src=x> ![a](https://evil.example/x)")
    page = signed_in(alice).get(f"/studio/chat/{conversation.id}").content.decode()
    assert "<b>Hi" not in page
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page


def test_the_list_is_searched(signed_in, alice):
    make_conversation(alice, "Where is the glaze?", "On the shelf.", title="Glaze")
    make_conversation(alice, "Tell me of kilns", "Anagama.", title="Fire")
    client = signed_in(alice)
    page = client.get("/studio/chat?search=anagama").content.decode()
    assert "Fire" in page
    assert "Glaze" not in page
    assert "Nothing was said" in client.get("/studio/chat?search=teapot").content.decode()


def test_earlier_messages_are_a_page_of_their_own(signed_in, alice):
    conversation = make_conversation(alice, *(f"Said {number}" for number in range(1, 61)))
    client = signed_in(alice)
    page = client.get(f"/studio/chat/{conversation.id}").content.decode()
    assert "?before=11" in page
    assert "Said 60" in page
    assert "Said 10<" not in page
    earlier = client.get(f"/studio/chat/{conversation.id}?before=11").content.decode()
    assert "Said 10<" in earlier
    assert '<form class="composer"' not in earlier
    assert client.get(f"/studio/chat/{conversation.id}?before=x").status_code == 200


def test_renaming_deleting_and_downloading(signed_in, alice):
    conversation = make_conversation(alice, "A secret", "Kept well.")
    client, address = signed_in(alice), f"/studio/chat/{conversation.id}"
    page = client.post(f"{address}/rename", {"title": "Glazes"}, follow=True).content.decode()
    assert "Glazes" in page
    refused = client.post(f"{address}/rename", {"title": " "}, follow=True).content.decode()
    assert "A title has 1 to 120 characters." in refused
    assert client.get(f"{address}/export?format=markdown").content.startswith(b"# Glazes")
    assert client.get(f"{address}/export?format=pdf").status_code == 404
    assert client.post(f"{address}/burn").status_code == 404
    gone = client.post(f"{address}/delete", follow=True).content.decode()
    assert "The conversation is deleted." in gone
    assert not Conversation.objects.exists()
    assert Generation.objects.get().text == ""


def test_somebody_elses_is_not_there(signed_in, alice, charlie):
    address = f"/studio/chat/{make_conversation(alice, 'Hi', 'Ho').id}"
    client = signed_in(charlie)
    assert client.get(address).status_code == 404
    assert client.post(address, {"message": "Hi"}).status_code == 404
    assert client.get(f"{address}/export").status_code == 404
    assert client.post(f"{address}/delete").status_code == 404
    assert Conversation.objects.exists()


def test_a_starter_fills_the_composer(signed_in, alice):
    page = signed_in(alice).get("/studio/chat?message=Say+hello").content.decode()
    assert "Say hello</textarea>" in page
