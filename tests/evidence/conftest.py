from functools import partial

import pytest

from tests.real import real_check, real_network


@pytest.fixture
def network():
    return real_network


@pytest.fixture
def checked(run_folder):
    return partial(real_check, folder=run_folder)
