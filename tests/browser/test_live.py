"""Two windows of one person: what happens in one shows in the other, without a reload."""

import time
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from billing.plans import PlanName
from billing.services import grant_plan
from content.models import Content
from content.services import edit_content
from content.tasks import publish_due
from tests.api.listening import open_session
from tests.factories import make_draft, make_generation
from tests.live import LiveServer, environment

pytestmark = [pytest.mark.browser, pytest.mark.server]
PATIENCE_SECONDS = 20


@pytest.fixture
def desk(page: Page, server: LiveServer, alice: User, settings: Any) -> BrowserContext:
    """Alice's browser: windows of it share her session."""
    # The server would not believe a session that was signed by another key.
    settings.SECRET_KEY = environment({}, 0)["SECRET_KEY"]
    name, value = settings.SESSION_COOKIE_NAME, open_session(alice)
    page.context.add_cookies([{"name": name, "value": value, "url": server.url}])
    return page.context


def window(desk: BrowserContext, path: str) -> Page:
    """A window whose socket is open and has been greeted."""
    opened = desk.new_page()
    greeted = Event()
    # Before there is a socket: its greeting may come while the page still loads.
    opened.on("websocket", lambda socket: socket.on("framereceived", lambda _frame: greeted.set()))
    opened.goto(path)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not greeted.is_set():
        assert time.monotonic() < deadline
        opened.wait_for_timeout(20)
    return opened


def mark(page: Page) -> None:
    """A reload would forget it."""
    page.evaluate("window.isStillHere = true")


def assert_not_reloaded(page: Page) -> None:
    assert page.evaluate("window.isStillHere") is True


def test_publishing_in_one_window_shows_in_the_other(desk: BrowserContext, alice: User) -> None:
    make_draft(alice, "The kiln, at last")
    other, home = window(desk, "/studio/content"), window(desk, "/studio")
    for each in (other, home):
        mark(each)
        expect(each.locator(".state")).to_have_text("Draft")
    here = window(desk, "/studio/content")
    here.get_by_label("Actions for").click()
    here.get_by_role("button", name="Publish now").click()
    for each in (here, other, home):
        expect(each.locator(".state")).to_have_text("Published")
    for each in (other, home):
        assert_not_reloaded(each)


def test_the_open_editor_says_so_and_keeps_what_is_typed(desk: BrowserContext, alice: User) -> None:
    content = make_draft(alice, "Glaze", "Celadon.")
    editor = window(desk, f"/studio/content/{content.id}")
    editor.get_by_label("Text").fill("My own words")
    here = window(desk, f"/studio/content/{content.id}")
    here.get_by_label("Title").fill("Glaze, again")
    here.get_by_role("button", name="Save", exact=True).click()
    expect(here.get_by_text("Saved.", exact=True)).to_be_visible()
    expect(editor.get_by_text("This was changed elsewhere.")).to_be_visible()
    expect(editor.get_by_label("Text")).to_have_value("My own words")
    expect(here.get_by_text("This was changed elsewhere.")).to_be_hidden()


def test_a_job_is_said_and_a_plan_shows(desk: BrowserContext, alice: User, server: Any) -> None:
    due = make_draft(alice, "Due")
    plan, listing = window(desk, "/billing"), window(desk, "/studio/content")
    past = timezone.now() - timedelta(minutes=1)
    Content.objects.filter(pk=due.pk).update(status="SCHEDULED", scheduled_at=past)
    publish_due.configure().defer(timestamp=0)
    expect(listing.get_by_text("“Due” is published, as scheduled.")).to_be_visible()
    expect(listing.locator(".state")).to_have_text("Published")
    grant_plan(by=None, user=alice, plan=PlanName.PRO, reason="a test")
    expect(plan.get_by_role("heading", level=1)).to_contain_text("Pro")
    expect(plan.locator("#usage")).to_contain_text("2,000")


def test_what_the_reader_has_opened_stays_open(desk: BrowserContext, alice: User) -> None:
    make_generation(alice, status="DONE", text="Clay.")
    home = window(desk, "/studio")
    counted = home.locator("#counted")
    counted.get_by_text("How this was counted").click()
    counted.locator("summary").blur()
    home.mouse.move(0, 0)
    grant_plan(by=None, user=alice, plan=PlanName.PRO, reason="a test")
    expect(home.locator("#usage")).to_contain_text("2,000")
    expect(counted).to_have_attribute("open", "")


def test_what_happened_while_offline_is_caught_up(desk: BrowserContext, alice: User) -> None:
    content = make_draft(alice, "Glaze")
    listing = window(desk, "/studio/content")
    editor = window(desk, f"/studio/content/{content.id}")
    mark(listing)
    desk.set_offline(True)
    changes = {"title": "Another name"}
    edit_content(by=alice, content_id=content.id, expected_version=1, changes=changes)
    expect(listing.get_by_role("link", name="Glaze", exact=True)).to_be_visible()
    desk.set_offline(False)
    expect(listing.get_by_role("link", name="Another name")).to_be_visible()
    expect(editor.get_by_text("This was changed elsewhere.")).to_be_visible()
    assert_not_reloaded(listing)
