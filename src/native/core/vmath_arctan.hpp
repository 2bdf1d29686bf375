// arctan, `arctan<T>(Vec<T>)`.
//
//     |x| ≤ 1   arctan x = x + x³ P(x²)
//     above     arctan x = π/2 − arctan(1/x)
#pragma once

#include "vmath_parts.hpp"

namespace chainrule {

namespace vmath {

template <class T>
struct ArctanTable;
template <>
struct ArctanTable<float> {
    static constexpr float right_angle = 0x1.921fb6p+0f, right_angle_low = -0x1.777a5cp-25f;
    // x + x³ P(x²): 2^−28.5
    static constexpr float P[] = {
        -3.33333e-01f, 1.999853e-01f, -1.4264016e-01f, 1.0950878e-01f, -8.3992854e-02f, 5.7880647e-02f, -3.109573e-02f,
        1.0867667e-02f, -1.7825027e-03f};
};
template <>
struct ArctanTable<double> {
    static constexpr double right_angle = 0x1.921fb54442d18p+0, right_angle_low = 0x1.1a62633145c07p-54;
    // 2^−57.6
    static constexpr double P[] = {
        -0.3333333333333307, 0.19999999999951734, -0.14285714282586623, 0.11111111007285059, -0.09090907006584917,
        0.07692279872738111, -0.06666404277734106, 0.05880528877183993, -0.05253522406561009, 0.047223328909347426,
        -0.04219201752929655, 0.036642287734720745, -0.02990433951963286, 0.021985323500567845, -0.013900905974152921,
        0.007196689173932905, -0.0028849879819180394, 0.000831338346030008, -0.00015216291157861927,
        1.3225145836656893e-05};
};

}  // namespace vmath

template <class T>
CHAINRULE_INLINE Vec<T> arctan(Vec<T> x) {
    using Table = vmath::ArctanTable<T>;
    const Vec<T> a = absolute<T>(x);
    const Mask<T> steep = a > T(1);
    const Vec<T> y = select<T>(steep, T(-1) / a, a), z = y * y;
    const Vec<T> base = select<T>(steep, broadcast(Table::right_angle), Vec<T>{});
    const Vec<T> base_low = select<T>(steep, broadcast(Table::right_angle_low), Vec<T>{});
    const Vec<T> sum = base + y, error = (base - sum) + y;  // |y| ≤ base, or base is 0
    const Vec<T> bend = vmath::multiply_add<T>(y * z, vmath::polynomial(Table::P, z), base_low);
    return vmath::with_sign<T>(sum + (error + bend), x);
}

}  // namespace chainrule
