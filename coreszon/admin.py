from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class CoreszonAdminSite(admin.AdminSite):
    site_header = "CORESZON"
    site_title = "CORESZON"
    index_title = _("Today")
    enable_nav_sidebar = False
