"""Names for the arrays that numbers come in.

>>> Array == NDArray[np.float64], ComplexArray == NDArray[np.complex128]
(True, True)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""Real numbers."""
ComplexArray = NDArray[np.complex128]
"""Eigenvalues."""
