"""One id from the request to whatever it began: a job, a generation, their log lines."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from ai.providers.base import ErrorKind, ProviderError
from api.requestid import NO_ID, RequestIdFilter, work_under
from api.tokens import issue_token
from content import services
from tests.fakes.provider import ScriptedProvider

logger = logging.getLogger("huntaze.tests")


@pytest.fixture
def task() -> Iterator[Any]:
    """A job that says who asked for it, and fails when told to."""

    @app.task(name="tests.note")
    def note(word: str) -> None:
        logger.warning("noted %s", word)
        if word == "fail":
            raise RuntimeError("as asked")

    yield note
    app.tasks.pop("tests.note")


@pytest.fixture
def ids(caplog: Any) -> Any:
    """`ids("word")`: the request ids of the records that say it."""
    caplog.handler.addFilter(RequestIdFilter())

    def of(words: str) -> set[str]:
        return {each.request_id for each in caplog.records if words in each.getMessage()}

    return of


async def _work() -> None:
    """A real worker, until nothing is left to do."""
    worker_app: Any = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with worker_app.open_async():
        await worker_app.run_worker_async(wait=False, install_signal_handlers=False)


async def _post(user: User, path: str, body: Any) -> Any:
    token = await sync_to_async(issue_token)(user=user, name="test")
    client = AsyncClient(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {token}"}
    return await client.post(path, body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("word", ["well", "fail"])
async def test_a_job_works_under_the_request_that_deferred_it(
    transactional_db: None, alice: User, task: Any, ids: Any, monkeypatch: Any, word: str
) -> None:
    create = services.create_draft

    def create_and_defer(**facts: Any) -> Any:
        task.defer(word=word)
        return create(**facts)

    monkeypatch.setattr(services, "create_draft", create_and_defer)
    response = await _post(alice, "/api/content", {"title": "Clay", "body": "Celadon."})
    assert response.status_code == 201
    request_id = response.headers["X-Request-ID"]
    await _work()
    assert ids(f"noted {word}") == {request_id}
    if word == "fail":
        assert ids("ended with status: Error") == {request_id}
    # What the job was given is what it was deferred with.
    job = await ProcrastinateJob.objects.aget(task_name="tests.note")
    assert job.args == {"word": word, "_request_id": request_id}


async def test_jobs_of_nobody_have_each_an_id_of_their_own(
    transactional_db: None, task: Any, ids: Any
) -> None:
    # What a test before left in this thread's context.
    work_under(NO_ID)
    await task.defer_async(word="first")
    await task.batch_defer_async({"word": "second"}, {"word": "third"})
    await _work()
    found = [*ids("noted first"), *ids("noted second"), *ids("noted third")]
    assert len(set(found)) == 3
    assert all(len(each) == 32 for each in found)


async def test_a_generation_is_logged_under_the_request_that_began_it(
    transactional_db: None, alice: User, scripted: ScriptedProvider, ids: Any
) -> None:
    scripted.say(ProviderError(ErrorKind.SERVER))
    response = await _post(alice, "/api/ai/generate", {"prompt": "About clay"})
    assert response.status_code == 502
    assert ids("did not answer") == ids("failed for") == {response.headers["X-Request-ID"]}
