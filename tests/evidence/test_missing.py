"""Names of missing eigenvalues where multiplicities are lacking in part."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emt_theory import derive
from emt_theory.analysis import MissingFamily, compare_spectra, name_missing
from emt_theory.circuits import Spectrum
from emt_theory.tasks import LinearTask, from_matrix, parse

FEW = settings(deadline=None, max_examples=40)


def t1() -> Spectrum:
    return derive(parse("T1")).spectrum()


def turns(*powers: int, order: int = 8) -> np.ndarray:
    return np.exp(2j * np.pi * np.array(powers) / order)


def shown(lost: np.ndarray, spectrum: Spectrum) -> list[str]:
    return [str(family) for family in name_missing(lost, spectrum)]


def test_multiplicities_are_named_root_by_root():
    assert shown(turns(1, -1), t1()) == ["Φ_8: 30 of 32 found (7 of 8 at e^(±2πi/8))"]
    assert shown(turns(3), t1()) == ["Φ_8: 31 of 32 found (7 of 8 at e^(2πi·3/8))"]
    assert shown(turns(-1), t1()) == ["Φ_8: 31 of 32 found (7 of 8 at e^(−2πi/8))"]
    assert shown(turns(1, -1, 1), t1()) == ["Φ_8: 29 of 32 found (6 of 8 at e^(2πi/8), 7 of 8 at e^(−2πi/8))"]
    assert shown(turns(2), t1()) == ["Φ_4: 15 of 16 found (7 of 8 at e^(2πi/4))"]


def test_a_factor_that_lacks_the_same_everywhere_says_so_once():
    assert shown(turns(1, 3, 5, 7), t1()) == ["Φ_8: 28 of 32 found (7 of 8 at each of its roots)"]
    assert shown(np.repeat(turns(1, 3, 5, 7), 8), t1()) == ["Φ_8: 0 of 32 found (0 of 8 at each of its roots)"]
    assert shown(turns(0), t1()) == ["Φ_1: 7 of 8 found"]
    assert shown(np.repeat(turns(4), 3), t1()) == ["Φ_2: 5 of 8 found"]


def test_a_whole_eigenvalue_and_parts_of_several_are_not_the_same():
    """Both lack 8 of 32: one eigenvalue altogether, or two of each."""
    whole = shown(np.repeat(turns(1), 8), t1())
    parts = shown(np.repeat(turns(1, 3, 5, 7), 2), t1())
    assert whole == ["Φ_8: 24 of 32 found (0 of 8 at e^(2πi/8))"]
    assert parts == ["Φ_8: 24 of 32 found (6 of 8 at each of its roots)"]


def test_whole_cycles_are_still_cycles():
    every = turns(*range(8))
    assert shown(every, t1()) == ["the 8 roots of λ^8 = 1: one cycle of length 8, sign +"]
    assert shown(np.repeat(every, 3), t1()) == ["3 times the 8 roots of λ^8 = 1: 3 cycles of length 8, sign +"]
    more = shown(np.append(every, 1.0), t1())
    assert more[0] == "Φ_1: 6 of 8 found"
    assert more[3] == "Φ_8: 28 of 32 found (7 of 8 at each of its roots)"


def test_simple_factors_are_named_as_before():
    T4 = derive(parse("T4")).spectrum()
    assert shown(turns(1, -1, order=5), T4) == ["Φ_5: 2 of 4 found"]


def test_many_roots_are_cut_short():
    """Φ_7 twice: six roots, each lacking another number of them cannot all be shown."""
    task = from_matrix(np.kron(np.eye(7)[:1], np.eye(6)).astype(int).tolist(), dim=6)  # six cycles of length 7
    spectrum = derive(task).spectrum()
    lost = np.concatenate([np.repeat(turns(k, order=7), k) for k in range(1, 6)])
    (text,) = shown(lost, spectrum)
    assert text == (
        "Φ_7: 21 of 36 found (5 of 6 at e^(2πi/7), 4 of 6 at e^(2πi·2/7), 3 of 6 at e^(2πi·3/7), 2 of 6 at e^(−2πi·3/7), and 1 more)"
    )


def test_multiple_factors_that_are_no_roots_of_unity():
    """u(t+1) = 3 u(t) − u(t−1), twice: two real eigenvalues, 2.618 and 0.382, of which only the first is looked for."""
    golden = derive(from_matrix([["-1", "0", "3", "0"], ["0", "-1", "0", "3"]], dim=2)).spectrum()
    exact = golden.eigenvalues()
    large = exact[np.abs(exact) > 0.9]
    (family,) = name_missing(large[:1], golden, among=large)
    assert (family.found, family.total) == (1, 2)
    assert str(family) == f"{family.factor}: 1 of 2 found"
    (both,) = name_missing(large[:1], golden)
    assert str(both).endswith(": 3 of 4 found (1 of 2 at 2.618)")
    spiral = derive(from_matrix([["-2", "0", "2", "0"], ["0", "-2", "0", "2"]], dim=2)).spectrum()  # 1 ± i, twice
    exact = spiral.eigenvalues()
    upper = exact[exact.imag > 0]
    assert str(name_missing(upper[:1], spiral)[0]).endswith(": 3 of 4 found (1 of 2 at 1 + 1i)")
    assert str(name_missing(np.append(upper[:1], upper[:1].conj()), spiral)[0]).endswith(
        "(1 of 2 at each of its roots)"
    )


def test_roots_are_in_the_dictionary():
    (family,) = name_missing(turns(1, -1), t1())
    told = json.loads(json.dumps(family.to_dict(), allow_nan=False))
    assert [(root["found"], root["multiplicity"]) for root in told["roots"]] == [(7, 8), (7, 8)]
    assert np.allclose([complex(*root["eigenvalue"]) for root in told["roots"]], turns(1, -1))
    (simple,) = name_missing(turns(1, order=5), derive(parse("T4")).spectrum())
    assert simple.to_dict()["roots"] == []


def assert_numbers_add_up(families: tuple[MissingFamily, ...], lost: np.ndarray, spectrum: Spectrum):
    """The law: families partition what was lost, and for a multiple factor the roots account for all of it."""
    named = [z for family in families for z in family.eigenvalues]
    assert np.allclose(np.sort_complex(np.round(named, 6)), np.sort_complex(np.round(lost, 6)))
    for family in families:
        assert family.total - family.found == len(family.eigenvalues)
        if family.roots:
            assert sum(root.multiplicity - root.found for root in family.roots) == len(family.eigenvalues)
            times = dict(spectrum.multiplicities)
            assert all(times[root.eigenvalue] == root.multiplicity for root in family.roots)


@FEW
@given(st.sampled_from(["T1", "T2", "T3"]), st.data())
def test_roots_account_for_what_is_lost(name: str, data: st.DataObject):
    spectrum = derive(parse(name)).spectrum()
    exact = spectrum.eigenvalues()
    exact = exact[np.abs(exact) > 0.9]
    lost = exact[data.draw(st.lists(st.integers(0, len(exact) - 1), unique=True, min_size=1, max_size=20))]
    assert_numbers_add_up(name_missing(lost, spectrum), lost, spectrum)


def test_saboteur_a_name_that_leaves_a_root_out_is_caught():
    lost = turns(1, -1, 1)
    (family,) = name_missing(lost, t1())
    assert_numbers_add_up((family,), lost, t1())
    with pytest.raises(AssertionError):
        assert_numbers_add_up((replace(family, roots=family.roots[:1]),), lost, t1())


def two_kinds(times: int) -> LinearTask:
    """As many cycles of λ^8 = 1 as of λ^4 = −1: both have the primitive eighth roots of unity."""
    F = np.zeros((2 * times, 8 * 2 * times), dtype=int)
    for c in range(times):
        F[c, c] = 1
        F[times + c, 4 * 2 * times + times + c] = -1
    return from_matrix(F.tolist(), dim=2 * times)


def test_many_cycles_that_share_roots_take_no_time():
    """22 of the eighth roots, 11 and 11 of the fourth and second, 10 ones: no union of cycles, and there are millions of ways to try."""
    spectrum = derive(two_kinds(12)).spectrum()
    lost = np.concatenate([np.repeat(turns(1, 3, 5, 7), 22), np.repeat(turns(2, 6, 4), 11), np.repeat(turns(0), 10)])
    started = time.perf_counter()
    families = name_missing(lost, spectrum)
    assert time.perf_counter() - started < 1
    assert [family.factor for family in families] == ["Φ_1", "Φ_2", "Φ_4", "Φ_8"]
    union = np.concatenate([np.repeat(turns(*range(8)), 7), np.repeat(turns(1, 3, 5, 7), 5)])
    assert [(family.cycle, family.cycles) for family in name_missing(union, spectrum)] == [((4, -1), 5), ((8, 1), 7)]


def test_a_comparison_says_where_one_copy_is_lost():
    exact = t1().eigenvalues()
    places = [int(np.argmin(np.abs(exact - z))) for z in turns(1, -1)]
    found = compare_spectra(np.delete(exact, places), t1())
    assert str(found) == (
        "62 eigenvalues above 0.9 in modulus, theory has 64; missing: Φ_8: 30 of 32 found (7 of 8 at e^(±2πi/8))"
    )
