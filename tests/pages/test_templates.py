"""What holds of every template, script and style sheet: a strict CSP, no address but our own."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))
PAGES = [path for path in TEMPLATES if path.suffix == ".html" and "email" not in path.parts]
STATIC = [path for path in (ROOT / "static").rglob("*.*") if path.suffix in {".css", ".js", ".svg"}]
FORBIDDEN = {
    "an inline style": re.compile(r"<style|\sstyle\s*="),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)"),
    "an event handler": re.compile(r"\s(on[a-z]+|hx-on[:a-z-]*)\s*=", re.IGNORECASE),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
    "a foreign address": re.compile(r"(src|href|action)=[\"'](https?:)?//"),
}


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_compiles(path):
    get_template(str(path.relative_to(ROOT / "templates")))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_page_template_obeys_the_policy(path):
    text = path.read_text(encoding="utf-8")
    broken = [name for name, pattern in FORBIDDEN.items() if pattern.search(text)]
    assert not broken


@pytest.mark.parametrize("path", STATIC, ids=name_of)
def test_static_file_needs_nobody_else(path):
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|\beval\(|new Function", text)


def test_every_icon_that_is_used_is_drawn():
    drawn = set(re.findall(r'symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text()))
    used = {
        name
        for path in PAGES
        for name in re.findall(r'{% icon "([\w-]+)" %}', path.read_text(encoding="utf-8"))
    }
    assert used <= drawn


def test_pages_carry_the_policy(client, db):
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
