import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('workshops', '0002_session_log_keeps_marks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='attendance',
            name='enrolment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attendances', to='workshops.enrolment', verbose_name='enrolment'),
        ),
        migrations.AlterField(
            model_name='attendance',
            name='recorded_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by'),
        ),
        migrations.AlterField(
            model_name='attendance',
            name='session',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attendances', to='workshops.session', verbose_name='session'),
        ),
        migrations.AlterField(
            model_name='enrolmentevent',
            name='at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='at'),
        ),
        migrations.AlterField(
            model_name='enrolmentevent',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AlterField(
            model_name='enrolmentevent',
            name='enrolment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='workshops.enrolment', verbose_name='enrolment'),
        ),
        migrations.AlterField(
            model_name='enrolmentevent',
            name='from_status',
            field=models.CharField(blank=True, choices=[('invited', 'invited'), ('enrolled', 'enrolled'), ('waitlisted', 'on the waiting list'), ('withdrawn', 'withdrawn')], max_length=10, verbose_name='status before'),
        ),
        migrations.AlterField(
            model_name='enrolmentevent',
            name='to_status',
            field=models.CharField(choices=[('invited', 'invited'), ('enrolled', 'enrolled'), ('waitlisted', 'on the waiting list'), ('withdrawn', 'withdrawn')], max_length=10, verbose_name='status after'),
        ),
        migrations.AlterField(
            model_name='facilitation',
            name='session',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='facilitations', to='workshops.session', verbose_name='session'),
        ),
        migrations.AlterField(
            model_name='fidelityitem',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fidelity_items', to='workshops.programme', verbose_name='programme'),
        ),
        migrations.AlterField(
            model_name='fidelityrating',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ratings', to='workshops.fidelityitem', verbose_name='fidelity mark'),
        ),
        migrations.AlterField(
            model_name='fidelityrating',
            name='log',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ratings', to='workshops.sessionlog', verbose_name='session log'),
        ),
        migrations.AlterField(
            model_name='headcount',
            name='session',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='workshops.session', verbose_name='session'),
        ),
        migrations.AlterField(
            model_name='incident',
            name='session',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='workshops.session', verbose_name='session'),
        ),
        migrations.AlterField(
            model_name='module',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='modules', to='workshops.programme', verbose_name='programme'),
        ),
        migrations.AlterField(
            model_name='sessionlog',
            name='session',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='logs', to='workshops.session', verbose_name='session'),
        ),
        migrations.AlterField(
            model_name='sessionlog',
            name='superseded_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='replaced'),
        ),
    ]
