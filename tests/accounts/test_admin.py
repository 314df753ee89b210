import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from accounts.services import record_access
from communities.models import Role
from tests.make import PASSWORD, make_community, make_member, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> User:
    user = make_user(is_superuser=True)
    client.force_login(user)
    return user


def test_new_account_signs_in_however_the_address_is_spelled(client: Client, boss: User) -> None:
    fields = {"email": "Nadia@Example.org", "name": "Nadia", "usable_password": "true"}

    made = client.post(
        reverse("admin:accounts_user_add"), fields | {"password1": PASSWORD, "password2": PASSWORD}
    )

    assert made.status_code == 302
    assert User.objects.get(name="Nadia").email == "nadia@example.org"
    assert Client().login(username="NADIA@example.org", password=PASSWORD)


def test_second_account_with_the_same_address_is_refused(client: Client, boss: User) -> None:
    make_user(email="nadia@example.org")
    fields = {"email": "NADIA@example.org", "name": "Nadia", "usable_password": "true"}

    answer = client.post(
        reverse("admin:accounts_user_add"), fields | {"password1": PASSWORD, "password2": PASSWORD}
    )

    assert answer.status_code == 200
    assert "email" in answer.context["adminform"].form.errors


@pytest.mark.parametrize("role", list(Role))
def test_no_role_reaches_accounts_or_the_audit(client: Client, role: Role) -> None:
    client.force_login(make_member(role, None))

    answers = [
        client.get(reverse(f"admin:accounts_{model}_changelist")).status_code
        for model in ("user", "auditentry")
    ]

    assert answers == [403, 403]


def test_audit_is_read_and_never_written(client: Client, boss: User) -> None:
    entry = record_access(actor=boss, action="contact.read", subject=make_community())

    answers = [
        client.get(reverse("admin:accounts_auditentry_changelist")).status_code,
        client.get(reverse("admin:accounts_auditentry_add")).status_code,
        client.post(reverse("admin:accounts_auditentry_change", args=[entry.pk])).status_code,
        client.post(reverse("admin:accounts_auditentry_delete", args=[entry.pk])).status_code,
    ]

    assert answers == [200, 403, 403, 403]
    assert AuditEntry.objects.get().subject.startswith("communities.community:")


def test_groups_are_no_second_way_to_rights() -> None:
    assert not admin.site.is_registered(Group)
