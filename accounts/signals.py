"""News that the layers above may listen to."""

from django.dispatch import Signal

# Sent inside the transaction that closes an account, with `user`.
account_closed = Signal()
# Sent inside the transaction of a sign-up, with `user`.
account_opened = Signal()
