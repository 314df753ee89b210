from django.core.management.base import BaseCommand

from coreszon.catalogues import path_of, read, translated_languages, untranslated, update


class Command(BaseCommand):
    help = "Write the messages of the code into the catalogue of each language."

    def handle(self, *args: object, **options: object) -> None:
        for language in translated_languages():
            update(language)
            missing = len(untranslated(read(language)))
            self.stdout.write(f"{path_of(language)}: {missing} left to translate")
