import pytest


class FakeSocket:
    """Remembers what was sent to it."""

    def __init__(self):
        self.sent = []

    async def send_json(self, data):
        self.sent.append(data)


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def socket():
    return FakeSocket()
