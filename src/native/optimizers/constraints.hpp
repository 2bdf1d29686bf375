// Constraints: what a weight must satisfy after every step. See constraints.py.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "norms.hpp"
#include "sweep.hpp"

namespace chainrule {

template <class T>
class Constraint {
public:
    virtual ~Constraint() = default;
    // Mends a weight in place; by one thread at a time.
    virtual void apply(T* W) = 0;
};

// Keeps weights from going below zero.
template <class T>
class NonNeg final : public Constraint<T> {
public:
    NonNeg(const std::vector<Index>& axes, const Options&) : size_(size_of(axes)) {}

    void apply(T* W) override {
        sweep<T>(0, size_, [&](auto at) CHAINRULE_ALWAYS { at.set(W, larger<T>(at.get(W), Vec<T>{})); });
    }

private:
    Index size_;
};

// Gives each unit's vector another norm: `wanted(norm)`, in float64.
template <class T, class Wanted>
class NormConstraint final : public Constraint<T> {
public:
    NormConstraint(const std::vector<Index>& axes, const Options& options) : norms_(axes, options), wanted_(options) {}

    void apply(T* W) override {
        // Added to every norm before dividing by it, as EPSILON in constraints.py.
        constexpr double epsilon = 1e-7;
        norms_.rescale(W, [&](double norm) { return wanted_(norm) / (epsilon + norm); });
    }

private:
    Norms<T> norms_;
    Wanted wanted_;
};

// A NaN stays in all three: it is the first argument of min and max.
struct AtMost {
    explicit AtMost(const Options& options) : most(options.number("max_value")) {}
    double operator()(double norm) const { return std::min(norm, most); }
    double most;
};
struct One {
    explicit One(const Options&) {}
    double operator()(double) const { return 1; }
};
struct TowardsRange {
    explicit TowardsRange(const Options& options)
        : least(options.number("min_value")), most(options.number("max_value")), rate(options.number("rate")) {}
    double operator()(double norm) const {
        return rate * std::min(std::max(norm, least), most) + (1 - rate) * norm;
    }
    double least, most, rate;
};

// A constraint class as an entry of the table.
template <class T, class C>
std::unique_ptr<Constraint<T>> made(const std::vector<Index>& axes, const Options& options) {
    return std::make_unique<C>(axes, options);
}

// The one table of constraints, by the class names of constraints.py; `axes` are the weight's.
template <class T>
std::unique_ptr<Constraint<T>> make_constraint(const std::string& name, const std::vector<Index>& axes,
                                               const Options& options) {
    using Made = std::unique_ptr<Constraint<T>>;
    using Axes = std::vector<Index>;
    static const std::map<std::string, std::function<Made(const Axes&, const Options&)>> table{
        {"NonNeg", made<T, NonNeg<T>>},
        {"MaxNorm", made<T, NormConstraint<T, AtMost>>},
        {"UnitNorm", made<T, NormConstraint<T, One>>},
        {"MinMaxNorm", made<T, NormConstraint<T, TowardsRange>>},
    };
    auto found = table.find(name);
    require(found != table.end(), "there is no constraint " + name);
    return found->second(axes, options);
}

}  // namespace chainrule
