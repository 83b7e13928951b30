import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ai', '0003_one_answer_at_a_time'),
    ]

    operations = [
        migrations.AddField(
            model_name='generation',
            name='final_flaws',
            field=models.JSONField(blank=True, default=list, verbose_name='flaws that are left'),
        ),
        migrations.AlterField(
            model_name='generation',
            name='producer',
            field=models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='ai.producer', verbose_name='process'),
        ),
        # What ended before was counted when it had a text.
        migrations.RunSQL(
            """
            UPDATE ai_generation
            SET is_counted = text ~ '\\S', cost_if_mini_usd = COALESCE(cost_if_mini_usd, 0)
            WHERE status <> 'STREAMING'
            """,
            migrations.RunSQL.noop,
        ),
    ]
