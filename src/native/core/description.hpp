// A network as Python describes it, before anything is made of it: arrays, steps, outputs, and what training adds.
//
// Everything in it is a claim that `Program` checks; nothing here is trusted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernel.hpp"

namespace chainrule {

// One operation: which slots it reads and the one it writes.
struct StepLine {
    std::string operation, layer;
    std::vector<int> inputs;
    int output = 0;
    Options options;
    int stream = -1;
};

// A loss of one output: `slot` is what it reads, often the last activation's input (the two are one operation then).
struct TermLine {
    std::string operation;
    Options options;
    int slot = 0;
    double factor = 1.0;  // the loss weight
    std::string reduction;
};

// A number of the data that needs the predictions, such as the count of right answers.
struct MetricLine {
    std::string name;
    Options options;
    int output = 0;  // which of the network's outputs
    int term = 0;    // whose targets
};

struct Description {
    bool training = false;
    std::vector<Operand> slots;  // the inputs, then the weights, then what each step puts out
    int n_inputs = 0, n_weights = 0;
    std::vector<StepLine> steps;
    std::vector<int> outputs;
    std::vector<int> wanted;  // slots of inputs and weights whose gradients are asked for
    std::vector<TermLine> terms;
    std::vector<MetricLine> metrics;
};

// More numbers than that can't be meant, and products of sizes stay far from overflow.
constexpr Index most_numbers = Index{1} << 40;

// The product of the axes, or an error where one is negative, or the product absurd even without the axes of length 0:
// so no product of some of the axes overflows either.
inline Index checked_size(const std::vector<Index>& axes) {
    Index size = 1;
    bool empty = false;
    for (Index axis : axes) {
        require(0 <= axis && axis <= most_numbers, "an array has an axis of an impossible length");
        require(axis == 0 || size <= most_numbers / axis, "an array is too large");
        size *= axis == 0 ? 1 : axis;
        empty = empty || axis == 0;
    }
    return empty ? 0 : size;
}

}  // namespace chainrule
