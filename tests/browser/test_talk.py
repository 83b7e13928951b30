"""Chat and ideas in a browser: what arrives, what a reload takes up again, what is kept."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from ai.models import ChatMessage, Conversation, Generation, Idea
from content.models import Content
from tests.api.listening import open_session
from tests.fakes.model_server import ModelServer, Script, running_model_server
from tests.live import LiveServer, environment

pytestmark = [pytest.mark.browser, pytest.mark.server]

WORDS = tuple(f"word{number} " for number in range(60))
TITLES = ("The bowl that cracked", "Six in the morning")
LIST = json.dumps(
    {
        "ideas": [
            {
                "title": title,
                "description": "Show it from three sides.",
                "type": "STORY",
                "tags": ["clay"],
                "difficulty": "easy",
            }
            for title in TITLES
        ]
    }
)


@pytest.fixture
def models() -> Iterator[ModelServer]:
    """A model that takes 3 s for an answer, and hardly any time for a list."""
    with running_model_server() as server:
        server.script = Script(pieces=WORDS, gap_seconds=0.05)
        server.by_words["You find ideas"] = Script(pieces=(LIST,), first_gap_seconds=0.3)
        yield server


@pytest.fixture
def model_url(models: ModelServer) -> str:
    """Where it is."""
    return models.url


@pytest.fixture
def signed_in(page: Page, server: LiveServer, alice: User, settings: Any) -> Page:
    """Alice's window."""
    # The server would not believe a session that was signed by another key.
    settings.SECRET_KEY = environment({}, 0)["SECRET_KEY"]
    name, value = settings.SESSION_COOKIE_NAME, open_session(alice)
    page.context.add_cookies([{"name": name, "value": value, "url": server.url}])
    return page


def send(page: Page, message: str) -> None:
    page.goto("/studio/chat")
    page.get_by_role("textbox", name="Your message").fill(message)
    page.keyboard.press("Enter")
    expect(page.locator("[data-written]").last).to_contain_text("word5 ")


def answer_of(page: Page) -> list[str]:
    """The words of the last answer, once it is written."""
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    return page.locator("article [data-written]").last.inner_text().split()


def test_a_message_begins_a_conversation_that_a_reload_takes_up_again(signed_in: Page) -> None:
    page = signed_in
    send(page, "What is clay?")
    page.wait_for_url(re.compile(r"/studio/chat/[0-9a-f-]{36}$"))
    # The page becomes that of the conversation while the answer arrives.
    expect(page.get_by_role("heading", level=1, name="What is clay?")).to_be_visible()
    expect(page.get_by_role("link", name="New conversation")).to_be_visible()
    assert Generation.objects.get().status == Generation.Status.STREAMING

    page.reload()
    assert answer_of(page) == [word.strip() for word in WORDS]
    generation = Generation.objects.get()
    assert (generation.status, generation.text) == (Generation.Status.DONE, "".join(WORDS))
    assert Conversation.objects.get().messages.count() == 2


def test_stop_keeps_what_had_arrived_and_another_answer_takes_its_place(signed_in: Page) -> None:
    page = signed_in
    send(page, "Stop me")
    page.get_by_role("button", name="Stop").click()
    words = answer_of(page)
    generation = Generation.objects.get()
    assert generation.status == Generation.Status.CANCELED
    assert words == generation.text.split()
    assert len(words) < len(WORDS)
    expect(page.get_by_role("button", name="Send")).to_be_focused()

    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    assert answer_of(page) == [word.strip() for word in WORDS]
    standing = ChatMessage.objects.current().exclude(generation=None).get()
    assert standing.words == "".join(WORDS)


def test_ideas_are_found_kept_and_written(signed_in: Page) -> None:
    page = signed_in
    page.goto("/studio/ideas")
    page.get_by_label("What should they be about?").fill("Clay")
    page.get_by_label("How many").fill("2")
    page.get_by_role("button", name="Find ideas").click()
    expect(page.get_by_role("heading", level=3)).to_have_text(list(TITLES))
    expect(page.get_by_role("button", name="Find ideas")).to_be_enabled()
    assert Idea.objects.count() == 2

    page.get_by_role("button", name=f"Keep “{TITLES[0]}” as a draft").click()
    expect(page.get_by_role("link", name="Open the draft")).to_be_focused()
    content = Content.objects.get()
    assert (content.title, content.type) == (TITLES[0], Content.Type.STORY)

    page.get_by_role("link", name=f"Write “{TITLES[1]}”").click()
    expect(page.get_by_label("What do you want to say?")).to_have_value(
        f"{TITLES[1]}\n\nShow it from three sides."
    )


def test_a_blank_topic_is_not_sent(signed_in: Page, models: ModelServer) -> None:
    page = signed_in
    page.goto("/studio/ideas")
    page.get_by_label("What should they be about?").fill("  ")
    page.get_by_role("button", name="Find ideas").click()
    expect(page.get_by_label("What should they be about?")).to_be_focused()
    assert not models.requests
