#include "hits.hpp"

#include <algorithm>
#include <cmath>

namespace chainrule {
namespace {

// Metrics that look at one target and one prediction at a time: the sum of f(t, p), row by row.
template <class T, class F>
class Pairs final : public Metric<T> {
public:
    Pairs(Index width, F f) : Metric<T>(width), f_(f) {}

    double sum(Index rows, const T* P, const void* targets, bool whole_targets) const override {
        require(!whole_targets || this->width == 1, "one whole number a row stands beside one prediction a row");
        return whole_targets ? sum_of_pairs(rows, P, static_cast<const std::int64_t*>(targets))
                             : sum_of_pairs(rows, P, static_cast<const T*>(targets));
    }
    Index count(Index rows) const override { return rows * this->width; }

private:
    template <class Target>
    double sum_of_pairs(Index rows, const T* P, const Target* targets) const {
        double sum = 0;
        for (Index r = 0; r < rows; ++r) {
            double row = 0;
            for (Index i = r * this->width; i < (r + 1) * this->width; ++i)
                row += f_(static_cast<double>(targets[i]), static_cast<double>(P[i]));
            sum += row;
        }
        return sum;
    }

    F f_;
};

// NumPy's argmax: of equal numbers the first, and a NaN before all others.
template <class T>
Index argmax(Index n, const T* x) {
    for (Index i = 0, best = 0;; ++i) {
        if (i == n) return best;
        if (std::isnan(x[i])) return i;
        if (x[i] > x[best]) best = i;
    }
}

// argmax(n, x) == at, quicker: nothing before is as large, nothing behind is larger.
template <class T>
bool is_argmax(Index n, const T* x, Index at) {
    if (at < 0 || at >= n) return false;
    const T top = x[at];
    if (std::isnan(top)) return std::none_of(x, x + at, [](T other) { return std::isnan(other); });
    return std::all_of(x, x + at, [=](T other) { return other < top; }) &&
           std::all_of(x + at + 1, x + n, [=](T other) { return other <= top; });
}

template <class T>
class CategoricalAccuracy final : public Metric<T> {
public:
    using Metric<T>::Metric;

    double sum(Index rows, const T* P, const void* targets, bool whole_targets) const override {
        require(!whole_targets, "categorical accuracy compares rows with rows");
        const auto* Y = static_cast<const T*>(targets);
        Index hits = 0;
        for (Index i = 0; i < rows * this->width; i += this->width)
            hits += is_argmax(this->width, P + i, argmax(this->width, Y + i));
        return static_cast<double>(hits);
    }
    Index count(Index rows) const override { return rows; }
};

template <class T>
class SparseCategoricalAccuracy final : public Metric<T> {
public:
    using Metric<T>::Metric;

    double sum(Index rows, const T* P, const void* targets, bool whole_targets) const override {
        require(whole_targets || this->width == 1, "sparse categorical accuracy takes one label a row");
        Index hits = 0;
        if (whole_targets)
            for (Index r = 0; r < rows; ++r)
                hits += is_argmax(this->width, P + r * this->width, static_cast<const std::int64_t*>(targets)[r]);
        else
            for (Index r = 0; r < rows; ++r) hits += static_cast<const T*>(targets)[r] == 0;  // argmax of one is 0
        return static_cast<double>(hits);
    }
    Index count(Index rows) const override { return rows; }
};

template <class T, class F>
std::unique_ptr<Metric<T>> pairs(Index width, F f) {
    return std::make_unique<Pairs<T, F>>(width, f);
}

}  // namespace

template <class T>
std::unique_ptr<Metric<T>> make_metric(const std::string& name, const Options& options, Index width) {
    if (name == "accuracy") return pairs<T>(width, [](double t, double p) { return t == p ? 1.0 : 0.0; });
    if (name == "binary_accuracy") {
        const T threshold = static_cast<T>(options.number("threshold", 0.5));  // rounded as NumPy compares it
        // max(t, 0): a label −1 is a 0; a NaN stays, and is never right
        return pairs<T>(width, [=](double t, double p) { return (t < 0 ? 0 : t) == (p > threshold) ? 1.0 : 0.0; });
    }
    if (name == "categorical_accuracy") return std::make_unique<CategoricalAccuracy<T>>(width);
    if (name == "sparse_categorical_accuracy") return std::make_unique<SparseCategoricalAccuracy<T>>(width);
    if (name == "mean_absolute_error") return pairs<T>(width, [](double t, double p) { return std::abs(p - t); });
    if (name == "mean_squared_error") return pairs<T>(width, [](double t, double p) { return (p - t) * (p - t); });
    throw DescriptionError("there is no metric " + name + " in the core");
}

template std::unique_ptr<Metric<float>> make_metric<float>(const std::string&, const Options&, Index);
template std::unique_ptr<Metric<double>> make_metric<double>(const std::string&, const Options&, Index);

}  // namespace chainrule
