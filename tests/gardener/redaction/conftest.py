"""The redactor of a test knows no setting of another one, and no environment."""

import pytest

from gardener import redaction


@pytest.fixture(autouse=True)
def _no_settings():
    redaction.use()
    yield
    redaction.use()
