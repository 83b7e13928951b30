"""The main job, end to end: sign up, create, keep, edit, publish, sign out."""

import itertools
import os
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ai.models import Generation
from content.models import Content, Revision
from tests.browser.conftest import INTERVAL_SECONDS, TOKENS
from tests.fakes.mailbox import Mailbox

pytestmark = [pytest.mark.browser, pytest.mark.server]

EMAIL = "newcomer@example.com"
WRITTEN = "[data-written]"


def sign_up(page: Page, mailbox: Mailbox) -> None:
    page.goto("/")
    page.get_by_role("link", name="Create an account").first.click()
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Code").fill(mailbox.code_for(EMAIL))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/studio")


def lengths_until_done(page: Page) -> list[int]:
    """How long the text was, every 100 ms, until the Stop button has gone."""
    lengths = []
    stop = page.get_by_role("button", name="Stop")
    deadline = time.monotonic() + 30
    while stop.is_visible() and time.monotonic() < deadline:
        lengths.append(len(page.locator(WRITTEN).inner_text()))
        page.wait_for_timeout(100)
    return lengths


def brief(page: Page, prompt: str) -> None:
    page.goto("/studio/create")
    page.get_by_label("What do you want to say?").fill(prompt)
    page.get_by_label("Type").select_option(label="Caption")
    page.get_by_role("button", name="Write").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()


@pytest.mark.parametrize(
    "processes",
    [
        pytest.param({}, id="one process on memory"),
        pytest.param(
            {"WEB_CONCURRENCY": "2", "REDIS_URL": os.environ.get("TEST_REDIS_URL", "")},
            id="two processes on Redis",
            marks=pytest.mark.redis,
        ),
    ],
)
def test_the_main_job(page: Page, mailbox: tuple[Mailbox, int]) -> None:
    sign_up(page, mailbox[0])

    brief(page, "The kiln opens on Friday")
    lengths = lengths_until_done(page)
    # Token by token: the text grew many times while the model was still writing.
    grew = sum(after > before for before, after in itertools.pairwise(lengths))
    assert grew >= TOKENS * INTERVAL_SECONDS / 0.1 / 3, lengths
    assert lengths[0] < lengths[-1]

    generation = Generation.objects.get()
    assert generation.status == Generation.Status.DONE
    assert generation.text == "".join(f"word{number} " for number in range(TOKENS))
    assert page.locator(WRITTEN).inner_text().split() == generation.text.split()
    expect(page.get_by_text("gpt-6-luna").last).to_be_visible()

    page.get_by_role("button", name="Keep as draft").click()
    page.wait_for_url("**/studio/content/*")
    page.get_by_label("Title").fill("The kiln, at last")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()

    page.get_by_role("button", name="Publish now").click()
    expect(page.locator(".state", has_text="Published")).to_be_visible()

    content = Content.objects.get()
    assert (content.status, content.title) == (Content.Status.PUBLISHED, "The kiln, at last")
    first = content.revisions.get(number=1)
    assert (first.source, first.body) == (Revision.Source.AI, generation.text)
    assert (first.prompt, first.cost_usd) == ("The kiln opens on Friday", generation.cost_usd)

    page.goto("/studio/content")
    expect(page.get_by_role("link", name="The kiln, at last")).to_be_visible()
    page.goto("/account")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/")
    page.goto("/studio")
    page.wait_for_url("**/auth/signin**")


def test_stop_then_reload_shows_what_had_arrived(page: Page, mailbox: tuple[Mailbox, int]) -> None:
    sign_up(page, mailbox[0])
    brief(page, "Stop me")
    expect(page.locator(WRITTEN)).to_contain_text("word5 ")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Keep as draft")).to_be_visible()

    generation = Generation.objects.get()
    assert generation.status == Generation.Status.CANCELED
    assert generation.text.startswith("word0 ")
    assert len(generation.text.split()) < TOKENS
    page.reload()
    assert page.locator(WRITTEN).inner_text().split() == generation.text.split()


def test_a_reload_in_the_middle_goes_on(page: Page, mailbox: tuple[Mailbox, int]) -> None:
    sign_up(page, mailbox[0])
    brief(page, "Come back to me")
    expect(page.locator(WRITTEN)).to_contain_text("word5 ")
    page.reload()
    lengths_until_done(page)

    generation = Generation.objects.get()
    assert generation.status == Generation.Status.DONE
    assert page.locator(WRITTEN).inner_text().split() == generation.text.split()
    assert Generation.objects.count() == 1


# The server is asked and answers, but two answers never arrive.
TWO_ANSWERS_ARE_LOST = """
const ask = window.fetch;
let lost = 2;
window.fetch = async (address, init) => {
  const response = await ask(address, init);
  if (!String(address).endsWith("/generate/stream") || lost-- <= 0) return response;
  await response.body.cancel();
  throw new TypeError("Failed to fetch");
};
"""


def test_an_answer_that_is_lost_is_not_a_text_that_is_lost(
    page: Page, mailbox: tuple[Mailbox, int]
) -> None:
    sign_up(page, mailbox[0])
    page.add_init_script(TWO_ANSWERS_ARE_LOST)
    brief(page, "Ask again")
    lengths_until_done(page)

    generation = Generation.objects.get()
    assert generation.status == Generation.Status.DONE
    assert page.locator(WRITTEN).inner_text().split() == generation.text.split()


def test_sign_up_with_a_password_then_sign_in(
    page: Page, mailbox: tuple[Mailbox, int], browser: Any
) -> None:
    page.goto("/auth/signup")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Code").fill(mailbox[0].code_for(EMAIL))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/studio")
    page.context.clear_cookies()

    page.goto("/auth/signin")
    page.get_by_label("Email").fill(EMAIL.upper())
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/studio")
