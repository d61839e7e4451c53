from django.conf import settings
from django.db import migrations


def keep_what_they_saw(apps, schema_editor):
    """Whoever was staff before projects were scoped has seen all of them, and goes on doing so."""
    user_model = apps.get_model(settings.AUTH_USER_MODEL)
    profile_model = apps.get_model("backoffice", "StaffProfile")
    profile_model.objects.bulk_create(
        profile_model(user=user, all_projects=True)
        for user in user_model.objects.filter(is_staff=True, is_superuser=False)
    )


class Migration(migrations.Migration):

    dependencies = [
        ('backoffice', '0001_staff'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(keep_what_they_saw, migrations.RunPython.noop)]
