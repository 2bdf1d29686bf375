// Elementary functions on whole vectors, `f<T>(Vec<T>)`, for T = float and double:
//
//     exp, expm1, tanh, sigmoid               vmath_exp.hpp
//     log, log1p, softplus                    vmath_log.hpp
//     erf, normal_cdf, normal_density         vmath_erf.hpp
//     arctan                                  vmath_arctan.hpp
//
// Each is within 2 ulp of the true value for every x: subnormal numbers, ±0, ±∞ and NaN included, on every instruction
// set (tests/native/test_vmath.cpp). A lane's result does not depend on its lane or on its neighbours.
#pragma once

#include "vmath_arctan.hpp"
#include "vmath_erf.hpp"
#include "vmath_exp.hpp"
#include "vmath_log.hpp"
