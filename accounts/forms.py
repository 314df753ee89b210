from django.contrib.auth.forms import AdminUserCreationForm

from accounts.models import User


class AccountForm(AdminUserCreationForm):
    """A new account. An e-mail address is one address, however it is spelled."""

    class Meta:
        model = User
        fields = ["email", "name", "language"]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()
