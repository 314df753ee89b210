import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('surveys', '0002_card_withdrawn_on'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='importbatch',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by'),
        ),
        migrations.AlterField(
            model_name='instrumentversion',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created'),
        ),
        migrations.AlterField(
            model_name='instrumentversion',
            name='instrument',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='surveys.instrument', verbose_name='instrument'),
        ),
        migrations.AlterField(
            model_name='responseconflict',
            name='decision',
            field=models.CharField(choices=[('open', 'to be decided'), ('keep_first', 'the first one counts'), ('take_second', 'the second one counts')], default='open', max_length=12, verbose_name='decision'),
        ),
        migrations.AlterField(
            model_name='responseconflict',
            name='received_at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='received'),
        ),
        migrations.AlterField(
            model_name='responseconflict',
            name='wave',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conflicts', to='surveys.wave', verbose_name='wave'),
        ),
        migrations.AlterField(
            model_name='wave',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waves', to='surveys.waveplan', verbose_name='wave plan'),
        ),
    ]
