from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig

from coreszon.logs import protect_access_logs


class CoreszonConfig(AppConfig):
    name = "coreszon"
    verbose_name = "CORESZON"

    def ready(self) -> None:
        protect_access_logs()


class CoreszonAdminConfig(AdminConfig):
    default_site = "coreszon.admin.CoreszonAdminSite"
