// Metrics whose sums the core adds up itself: right answers (src/chainrule/metrics/accuracy.py) and errors
// (metrics/regression.py). A metric is sum / count over all batches.
#pragma once

#include <memory>
#include <string>

#include "../core/options.hpp"
#include "../core/simd.hpp"

namespace chainrule {

template <class T>
class Metric {
public:
    explicit Metric(Index width) : width(width) { require(width > 0, "a metric needs one number a row or more"); }
    virtual ~Metric() = default;

    const Index width;  // O, the numbers of P in a row

    // The sum over rows in their order, in float64. `targets` holds T (rows × width) or, if whole, std::int64_t (rows).
    virtual double sum(Index rows, const T* P, const void* targets, bool whole_targets) const = 0;
    virtual Index count(Index rows) const = 0;
};

template <class T>
std::unique_ptr<Metric<T>> make_metric(const std::string& name, const Options& options, Index width);

}  // namespace chainrule
