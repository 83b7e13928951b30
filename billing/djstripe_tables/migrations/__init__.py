"""dj-stripe's own migrations, and the sum of the first three: 500 steps that took a minute.

A new database takes the sum; one that has taken the three is left as it is. What dj-stripe adds
later is found beside it.
"""

from djstripe import migrations

__path__ = [*__path__, *migrations.__path__]
