"""A job works under the id of the request that deferred it; one of the clock's under its own."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from procrastinate import App
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from api.requestid import NO_ID, current_request_id, work_under

# Beside a job's own arguments, and taken out before it runs.
ARGUMENT = "_request_id"


class RequestJobManager(JobManager):
    """Writes the id of the request at hand beside the arguments of each job."""

    def batch_defer_jobs(self, jobs: list[Job], connection: Any = None) -> list[Job]:
        """Where every job that is deferred by sync code passes."""
        deferred: list[Job] = super().batch_defer_jobs(_marked(jobs), connection)
        return deferred

    async def batch_defer_jobs_async(self, jobs: list[Job], connection: Any = None) -> list[Job]:
        """The same for async code."""
        deferred: list[Job] = await super().batch_defer_jobs_async(_marked(jobs), connection)
        return deferred


def _marked(jobs: list[Job]) -> list[Job]:
    request_id = current_request_id()
    if request_id == NO_ID:
        return jobs
    return [job.evolve(task_kwargs={**job.task_kwargs, ARGUMENT: request_id}) for job in jobs]


async def _under_its_request(
    call_next: Callable[[], Awaitable[Any]], context: Any, worker: Any
) -> Any:
    """Set the id for the job's own asyncio task: how it ended is logged there, too."""
    work_under(context.job.task_kwargs.pop(ARGUMENT, None) or uuid.uuid4().hex)
    return await call_next()


def carry_request_ids(app: App) -> None:
    """Procrastinate's hook: once, when its app is made, for every way to defer and to work."""
    app.job_manager = RequestJobManager(app.connector)
    app.worker_defaults["worker_middleware"] = [_under_its_request]
