"""One BLAS thread, for as long as anybody wants it, and as many as before afterwards."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from emt_theory.ground.blas import one_blas_thread


def threads():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


@pytest.fixture
def two_threads():
    np.eye(2) @ np.eye(2)
    with threadpool_limits(limits=2, user_api="blas"):
        yield
        assert threads() == {2}


def test_uses_that_overlap_put_back_what_was_there_before_the_first(two_threads):
    inside, leave, seen = threading.Barrier(2, timeout=30), threading.Event(), []

    def outlasts():
        with one_blas_thread():
            inside.wait()
            leave.wait(30)
            seen.append(threads())

    other = threading.Thread(target=outlasts)
    with one_blas_thread():
        other.start()
        inside.wait()
    leave.set()  # the one that began first has ended; the other still needs it
    other.join()
    assert seen == [{1}]


def test_nested_uses_and_errors(two_threads):
    @one_blas_thread()
    @one_blas_thread()
    def fail():
        assert threads() == {1}
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail()
