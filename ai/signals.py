"""News that the layers above may listen to."""

from django.dispatch import Signal

# Sent inside the transaction that settles a generation, with `generation`.
generation_finished = Signal()
