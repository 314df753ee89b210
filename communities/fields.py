"""Text that the database holds only encrypted.

The keys are in the environment, so a stolen dump tells nothing. Reading with a wrong key raises:
a field that gave back the ciphertext instead would be saved as such and destroy the text.
"""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django import forms
from django.conf import settings
from django.db import models
from django.utils.text import capfirst
from typing_extensions import TypeVar

_Set = TypeVar("_Set", default=str)
_Get = TypeVar("_Get", default=str)


class WrongEncryptionKeyError(Exception):
    """No key in FIELD_ENCRYPTION_KEYS opens a stored value."""


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS))


class EncryptedTextField(models.BinaryField[_Set, _Get]):
    """A text column that is ciphertext at rest; it can't be filtered or sorted by."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        sealed = None if value is None else cipher().encrypt(str(value).encode())
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:  # noqa: ARG002 - Django's signature
        if value is None:
            return None
        try:
            return cipher().decrypt(bytes(value)).decode()
        except InvalidToken as error:
            raise WrongEncryptionKeyError(
                f"No key in FIELD_ENCRYPTION_KEYS opens {self.model.__name__}.{self.name}. "
                "Add the key that it was written with."
            ) from error

    def get_default(self) -> Any:
        return super().get_default() if self.has_default() else ""

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

    def formfield(
        self,
        form_class: Any = None,  # noqa: ARG002 - Django's signature
        choices_form_class: Any = None,  # noqa: ARG002 - likewise
        **kwargs: Any,
    ) -> forms.Field:
        return forms.CharField(
            label=kwargs.get("label", capfirst(self.verbose_name)),
            required=not self.blank,
            help_text=self.help_text,
            widget=kwargs.get("widget") or forms.TextInput,
        )
