import os

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from coreszon import servers


class Command(BaseCommand):
    help = "Delete the demo with all that was entered in it; the next start makes a new one."
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        accounts = settings.VAR_DIR / "demo-accounts.txt"
        if "DATABASE_URL" not in servers.wanted_servers(os.environ):
            raise CommandError(
                "The database is not ours: DATABASE_URL names it. Empty it yourself."
            )
        if not accounts.exists():
            raise CommandError(f"There is no demo in {settings.VAR_DIR}, so nothing was deleted.")
        if not servers.destroy_data(settings.VAR_DIR):
            raise CommandError("The site is running. Stop it with Ctrl-C, then try again.")
        accounts.unlink()
        self.stdout.write("The demo is gone. The next start makes a new one.")
