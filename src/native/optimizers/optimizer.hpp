// What an optimizer is: it changes a piece lo … hi of the flat weight vector θ, whose gradient is g.
//
// What it remembers (its slots) lies in arrays that Python owns, so that checkpoints and pickles see them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../core/options.hpp"
#include "../core/simd.hpp"

namespace chainrule {

template <class T>
class Optimizer {
public:
    virtual ~Optimizer() = default;

    // The names of its slots that are as long as θ, in the order in which `slots` below holds them.
    virtual std::vector<std::string> slot_names() const { return {}; }
    // The names of slots that hold one number (Nadam's product of momenta), float64 also for float32 weights.
    virtual std::vector<std::string> number_names() const { return {}; }

    // Once a step, before any update: t counts steps from 1. `numbers` are the slots of one number, to be changed here.
    virtual void begin(double rate, std::int64_t t, const std::vector<double*>& numbers) = 0;
    // Changes theta[lo … hi) and the slots there; g may be overwritten. Run by several threads on different pieces;
    // each entry's result depends on that entry alone.
    virtual void update(T* theta, T* g, const std::vector<T*>& slots, Index lo, Index hi) const = 0;
};

// The one table of optimizers, by their class names in src/chainrule/optimizers.
template <class T>
using Optimizers = std::map<std::string, std::function<std::unique_ptr<Optimizer<T>>(const Options&)>>;

template <class T>
const Optimizers<T>& optimizers();  // optimizers/table.cpp

}  // namespace chainrule
