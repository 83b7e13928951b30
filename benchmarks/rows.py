"""Fills ours and the peers' database with the same rows; prints the tokens as JSON.

python -m benchmarks.rows 200
"""

import json
import os
import secrets
import subprocess
import sys
from typing import Any

from psycopg import connect

BODY = "Clay remembers. " * 20


def ours(rows: int) -> dict[str, str]:
    """A creator with rows, and a token that no rate stops."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huntaze.settings")
    django.setup()
    from django.db import connection

    from accounts.services import open_account
    from api.tokens import issue_token
    from content.models import Content

    user = open_account(email=f"rows-{secrets.token_hex(4)}@example.com", name="Rows")
    Content.objects.bulk_create(
        Content(user=user, title=f"Piece {number}", body=BODY, metadata={"tags": ["a", "b"]})
        for number in range(rows)
    )
    token = issue_token(user=user, name="benchmark", is_unthrottled=True)
    facts = connection.get_connection_params()
    where = {
        "PEER_DATABASE": f"{facts['dbname']}_peer",
        "PEER_HOST": str(facts.get("host", "")),
        "PEER_PORT": str(facts.get("port", "")),
        "PEER_USER": str(facts.get("user", "postgres")),
    }
    return {"token": token, **where}


def peers(where: dict[str, str], rows: int) -> str:
    """A database of their own with the same rows; the token."""
    name = where["PEER_DATABASE"]
    facts: dict[str, Any] = {"host": where["PEER_HOST"], "user": where["PEER_USER"]}
    if where["PEER_PORT"]:
        facts["port"] = where["PEER_PORT"]
    with connect(dbname="postgres", autocommit=True, **facts) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')  # type: ignore[arg-type, unused-ignore]
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type, unused-ignore]
    command = [sys.executable, "-m", "benchmarks.rows", "--peer", str(rows)]
    environment = {**os.environ, **where}
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    return answer.stdout.splitlines()[-1]


def fill_peer(rows: int) -> str:
    """Runs inside the peer's own project."""
    from benchmarks.peers.stock import Piece  # first: it configures Django

    # isort: split
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone
    from rest_framework.authtoken.models import Token

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Piece)
    user = User.objects.create_user("rows")
    now = timezone.now()
    Piece.objects.bulk_create(
        Piece(
            user=user,
            title=f"Piece {number}",
            body=BODY,
            type="POST",
            status="DRAFT",
            ai_generated=False,
            metadata={"tags": ["a", "b"]},
            version=1,
            created_at=now,
            updated_at=now,
        )
        for number in range(rows)
    )
    return str(Token.objects.create(user=user).key)


def main() -> None:
    """Ours, then the peers'."""
    rows = int(sys.argv[-1])
    if "--peer" in sys.argv:
        print(fill_peer(rows))
        return
    found = ours(rows)
    found["key"] = peers({name: each for name, each in found.items() if name != "token"}, rows)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
