"""The French catalogue is whole, compiled, and what the pages show."""

import ast
import html
import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils.translation.template import templatize

from content.services import create_draft

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "locale/fr/LC_MESSAGES"
APPS = ("accounts", "ai", "analytics", "api", "billing", "content", "huntaze")
CALLS = {"gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "_", "gettext_noop"}
LITERAL = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
TEMPLATE_CALL = re.compile(rf"\b(?:n?gettext)\({LITERAL}")
# Of each page, sentences that stood there in English, were the catalogue forgotten.
ENGLISH = {
    "/": ("Create an account", "Nothing gets lost", "Friendly"),
    "/auth/signin": ("Sign in", "Password", "Email me"),
    "/auth/signup": ("Create account", "Name (optional)", "At least"),
    "/studio": ("Continue where you were", "texts written", "Draft", "Hello"),
    "/studio/create": ("What do you want", "Tone", "Anywhere", "texts are left", "Write<"),
    "/studio/content": ("Any type", "Archive<", "Write by hand"),
    "/billing": ("Payments are", "a month", "Without limit"),
    "/account": ("Time zone", "API tokens", "Close account", "As this device"),
    "/account/password": ("Change password", "New Password"),
}


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(str(FOLDER / "django.po"))


def messages_of_templates():
    for path in sorted((ROOT / "templates").rglob("*.*")):
        source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        for literal in TEMPLATE_CALL.findall(source):
            yield ast.literal_eval(literal)


def messages_of_python():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    first = node.args[0] if node.args else None
                    if node.func.id in CALLS and isinstance(first, ast.Constant):
                        yield first.value


def test_every_message_is_in_the_catalogue(catalogue):
    known = {entry.msgid for entry in catalogue if not entry.obsolete}
    wanted = {text for text in (*messages_of_templates(), *messages_of_python()) if text}
    assert wanted - known == set()
    assert known - wanted == set()


def test_nothing_is_untranslated_or_guessed(catalogue):
    assert catalogue.untranslated_entries() == []
    assert catalogue.fuzzy_entries() == []


def test_placeholders_survive_translation(catalogue):
    pattern = re.compile(r"%\(\w+\)[sd]|%%|{\w+}|</?strong>")
    for entry in catalogue:
        for text in entry.msgstr_plural.values() or [entry.msgstr]:
            original = entry.msgid_plural or entry.msgid
            assert sorted(pattern.findall(text)) == sorted(pattern.findall(original)), entry.msgid


def test_the_compiled_catalogue_is_this_one(catalogue):
    def as_dict(entries):
        return {entry.msgid: entry.msgstr_plural or entry.msgstr for entry in entries}

    compiled = polib.mofile(str(FOLDER / "django.mo"))
    assert as_dict(compiled) == as_dict(catalogue)


@pytest.mark.parametrize("address", ENGLISH)
def test_a_french_page_has_no_english_left(signed_in, client, alice, address):
    alice.language = "fr"
    alice.save()
    create_draft(by=alice, title="Le four", body="Il ouvre vendredi.")
    reader = client if address == "/" or address.startswith("/auth") else signed_in(alice)
    page = html.unescape(reader.get(address, headers={"Accept-Language": "fr"}).content.decode())
    assert '<html lang="fr"' in page
    left = [english for english in ENGLISH[address] if english in page]
    assert left == []


def test_english_is_the_default(client, db):
    page = client.get("/", headers={"Accept-Language": "xx"}).content.decode()
    assert '<html lang="en"' in page


def test_the_language_can_be_switched_without_an_account(client, db):
    client.post("/i18n/setlang", {"language": "fr", "next": "/"})
    assert "Se connecter" in client.get("/").content.decode()
