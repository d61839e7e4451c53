"""Machines that projects install; the database refuses to change one."""

import django.db.models.deletion
import paymenthub.kernel.clock
import paymenthub.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0010_saga_metadata'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditentry',
            name='action',
            field=models.CharField(choices=[('refund', 'Refund'), ('capture', 'Capture'), ('cancel', 'Cancel'), ('expire', 'Expire'), ('check', 'Check now'), ('decide', 'Decide an outcome'), ('resolve', 'Resolve an item'), ('install_machine', 'Install a machine'), ('use_machine', 'Choose a machine')], max_length=16),
        ),
        migrations.AlterField(
            model_name='operatoritem',
            name='kind',
            field=models.CharField(choices=[('amount_mismatch', 'Amount mismatch'), ('unexpected_event', 'Unexpected event'), ('late_success', 'Late success'), ('second_winner', 'Second winner'), ('in_doubt', 'In doubt'), ('unmatched', 'Unmatched'), ('conflict', 'Conflict'), ('account_mismatch', 'Account mismatch'), ('reference_conflict', 'Reference conflict'), ('rejected', 'Rejected'), ('credentials', 'Credentials'), ('external_refund', 'External refund'), ('chargeback', 'Chargeback'), ('refund_reversed', 'Refund reversed'), ('authorization_expires', 'Authorization expires'), ('ledger_imbalance', 'Ledger imbalance'), ('machine_missing', 'Machine missing'), ('metadata_refused', 'Metadata refused')], max_length=32),
        ),
        migrations.CreateModel(
            name='MachineDefinition',
            fields=[
                ('id', models.UUIDField(default=paymenthub.kernel.ids.new_uuid, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=paymenthub.kernel.clock.now, editable=False)),
                ('name', models.CharField(max_length=64)),
                ('version', models.PositiveIntegerField()),
                ('definition', models.JSONField(help_text="The machine in the Flow Manager's machineDefinition format.")),
                ('checksum', models.CharField(help_text='SHA-256 of the definition.', max_length=64)),
                ('installed_by', models.CharField(max_length=128)),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='machines', to='payments.project')),
            ],
            options={
                'verbose_name': 'machine',
                'permissions': [('install_machine', "Can install a machine and choose a project's")],
            },
        ),
        migrations.AddField(
            model_name='project',
            name='active_machine',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.machinedefinition'),
        ),
        migrations.AddConstraint(
            model_name='machinedefinition',
            constraint=models.UniqueConstraint(fields=('name', 'version'), name='machine_version_once'),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments_machinedefinition "
            "FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();",
            "DROP TRIGGER append_only ON payments_machinedefinition;",
        ),
    ]
