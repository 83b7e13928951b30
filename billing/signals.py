"""News that the layers above may listen to."""

from django.dispatch import Signal

# Sent inside the transaction that changes somebody's plan, with `user` and `plan`.
plan_changed = Signal()
