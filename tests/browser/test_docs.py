"""The page to try the API, without a breach of the content security policy (the page fixture)."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from content.models import Content
from tests.live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.server]


def sign_in(page: Page, server: LiveServer, user: User) -> None:
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": session.key, "value": session.value, "url": server.url}])


@pytest.fixture
def processes() -> dict[str, str]:
    """A session that the test opens is one to the server, too."""
    return {"SECRET_KEY": settings.SECRET_KEY}


def is_wider_than_its_window(page: Page) -> bool:
    found: bool = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return found


def test_the_page_tries_calls_as_whoever_is_signed_in(
    page: Page, server: LiveServer, alice: User
) -> None:
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 900})
    sign_in(page, server, alice)
    page.goto("/api/docs#/Content/createContent")
    operation = page.locator("#operations-Content-createContent")
    operation.get_by_role("button", name="Execute").click()
    answered = operation.locator(".live-responses-table .response-col_status").last
    expect(answered).to_contain_text("201")
    assert Content.objects.get(user=alice).title == "The kiln opens on Friday"
    assert not is_wider_than_its_window(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})
    assert not is_wider_than_its_window(page)
    page.get_by_label("Select a definition").select_option(label="Signing in")
    expect(page.get_by_role("heading", name="django-allauth: Headless API")).to_be_visible()
    expect(page.locator(".opblock").first).to_be_visible()
