"""Brings callers to where signing in goes on: a session, or a code that was mailed to them."""

import json
import os
import random
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests
import schemathesis

from tests.fuzz.post import code_for

FACTS = json.loads(Path(os.environ["FUZZ_FACTS"]).read_text())
CHANCE = random.Random(0)  # noqa: S311  (the same in every run)
# Of what can go on from somewhere, the part that does.
CARRIED_ON = 0.9
SECRET = "x" * 32
PASSWORD = "glaze and cobalt"


def _address() -> dict[str, str]:
    """From another address each time: nobody's limits are what is tested here."""
    return {"X-Forwarded-For": ".".join(str(CHANCE.randrange(20, 220)) for _part in range(4))}


def _headers(session: str = "") -> dict[str, str]:
    if FACTS["client"] == "app":
        return {"X-Session-Token": session} if session else {}
    cookie = f"csrftoken={SECRET}" + (f"; sessionid={session}" if session else "")
    return {"Cookie": cookie, "X-CSRFToken": SECRET}


def _begin(path: str, email: str, **more: str) -> tuple[str, str]:
    """(session, mailed code) behind a first step."""
    url = f"{FACTS['server']}/_allauth/{FACTS['client']}/v1/auth/{path}"
    body = {"email": email, **more}
    answer = requests.post(url, json=body, headers=_headers() | _address(), timeout=20)
    session = answer.cookies.get("sessionid") or ""
    if FACTS["client"] == "app" and answer.status_code == 401:
        session = answer.json()["meta"].get("session_token") or ""
    return session, code_for(Path(FACTS["codes"]), email)


def _somebody() -> str:
    email: str = CHANCE.choice(FACTS["emails"])
    return email


def _confirm_login(case: Any) -> str:
    session, code = _begin("code/request", _somebody())
    _set(case, "code", code)
    return session


def _verify_email(case: Any) -> str:
    email = f"new-{uuid4().hex}@example.com"
    session, code = _begin("signup", email)
    _set(case, "key", code)
    case.headers["X-Email-Verification-Key"] = code
    return session


def _reset_password(case: Any) -> str:
    session, code = _begin("password/request", _somebody())
    _set(case, "key", code)
    case.headers["X-Password-Reset-Key"] = code
    return session


def _set(case: Any, name: str, code: str) -> None:
    if isinstance(case.body, dict) and name in case.body and code:
        case.body[name] = code


STEPS = {
    "/auth/code/confirm": _confirm_login,
    "/auth/code/resend": _confirm_login,
    "/auth/email/verify": _verify_email,
    "/auth/email/verify/resend": _verify_email,
    "/auth/password/reset": _reset_password,
}
# What a session is needed for.
INSIDE = ("/account/", "/auth/session", "/auth/reauthenticate")


def _session(case: Any) -> str:
    if CHANCE.random() > CARRIED_ON:
        return ""
    path = case.path.partition("/v1")[2]
    if step := STEPS.get(path):
        return step(case)
    if not path.startswith(INSIDE):
        return ""
    # Whoever changes something may end their sessions by it: others read.
    pool = FACTS["reading" if case.method == "GET" else "changing"]
    session: str = CHANCE.choice(pool) if pool else ""
    if case.method == "DELETE" and path.startswith("/auth/session"):
        pool[:] = [each for each in pool if each != session]
    return session


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """What allauth 65.21 does and its description forgets."""
    schemas = raw_schema["components"]["schemas"]
    flow = schemas["Flow"]["properties"]
    flow["id"]["enum"].append("password_reset_by_code")
    flow["is_pending"]["enum"] = [True, False]
    # Of a session that is gone, nobody can say.
    _base, meta = schemas["AuthenticationMeta"]["allOf"]
    meta["properties"]["is_authenticated"]["nullable"] = True
    # A password given again is also a password.
    schemas["AuthenticationMethod"]["anyOf"] = schemas["AuthenticationMethod"].pop("oneOf")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """The same request, by somebody for whom it makes sense."""
    case.headers.update(_headers(_session(case)) | _address())
