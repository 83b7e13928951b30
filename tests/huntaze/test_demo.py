"""`manage.py demo_data`: once; again it only says how to sign in."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from content.models import Content
from huntaze.demo import PIECES
from huntaze.management.commands import demo_data


@pytest.fixture
def demo(monkeypatch: Any, tmp_path: Path, db: None) -> Any:
    """Run it; what it prints."""
    monkeypatch.setattr(demo_data, "PATH", tmp_path / "demo.json")

    def run() -> str:
        out = io.StringIO()
        call_command("demo_data", stdout=out)
        return out.getvalue()

    return run


def test_the_second_run_adds_nothing_and_says_the_same(demo: Any) -> None:
    first = demo()
    assert Content.objects.count() == len(PIECES)
    statuses = set(Content.objects.values_list("status", flat=True))
    assert statuses == {"DRAFT", "PUBLISHED", "SCHEDULED", "ARCHIVED"}
    assert demo() == first
    assert Content.objects.count() == len(PIECES)
    assert User.objects.count() == 1


def test_the_password_is_a_new_one_each_time_and_it_works(demo: Any, tmp_path: Path) -> None:
    said = demo().split()[-1]
    assert User.objects.get().check_password(said)
    kept = tmp_path / "demo.json"
    assert kept.stat().st_mode & 0o077 == 0
    kept.unlink()
    again = demo().split()[-1]
    assert again != said
    assert User.objects.get().check_password(again)


def test_pieces_that_were_written_are_not_written_over(demo: Any) -> None:
    demo()
    Content.objects.filter(title=PIECES[0].title).update(title="Mine now")
    demo()
    assert Content.objects.filter(title="Mine now").exists()
