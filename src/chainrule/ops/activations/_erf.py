"""The complementary error function, erfc(x) = 1 − erf(x) = (2/√π) ∫ₓ^∞ e^(−t²) dt, which NumPy has not.

GELU needs Φ(x) = erfc(−x/√2) / 2. Written so, and not as (1 + erf(x/√2)) / 2, small values keep all their digits.

Cody's three quotients of polynomials, with y = |x|:

    y ≤ 0.46875       erf x  = x R₁(x²)
    y ≤ 4             erfc y = e^(−y²) R₂(y)
    above             erfc y = e^(−y²) / y · (1/√π − R₃(1/y²) / y²)

and erfc(−y) = 2 − erfc(y). The relative error is below 1e-15, as far as float64 has normal numbers (y < 26.5).

Source: Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23, 1969, tables
I–III; the coefficients to float64 are those of his SPECFUN, ACM TOMS algorithm 715, 1993.
"""

from __future__ import annotations

import math

import numpy as np

#: Where one quotient hands over to the next.
NEAR, FAR = 0.46875, 4.0
#: From here on erfc is 0 in float64.
ZERO_FROM = 28.0
ROOT_PI = math.sqrt(math.pi)
#: y is split at a multiple of 1/16, whose square is exact.
STEPS = 16

# Numerator and denominator, the highest power first.
NEAR_TERMS = (
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
     3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)  # fmt: skip
MIDDLE_TERMS = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
     2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
     1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
FAR_TERMS = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip


def erfc(X):
    """Return erfc of an array, computed in float64 and returned in the dtype that came in."""
    X64 = np.asarray(X, np.float64)
    Y = np.abs(X64)
    near, far = Y <= NEAR, Y > FAR
    between = ~(near | far)  # NaN too, so that it stays NaN
    R = np.empty(Y.shape)
    R[near] = _near(X64[near])
    R[between] = _between(Y[between])
    if far.any():
        R[far] = _far(np.minimum(Y[far], ZERO_FROM))
    np.subtract(2, R, out=R, where=X64 < -NEAR)
    return R.astype(X.dtype, copy=False)


def _near(X):
    return 1 - X * _quotient(NEAR_TERMS, X * X)


def _between(Y):
    return _bell(Y) * _quotient(MIDDLE_TERMS, Y)


def _far(Y):
    V = 1 / (Y * Y)
    return _bell(Y) / Y * (1 / ROOT_PI - V * _quotient(FAR_TERMS, V))


def _quotient(terms, X):
    """Return the quotient of two polynomials by Horner's rule."""
    top, bottom = (np.full(X.shape, coefficients[0]) for coefficients in terms)
    for t, b in zip(terms[0][1:], terms[1][1:], strict=True):
        top *= X
        top += t
        bottom *= X
        bottom += b
    top /= bottom
    return top


def _bell(Y):
    """Return e^(−y²), where y² by itself would be rounded, and exp would make that error y² times as large."""
    Z = np.trunc(Y * STEPS) / STEPS
    return np.exp(-Z * Z) * np.exp((Z - Y) * (Z + Y))
