"""The ledger as a file: whole, exact, harmless in a spreadsheet, without anybody's words."""

import csv
from decimal import Decimal
from typing import Any

import pytest
from django.test import AsyncClient
from django.utils import timezone

from accounts.models import User
from ai.admin import export
from ai.admin.export import cell
from ai.database import in_database
from ai.models import Generation
from tests.factories import make_call, make_generation

FILES = {
    "generation": "/admin/ai/generation/export.csv",
    "call": "/admin/ai/providercall/export.csv",
}


async def _read(user: User, address: str, **query: str) -> list[dict[str, str]]:
    client = AsyncClient()
    await client.aforce_login(user)
    response: Any = await client.get(address, query)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="')
    assert response.is_async, "The whole file would be held in memory."
    text = b"".join([part async for part in response]).decode()
    return list(csv.DictReader(text.splitlines()))


def _fill(user: User, count: int) -> None:
    for number in range(count):
        row = make_generation(
            user, status="DONE", cost_usd=Decimal("0.00000123"), prompt="My words", text="Clay."
        )
        make_call(
            row,
            status="SETTLED",
            model=f"m{number}",
            cost_usd=Decimal("0.00000123"),
            finished_at=timezone.now(),
        )


@pytest.mark.parametrize("what", FILES)
async def test_every_row_is_in_the_file_once(
    alice: User,
    sam: User,
    transactional_db: None,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    monkeypatch.setattr(export, "CHUNK", 3)
    await in_database(_fill, alice, 7)
    # The same instant in all: the id decides.
    await in_database(Generation.objects.update, created_at=timezone.now())
    rows = await _read(sam, FILES[what])
    assert len({row["id"] for row in rows}) == len(rows) == 7
    assert {row["cost_usd"] for row in rows} == {"0.00000123"}
    assert "words" not in str(rows)
    assert "Clay" not in str(rows)


async def test_the_file_has_what_the_list_shows(
    alice: User, bob: User, sam: User, transactional_db: None
) -> None:
    await in_database(_fill, alice, 2)
    await in_database(_fill, bob, 1)
    await in_database(lambda: make_generation(bob))
    assert len(await _read(sam, FILES["generation"], q="alice@")) == 2
    rows = await _read(sam, FILES["generation"], status__exact="STREAMING", o="-3")
    assert [row["user__email"] for row in rows] == ["bob@example.com"]
    assert [row["model"] for row in await _read(sam, FILES["call"], model="m1")] == ["m1"]


async def test_a_filter_that_nobody_knows_leads_back_to_the_list(
    sam: User, transactional_db: None
) -> None:
    client = AsyncClient()
    await client.aforce_login(sam)
    response = await client.get(FILES["generation"], {"nonsense__exact": "1"})
    assert response.headers["Location"] == "/admin/ai/generation/?e=1"


async def test_the_file_is_for_staff(alice: User, transactional_db: None) -> None:
    client = AsyncClient()
    response = await client.get(FILES["generation"])
    assert (response.status_code, response.headers["Location"][:12]) == (302, "/admin/login")
    await client.aforce_login(alice)
    response = await client.get(FILES["generation"], follow=True)
    assert response.status_code == 403


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert cell(f"{start}cmd()") == f"'{start}cmd()"
    assert cell(f"a{start}") == f"a{start}"


def test_figures_are_exact_and_nothing_is_empty() -> None:
    assert cell(Decimal("0.00000010")) == "0.00000010"
    assert cell(Decimal("-1.5")) == "-1.5"
    assert cell(None) == ""
    assert cell(0) == "0"
