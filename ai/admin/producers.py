"""The processes that write: which live, and how many generations each has in hand."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ai.models import Generation, Producer
from api.admin import HistoryAdmin

# Four beats that were missed: the keeper calls it dead, too.
ALIVE = timedelta(seconds=20)


@admin.register(Producer)
class ProducerAdmin(HistoryAdmin[Producer]):
    """Read-only: a process says itself that it lives."""

    list_display = ("__str__", "is_alive", "running", "beat_at", "started_at", "ended_at")
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "started_at")
    search_fields = ("=id", "host")
    fields = ("id", "host", "pid", "is_alive", "running", "started_at", "beat_at", "ended_at")
    readonly_fields = ("is_alive", "running")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Producer]:
        """With what is being written, counted over the index of what runs."""
        rows = Generation.objects.streaming().filter(producer=OuterRef("pk")).order_by()
        counted = rows.values("producer").annotate(n=Count("pk")).values("n")
        count = Coalesce(Subquery(counted, output_field=IntegerField()), 0)
        return super().get_queryset(request).annotate(running_count=count)

    @admin.display(description=_("alive"), boolean=True)
    def is_alive(self, row: Producer) -> bool:
        """Whether it has said so lately and has not taken its leave."""
        return row.ended_at is None and row.beat_at > timezone.now() - ALIVE

    @admin.display(description=_("being written"))
    def running(self, row: Any) -> int:
        """Generations that it has in hand."""
        return int(row.running_count)
