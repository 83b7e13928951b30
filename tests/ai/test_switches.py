"""What staff have switched off is not asked, at once; who did it and why is kept."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from accounts.models import User
from ai import switches
from ai.models import ModelSwitch
from ai.registry import tier_models
from ai.switches import SwitchRefused, switch_model
from tests.fakes.provider import ScriptedProvider


def _mini() -> list[str]:
    return [str(ref) for ref in tier_models("mini")]


def test_a_model_is_off_at_once_and_on_again(
    scripted: ScriptedProvider, sam: User, django_capture_on_commit_callbacks: Any
) -> None:
    assert _mini() == ["fake:mini-1", "fake:mini-2"]
    facts: Any = {"by": sam, "provider": "fake", "model": "mini-1"}
    with django_capture_on_commit_callbacks(execute=True):
        row = switch_model(**facts, is_off=True, reason="It rambles.")
    assert _mini() == ["fake:mini-2"]
    assert (row.changed_by, row.reason) == (sam, "It rambles.")
    with django_capture_on_commit_callbacks(execute=True):
        assert switch_model(**facts, is_off=False, reason="Mended.").pk == row.pk
    assert _mini() == ["fake:mini-1", "fake:mini-2"]
    told = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert [*told] == ["Off: It rambles.", "On: Mended."]


def test_a_provider_is_off_with_all_its_models(scripted: ScriptedProvider, sam: User) -> None:
    switch_model(by=sam, provider=" fake ", is_off=True, reason="An outage.")
    switches.forget_switches()
    assert _mini() == []
    assert tier_models("full") == ()


def test_another_process_knows_within_a_second(
    scripted: ScriptedProvider, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr(switches, "monotonic", lambda: now)
    assert len(_mini()) == 2
    # Written elsewhere: nobody tells this process.
    ModelSwitch.objects.create(provider="fake", model="mini-2", reason="x")
    assert len(_mini()) == 2
    now += switches.MEMO_SECONDS
    assert _mini() == ["fake:mini-1"]


def test_the_table_is_read_once_a_second(
    scripted: ScriptedProvider, db: None, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        for _ in range(20):
            tier_models("mini")


@pytest.mark.parametrize(
    "facts", [{"provider": " "}, {"reason": "  "}, {"by": "alice"}], ids=["whom", "why", "who"]
)
def test_nothing_is_switched_without_who_what_and_why(
    alice: User, sam: User, facts: dict[str, Any]
) -> None:
    asked: dict[str, Any] = {"by": sam, "provider": "fake", "is_off": True, "reason": "x", **facts}
    if asked["by"] == "alice":
        asked["by"] = alice
    with pytest.raises(SwitchRefused):
        switch_model(**asked)
    assert not ModelSwitch.objects.exists()
    assert not LogEntry.objects.exists()
