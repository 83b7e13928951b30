"""Each change of content counts a version of its owner's content; its revisions do too."""

from django.db import migrations

from api.versions import count_changes_of


class Migration(migrations.Migration):
    dependencies = [("api", "0003_data_version"), ("content", "0001_initial")]

    operations = [count_changes_of("content_content", "content")]
