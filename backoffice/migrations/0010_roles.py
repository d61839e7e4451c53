from django.db import migrations

from backoffice.services.sync_roles import sync_roles


def make_roles(apps, schema_editor):
    """Make the hub's roles as groups. Later versions bring them up to date after `migrate`."""
    sync_roles(apps)


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('backoffice', '0009_people'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('invoices', '0001_initial'),
        ('payments', '0034_merged_words_of_the_backoffice'),
    ]

    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
