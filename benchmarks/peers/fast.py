"""FastAPI and asyncpg over the same rows: the least that an async stack can do.

One query for the token, one for the rows, one to count; no model of a row, no validation of the
answer, no limits.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg  # type: ignore[import-not-found, import-untyped, unused-ignore]
import msgspec
from fastapi import FastAPI, HTTPException, Request, Response

COLUMNS = (
    'id, user_id AS "userId", title, body, type, status, ai_generated AS "aiGenerated", '
    'metadata, version, scheduled_at AS "scheduledAt", published_at AS "publishedAt", '
    'created_at AS "createdAt", updated_at AS "updatedAt"'
)
PAGE = (
    f"SELECT {COLUMNS} FROM peers_piece WHERE user_id = $1 "  # noqa: S608  (constants)
    "ORDER BY created_at DESC, id LIMIT $2 OFFSET $3"
)
COUNT = "SELECT count(*) FROM peers_piece WHERE user_id = $1"
TOKEN = (
    "SELECT t.user_id FROM authtoken_token t JOIN auth_user u ON u.id = t.user_id "  # noqa: S105
    "WHERE t.key = $1 AND u.is_active"
)
encode = msgspec.json.Encoder().encode


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async def prepare(connection: Any) -> None:
        await connection.set_type_codec(
            "jsonb", encoder=encode, decoder=msgspec.json.decode, schema="pg_catalog"
        )

    pool = asyncpg.create_pool(
        database=os.environ["PEER_DATABASE"],
        host=os.environ["PEER_HOST"] or None,
        port=os.environ.get("PEER_PORT") or None,
        user=os.environ["PEER_USER"],
        min_size=1,
        max_size=16,
        init=prepare,
    )
    async with pool as app.state.pool:
        yield


application = FastAPI(lifespan=_lifespan)


@application.get("/api/content")
async def content(request: Request, page: int = 1, limit: int = 10) -> Response:
    """One page of the caller's rows."""
    key = request.headers.get("authorization", "").removeprefix("Token ")
    async with request.app.state.pool.acquire() as connection:
        user_id = await connection.fetchval(TOKEN, key)
        if user_id is None:
            raise HTTPException(401)
        rows = await connection.fetch(PAGE, user_id, limit, (page - 1) * limit)
        total = await connection.fetchval(COUNT, user_id)
    numbers = {"page": page, "limit": limit, "total": total, "pages": -(-total // limit)}
    answer = {"content": [dict(row) for row in rows], "pagination": numbers}
    return Response(encode(answer), media_type="application/json")
