"""The admin, limited to what the user may see: in every list, choice, filter and posted id.

An admin class takes its rows from `visible_to(user)` of the model's QuerySet and its permissions
from the app's `rules.py`. A model whose QuerySet says nothing of visibility is shown to nobody but
superusers, so that forgetting it hides rows instead of leaking them.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import AnonymousUser
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.db.models.fields.related import RelatedField
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from communities.admin_fields import NATIVE_PICKERS, CodeChoiceField

M = TypeVar("M", bound=Model)


def visible(rows: QuerySet[M], user: User | AnonymousUser) -> QuerySet[M]:
    """Limit rows to those that the user may see; to none if nobody has said which those are."""
    limit = getattr(rows, "visible_to", None)
    if limit is not None:
        limited: QuerySet[M] = limit(user)
        return limited
    return rows if user.is_superuser else rows.none()


class ScopedForm(forms.ModelForm[M]):
    """Refuses to save a row to where the user may not, and says which rule it would break."""

    may_save: ClassVar[Callable[[Model], bool]] = staticmethod(lambda _row: True)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc] # the stubs leave this hook out
        if self.errors:
            return
        if not type(self).may_save(self.instance):
            self.add_error(None, _("You may not do this there. Choose a community of yours."))
            return
        self.check_hidden_constraints()

    def check_hidden_constraints(self) -> None:
        """Check what Django skips: constraints that name a field which the form does not show."""
        try:
            self.instance.validate_constraints()
        except forms.ValidationError as error:
            for message in error.messages:
                self.add_error(None, message)


class ScopedRelatedFilter(admin.RelatedFieldListFilter):
    """A side-bar filter that names only what the user may see."""

    def field_choices(
        self,
        field: Any,  # noqa: ANN401 - Django's signature
        request: HttpRequest,
        model_admin: Any,  # noqa: ANN401 - Django's signature
    ) -> list[tuple[str, Any]]:
        rows = visible(field.remote_field.model._default_manager.all(), request.user)  # noqa: SLF001 - the admin's own way
        ordering = self.field_admin_ordering(field, request, model_admin)
        choices: list[tuple[str, Any]] = field.get_choices(
            include_blank=False, ordering=ordering, limit_choices_to={"pk__in": rows.values("pk")}
        )
        return choices


class _Scoped(admin.options.BaseModelAdmin[M]):
    """What pages and inlines share: which rows, which choices."""

    formfield_overrides = NATIVE_PICKERS
    #: Foreign keys that are typed as a code.
    code_fields: Sequence[str] = ()

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name not in self.code_fields or not isinstance(db_field, ForeignKey):
            field = super().formfield_for_dbfield(db_field, request, **kwargs)
            if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
                field.widget = field.widget.widget  # pop-ups are no good on a phone
            return field
        rows = db_field.remote_field.model._default_manager.all()  # noqa: SLF001 - the admin's own way
        return CodeChoiceField(
            visible(rows, request.user),
            label=capfirst(db_field.verbose_name),
            required=not db_field.blank,
            help_text=_("The code, for example P-7K3M9QXX"),
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        return visible(super().get_queryset(request), request.user)

    def get_field_queryset(
        self, db: str | None, db_field: RelatedField[Any, Any], request: HttpRequest
    ) -> QuerySet[Any]:
        rows = super().get_field_queryset(db, db_field, request)
        if rows is None:
            rows = db_field.remote_field.model._default_manager.all()  # noqa: SLF001 - the admin's own way
        return visible(rows, request.user)

    def _allows(self, request: HttpRequest, verb: str, row: Model | None = None) -> bool:
        codename = get_permission_codename(verb, self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}", row)


class ScopedModelAdmin(_Scoped[M], admin.ModelAdmin[M]):
    """A model's admin pages, limited to the user's scope."""

    form: type[forms.ModelForm[M]] = ScopedForm

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self._allows(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._allows(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self._allows(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self._allows(request, "delete", obj)

    def get_form(
        self,
        request: HttpRequest,
        obj: M | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **kwargs: Any,
    ) -> type[forms.ModelForm[M]]:
        form = super().get_form(request, obj, change, **kwargs)
        verb = "change" if change else "add"

        def may_save(row: Model) -> bool:
            return self._allows(request, verb, row)

        return type(form.__name__, (form,), {"may_save": staticmethod(may_save)})

    def get_list_filter(self, request: HttpRequest) -> Any:  # noqa: ANN401 - likewise
        return [self._scoped_filter(entry) for entry in super().get_list_filter(request)]

    def _scoped_filter(self, entry: Any) -> Any:  # noqa: ANN401 - a filter comes in five forms
        if not isinstance(entry, str):
            return entry
        field = get_fields_from_path(self.model, entry)[-1]
        return (entry, ScopedRelatedFilter) if field.is_relation else entry

    def get_deleted_objects(
        self, objs: QuerySet[M] | Sequence[M], request: HttpRequest
    ) -> tuple[list[Any], dict[Any, Any], set[Any], list[Any]]:
        """Name what is deleted, but only count what hangs on it: that may be somebody else's."""
        _to_delete, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        if protected:
            text = ngettext("%(n)d row that needs it", "%(n)d rows that need it", len(protected))
            protected = [text % {"n": len(protected)}]
        return [str(row) for row in objs], counts, perms_needed, protected


class ScopedInline(_Scoped[M], admin.options.InlineModelAdmin[M, Model]):
    """Rows inside their parent's page: whoever may change the parent may change them."""

    extra = 0
    show_change_link = False

    def _allowed_in_parent(self, request: HttpRequest, verb: str, parent: Model | None) -> bool:
        if not self._allows(request, verb):
            return False
        if parent is None:
            return True
        opts = self.parent_model._meta  # noqa: SLF001 - the admin's own way
        needed = get_permission_codename("view" if verb == "view" else "change", opts)
        return request.user.has_perm(f"{opts.app_label}.{needed}", parent)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._allowed_in_parent(request, "view", obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._allowed_in_parent(request, "add", obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._allowed_in_parent(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._allowed_in_parent(request, "delete", obj)


class ScopedTabularInline(ScopedInline[M], admin.TabularInline[M, Model]):
    """A table, for rows that are shown and not changed: its inputs have no labels."""


class ScopedStackedInline(ScopedInline[M], admin.StackedInline[M, Model]):
    """One below the other: a table of inputs has no labels and doesn't fit a phone."""
