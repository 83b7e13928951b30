"""Versions of people's data: a number by person and topic that grows with every change.

The database counts them, in the transaction of the change itself (a trigger of the table that
changes: `count_changes_of`), so that no reader sees new data under an old number, whoever wrote
it and whatever crashed. What is cached or tagged under a number is true for as long as it stands.
"""

from typing import Any

from django.db.migrations import RunSQL
from django.db.models import F, JSONField, Subquery
from django.db.models.expressions import Func

from api.models import DataVersion


class _ObjectAgg(Func):
    function = "jsonb_object_agg"
    output_field = JSONField()


def versions_of(owner: Any) -> Subquery[Any]:
    """A subquery: `{topic: number}` of the person that `owner` refers to; null for none."""
    rows = DataVersion.objects.filter(user_id=owner).order_by().values("user_id")
    return Subquery(rows.annotate(all=_ObjectAgg(F("topic"), F("number"))).values("all"))


def count_changes_of(table: str, topic: str, *, owner: str = "user_id") -> RunSQL:
    """A migration's operation: each statement that changes rows of `table` counts a version.

    One row of `api_dataversion` a person and topic is written, in the statement's transaction.
    """
    name = f"count_{table}"
    return RunSQL(
        _FUNCTION.format(name=name, table=table, topic=topic, owner=owner),
        f"DROP FUNCTION {name}() CASCADE",
    )


# A deletion may be that of the person too: it must not bring the number's row back. (A branch that
# does not run is not planned either: each names only what its trigger has.)
_FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE api_dataversion SET number = number + 1
        WHERE topic = '{topic}' AND user_id IN (SELECT {owner} FROM old_rows);
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO api_dataversion AS version (user_id, topic, number)
        SELECT DISTINCT {owner}, '{topic}', 1 FROM new_rows ORDER BY {owner}
        ON CONFLICT (user_id, topic) DO UPDATE SET number = version.number + 1;
    ELSE
        INSERT INTO api_dataversion AS version (user_id, topic, number)
        SELECT {owner}, '{topic}', 1
        FROM (SELECT {owner} FROM old_rows UNION SELECT {owner} FROM new_rows) AS owners
        ORDER BY {owner}
        ON CONFLICT (user_id, topic) DO UPDATE SET number = version.number + 1;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER {name}_inserted AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {name}();
CREATE TRIGGER {name}_updated AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {name}();
CREATE TRIGGER {name}_deleted AFTER DELETE ON {table}
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""
