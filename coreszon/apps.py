from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class CoreszonConfig(AppConfig):
    name = "coreszon"
    verbose_name = "CORESZON"


class CoreszonAdminConfig(AdminConfig):
    default_site = "coreszon.admin.CoreszonAdminSite"
