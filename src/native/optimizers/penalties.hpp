// Penalties on a weight that are added to the loss: λ₁ Σ |w| + λ₂ Σ w². See regularizers.py and ops/penalties.py.
#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "../core/options.hpp"
#include "chunks.hpp"
#include "sweep.hpp"

namespace chainrule {

template <class T>
class Penalty {
public:
    virtual ~Penalty() = default;

    // What one chunk of W[0 … n) adds to the penalty; threads may share the chunks (chunks.hpp).
    virtual double of_chunk(const T* W, Index n, Index chunk) const = 0;
    // g += the penalty's gradient, on W[lo … hi) and g[lo … hi).
    virtual void add_gradient(const T* W, T* g, Index lo, Index hi) const = 0;

    double value(const T* W, Index n) const {
        return sum_over_chunks(n, [&](Index chunk) { return of_chunk(W, n, chunk); });
    }
};

template <class T>
class L1 final : public Penalty<T> {
public:
    explicit L1(const Options& options) : l1_(options.number("l1")) {}

    double of_chunk(const T* W, Index n, Index chunk) const override {
        return l1_ * sum_of_chunk(W, n, chunk, [](double w) { return std::abs(w); });
    }
    void add_gradient(const T* W, T* g, Index lo, Index hi) const override {
        const T force = static_cast<T>(l1_);
        sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS { at.set(g, at.get(g) + force * sign<T>(at.get(W))); });
    }

private:
    double l1_;
};

template <class T>
class L2 final : public Penalty<T> {
public:
    explicit L2(const Options& options) : l2_(options.number("l2")) {}

    double of_chunk(const T* W, Index n, Index chunk) const override { return l2_ * squares_of_chunk(W, n, chunk); }
    void add_gradient(const T* W, T* g, Index lo, Index hi) const override {
        const T pull = static_cast<T>(2 * l2_);
        sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS { at.set(g, at.get(g) + pull * at.get(W)); });
    }

private:
    double l2_;
};

template <class T>
class L1L2 final : public Penalty<T> {
public:
    explicit L1L2(const Options& options) : l1_(options), l2_(options) {}

    double of_chunk(const T* W, Index n, Index chunk) const override {
        return l1_.of_chunk(W, n, chunk) + l2_.of_chunk(W, n, chunk);
    }
    void add_gradient(const T* W, T* g, Index lo, Index hi) const override {
        l1_.add_gradient(W, g, lo, hi);
        l2_.add_gradient(W, g, lo, hi);
    }

private:
    L1<T> l1_;
    L2<T> l2_;
};

// The one table of penalties, by the class names of regularizers.py.
template <class T>
std::unique_ptr<Penalty<T>> make_penalty(const std::string& name, const Options& options) {
    using Made = std::unique_ptr<Penalty<T>>;
    static const std::map<std::string, std::function<Made(const Options&)>> table{
        {"L1", [](const Options& o) -> Made { return std::make_unique<L1<T>>(o); }},
        {"L2", [](const Options& o) -> Made { return std::make_unique<L2<T>>(o); }},
        {"L1L2", [](const Options& o) -> Made { return std::make_unique<L1L2<T>>(o); }},
    };
    auto found = table.find(name);
    require(found != table.end(), "there is no penalty " + name);
    return found->second(options);
}

}  // namespace chainrule
