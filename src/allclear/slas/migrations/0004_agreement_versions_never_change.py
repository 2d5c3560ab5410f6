from django.db import migrations

GUARD = """
CREATE FUNCTION slas_agreement_version_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Versions of agreements never change: % on slas_agreement_version is refused.', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER slas_agreement_version_insert_only BEFORE UPDATE ON slas_agreement_version
    FOR EACH ROW EXECUTE FUNCTION slas_agreement_version_refuse();
"""
UNGUARD = """
DROP TRIGGER slas_agreement_version_insert_only ON slas_agreement_version;
DROP FUNCTION slas_agreement_version_refuse();
"""


class Migration(migrations.Migration):
    """What an agreement said is what clocks were measured by. It goes only with an agreement that was never used."""

    dependencies = [("slas", "0003_agreements")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
