"""Movements, transitions and delivery tries are history: the database refuses to change them."""

from django.db import migrations

TABLES = ("payments_movement", "payments_transition", "payments_deliverytry")

FUNCTION = """
CREATE FUNCTION payments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


def trigger(table: str) -> str:
    return (
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION payments_refuse_change();"
    )


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION payments_refuse_change();"),
        *(migrations.RunSQL(trigger(table), f"DROP TRIGGER append_only ON {table};") for table in TABLES),
    ]
