import pytest

from tests.real import real_check, real_network


@pytest.fixture
def network():
    return real_network


@pytest.fixture
def checked():
    return real_check
