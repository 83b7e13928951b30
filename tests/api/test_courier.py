"""How news leave a process that has no sockets."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from api import news
from api.courier import courier
from tests.factories import make_draft


def test_a_caller_never_waits_for_redis_nor_fails(
    alice: User, settings: Any, django_capture_on_commit_callbacks: Any, caplog: Any
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    layer = {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [settings.REDIS_URL], "prefix": "huntaze"},
    }
    settings.CHANNEL_LAYERS = {"default": layer}
    began = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(20):
            make_draft(alice)
    assert timezone.now() - began < timedelta(seconds=2)
    courier.flush()
    assert caplog.text.count("does not take news") == 1


def test_a_command_beside_a_server_on_memory_leaves_a_job(
    alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        news.tell(alice.pk, "usage")
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args["message"]["user"]) == ("api.pass_on_news", str(alice.pk))


def test_a_transaction_that_is_told_of_is_over_first(
    alice: User, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    posted: list[Any] = []
    monkeypatch.setattr("api.courier.post", posted.append)
    with django_capture_on_commit_callbacks(execute=True):
        make_draft(alice)
        assert posted == []
    assert [each["topic"] for each in posted] == ["content"]
