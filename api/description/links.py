"""Where an answer leads: which operations take what it names."""

from typing import Any

BODY_ID = "$response.body#/id"
ETAG = "$response.header.ETag"


def links(*operations: str, id_at: str = BODY_ID, **headers: str) -> dict[str, Any]:
    """OpenAPI's links to operations whose `id` stands at a place of the answer.

    `headers` are more of their parameters: `If_Match=ETAG`.
    """
    more = {name.replace("_", "-"): where for name, where in headers.items()}
    return {name: {"operationId": name, "parameters": {"id": id_at, **more}} for name in operations}
