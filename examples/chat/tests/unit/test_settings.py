import pytest
from pydantic import ValidationError

from chat.settings import Settings


def test_defaults():
    assert Settings().max_connections == 1000


def test_an_unknown_setting_is_refused():
    with pytest.raises(ValidationError):
        Settings(colour="blue")


def test_settings_are_frozen():
    with pytest.raises(ValidationError):
        Settings().history = 3


@pytest.mark.parametrize("value", [0, -1])
def test_max_connections_is_positive(value):
    with pytest.raises(ValidationError):
        Settings(max_connections=value)
