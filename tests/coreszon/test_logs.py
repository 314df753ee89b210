import pytest
from django.urls import resolve

from coreszon.logs import DOORS, without_secrets

TOKEN = "s3cret-T0ken_x"


@pytest.mark.parametrize("door", DOORS)
def test_log_lines_hold_no_token_of_any_door(door: str) -> None:
    line = without_secrets(f'"GET {door}{TOKEN}/formList?x=1 HTTP/1.1" 404')

    assert TOKEN not in line
    assert line.startswith(f'"GET {door}***')


@pytest.mark.parametrize(
    "path",
    [
        f"/reports/shared/{TOKEN}/",
        f"/or/{TOKEN}/formList",
        f"/s/w/{TOKEN}/",
        f"/s/kiosk/{TOKEN}/leave/",
        f"/s/q/{TOKEN}/",
    ],
)
def test_every_address_with_a_token_is_a_door(path: str) -> None:
    resolve(path)  # there is such an address
    assert TOKEN not in without_secrets(path)
