import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('communities', '0004_fields_in_words'),
        ('trainers', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='certification',
            name='trainer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='certifications', to='trainers.trainer', verbose_name='trainer'),
        ),
        migrations.AlterField(
            model_name='trainer',
            name='participant',
            field=models.OneToOneField(blank=True, help_text='If they were trained here', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='trainer', to='communities.participant', verbose_name='participant'),
        ),
        migrations.AlterField(
            model_name='trainerlanguage',
            name='trainer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='languages', to='trainers.trainer', verbose_name='trainer'),
        ),
    ]
