"""News that the layers above may listen to; each is sent inside the transaction, with `content`."""

from django.dispatch import Signal

content_created = Signal()
content_changed = Signal()
content_published = Signal()
content_deleted = Signal()
