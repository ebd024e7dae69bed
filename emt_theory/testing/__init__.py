"""What users import in their own tests: Hypothesis strategies for tasks (needs the extra `testing`).

from hypothesis import given
from emt_theory.testing import strategies

@given(strategies.tasks())
def test_my_law(task): ...
"""
