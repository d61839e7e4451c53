"""The tables of invoices, and the triggers that keep what is issued.
"""

import django.db.models.deletion
import django.db.models.expressions
import paymenthub.kernel.clock
import paymenthub.kernel.ids
from django.db import migrations, models


MAY_CHANGE = (
    "file_state",
    "file_tries",
    "file_due_at",
    "file_error",
    "pdf_size",
    "pdf_sha256",
    "xml_size",
    "xml_sha256",
    "rendered_at",
)
COLUMNS = ", ".join(f"'{name}'" for name in MAY_CHANGE)
FUNCTIONS = f"""
CREATE FUNCTION invoices_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - ARRAY[{COLUMNS}]) IS DISTINCT FROM (to_jsonb(NEW) - ARRAY[{COLUMNS}]) THEN
        RAISE EXCEPTION '% is immutable once issued', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION invoices_count_by_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.last <> OLD.last + 1 OR (to_jsonb(OLD) - 'last') IS DISTINCT FROM (to_jsonb(NEW) - 'last') THEN
        RAISE EXCEPTION '% counts by one', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON invoices_invoice
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_change();
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON invoices_logo
    FOR EACH ROW EXECUTE FUNCTION invoices_refuse_change();
CREATE TRIGGER count_by_one BEFORE UPDATE OR DELETE ON invoices_numberseries
    FOR EACH ROW EXECUTE FUNCTION invoices_count_by_one();
"""
UNDO = """
DROP TRIGGER immutable ON invoices_invoice;
DROP TRIGGER immutable ON invoices_logo;
DROP TRIGGER count_by_one ON invoices_numberseries;
DROP FUNCTION invoices_refuse_change();
DROP FUNCTION invoices_count_by_one();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('payments', '0015_invoices'),
    ]

    operations = [
        migrations.CreateModel(
            name='Logo',
            fields=[
                ('id', models.UUIDField(default=paymenthub.kernel.ids.new_uuid, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=paymenthub.kernel.clock.now, editable=False)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('type', models.CharField(max_length=16)),
                ('data', models.BinaryField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.UUIDField(default=paymenthub.kernel.ids.new_uuid, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=paymenthub.kernel.clock.now, editable=False)),
                ('mode', models.CharField(choices=[('test', 'Test'), ('live', 'Live')], max_length=4)),
                ('kind', models.CharField(choices=[('invoice', 'invoice'), ('credit_note', 'credit note')], max_length=16)),
                ('series', models.CharField(max_length=16)),
                ('year', models.PositiveSmallIntegerField()),
                ('sequence', models.PositiveIntegerField()),
                ('number', models.CharField(max_length=64)),
                ('issued_at', models.DateTimeField()),
                ('currency', models.CharField(max_length=3)),
                ('net', models.BigIntegerField()),
                ('vat', models.BigIntegerField()),
                ('gross', models.BigIntegerField()),
                ('logo_digest', models.CharField(blank=True, max_length=64)),
                ('document', models.JSONField()),
                ('file_token', models.CharField(max_length=64, unique=True)),
                ('file_state', models.CharField(choices=[('due', 'To be made'), ('ready', 'Ready'), ('failed', 'Failed, tried again')], default='due', max_length=8)),
                ('file_tries', models.PositiveIntegerField(default=0)),
                ('file_due_at', models.DateTimeField(default=paymenthub.kernel.clock.now, null=True)),
                ('file_error', models.CharField(blank=True, max_length=255)),
                ('pdf_size', models.PositiveIntegerField(null=True)),
                ('pdf_sha256', models.CharField(blank=True, max_length=64)),
                ('xml_size', models.PositiveIntegerField(null=True)),
                ('xml_sha256', models.CharField(blank=True, max_length=64)),
                ('rendered_at', models.DateTimeField(null=True)),
                ('movement', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.movement')),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payment')),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.project')),
                ('refers_to', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='referring', to='invoices.invoice')),
                ('refund', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.refund')),
            ],
            options={
                'indexes': [models.Index(fields=['project', 'mode', 'created_at', 'id'], name='invoice_by_time'), models.Index(condition=models.Q(('file_state', 'ready'), _negated=True), fields=['file_due_at'], name='invoice_file_due')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('movement', None)), fields=('payment',), name='invoice_once_per_payment'), models.UniqueConstraint(fields=('project', 'mode', 'number'), name='invoice_number_once'), models.UniqueConstraint(fields=('project', 'mode', 'series', 'year', 'sequence'), name='invoice_sequence_once'), models.CheckConstraint(condition=models.Q(('gross', django.db.models.expressions.CombinedExpression(models.F('net'), '+', models.F('vat'))), ('gross__gt', 0), ('net__gte', 0), ('vat__gte', 0)), name='invoice_adds_up'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'invoice'), ('movement', None), ('refers_to', None)), models.Q(('movement__isnull', False), ('refers_to__isnull', False)), _connector='OR'), name='invoice_refers_where_it_must')],
            },
        ),
        migrations.CreateModel(
            name='IssueJob',
            fields=[
                ('id', models.UUIDField(default=paymenthub.kernel.ids.new_uuid, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=paymenthub.kernel.clock.now, editable=False)),
                ('event_id', models.UUIDField(null=True, unique=True)),
                ('state', models.CharField(choices=[('due', 'Due'), ('held', 'Held for an operator')], default='due', max_length=8)),
                ('tries', models.PositiveIntegerField(default=0)),
                ('due_at', models.DateTimeField(default=paymenthub.kernel.clock.now)),
                ('problem', models.CharField(blank=True, max_length=32)),
                ('message', models.CharField(blank=True, max_length=500)),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payment')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.project')),
            ],
            options={
                'verbose_name': 'invoice to issue',
                'verbose_name_plural': 'invoices to issue',
                'indexes': [models.Index(condition=models.Q(('state', 'due')), fields=['due_at'], name='issue_job_due')],
            },
        ),
        migrations.CreateModel(
            name='IssuerProfile',
            fields=[
                ('id', models.UUIDField(default=paymenthub.kernel.ids.new_uuid, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=paymenthub.kernel.clock.now, editable=False)),
                ('when', models.CharField(choices=[('at_capture', 'At final capture'), ('on_request', 'On request'), ('never', 'Never')], default='at_capture', max_length=16)),
                ('company', models.CharField(blank=True, max_length=255)),
                ('street', models.CharField(blank=True, max_length=255)),
                ('postal_code', models.CharField(blank=True, max_length=32)),
                ('city', models.CharField(blank=True, max_length=255)),
                ('state', models.CharField(blank=True, max_length=64)),
                ('country', models.CharField(blank=True, max_length=2)),
                ('vat_id', models.CharField(blank=True, max_length=32)),
                ('tax_number', models.CharField(blank=True, max_length=64)),
                ('email', models.CharField(blank=True, max_length=255)),
                ('telephone', models.CharField(blank=True, max_length=64)),
                ('iban', models.CharField(blank=True, max_length=34)),
                ('bic', models.CharField(blank=True, max_length=11)),
                ('footer', models.CharField(blank=True, max_length=1000)),
                ('language', models.CharField(default='en', max_length=8)),
                ('prices_include_tax', models.BooleanField(default=True)),
                ('default_vat_rate', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True)),
                ('number_template', models.CharField(default='{series}{year}-{n:05}', max_length=40)),
                ('invoice_series', models.CharField(blank=True, default='INV', max_length=9)),
                ('credit_note_series', models.CharField(blank=True, default='CN', max_length=9)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('project', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.project')),
                ('logo', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='invoices.logo')),
            ],
            options={
                'verbose_name': 'issuer',
                'permissions': [('issue_invoice', 'Can issue invoices that are held, and have files made again')],
                'constraints': [models.CheckConstraint(condition=models.Q(('default_vat_rate', None), models.Q(('default_vat_rate__gte', 0), ('default_vat_rate__lte', 100)), _connector='OR'), name='profile_rate_is_a_percentage')],
            },
        ),
        migrations.CreateModel(
            name='NumberSeries',
            fields=[
                ('id', models.UUIDField(default=paymenthub.kernel.ids.new_uuid, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=paymenthub.kernel.clock.now, editable=False)),
                ('mode', models.CharField(choices=[('test', 'Test'), ('live', 'Live')], max_length=4)),
                ('series', models.CharField(max_length=16)),
                ('year', models.PositiveSmallIntegerField()),
                ('last', models.PositiveIntegerField()),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.project')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('project', 'mode', 'series', 'year'), name='number_series_once')],
            },
        ),
        migrations.CreateModel(
            name='PrintJob',
            fields=[
                ('id', models.UUIDField(default=paymenthub.kernel.ids.new_uuid, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=paymenthub.kernel.clock.now, editable=False)),
                ('mode', models.CharField(choices=[('test', 'Test'), ('live', 'Live')], max_length=4)),
                ('digest', models.CharField(max_length=128)),
                ('document', models.JSONField()),
                ('logo_digest', models.CharField(blank=True, max_length=64)),
                ('state', models.CharField(choices=[('due', 'Due'), ('ready', 'Ready'), ('failed', 'Failed')], default='due', max_length=8)),
                ('tries', models.PositiveIntegerField(default=0)),
                ('due_at', models.DateTimeField(default=paymenthub.kernel.clock.now)),
                ('pdf', models.BinaryField(null=True)),
                ('project', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.project')),
            ],
            options={
                'indexes': [models.Index(fields=['created_at'], name='print_job_by_time')],
                'constraints': [models.UniqueConstraint(fields=('project', 'mode', 'digest'), name='print_job_once')],
            },
        ),
        migrations.RunSQL(FUNCTIONS, UNDO),
    ]
