// From Python's plain lists to a description, and to what changes the weights.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../core/description.hpp"

namespace chainrule {

using Numbers = std::map<std::string, std::vector<double>>;
// axes, has rows, holds whole numbers
using SlotTuple = std::tuple<std::vector<Index>, bool, bool>;
// operation, layer, inputs, output, options, stream
using StepTuple = std::tuple<std::string, std::string, std::vector<int>, int, Numbers, int>;
// operation, options, slot, factor, reduction
using TermTuple = std::tuple<std::string, Numbers, int, double, std::string>;
// name, options, output, term
using MetricTuple = std::tuple<std::string, Numbers, int, int>;
// A penalty or a constraint: its class and its options
using Named = std::pair<std::string, Numbers>;
// lo, hi, axes, whether it decays, penalty, constraint
using SegmentTuple = std::tuple<Index, Index, std::vector<Index>, bool, std::optional<Named>, std::optional<Named>>;

inline Description describe(bool training, int n_inputs, int n_weights, const std::vector<SlotTuple>& slots,
                            const std::vector<StepTuple>& steps, const std::vector<int>& outputs,
                            const std::vector<int>& wanted, const std::vector<TermTuple>& terms,
                            const std::vector<MetricTuple>& metrics) {
    Description d;
    d.training = training, d.n_inputs = n_inputs, d.n_weights = n_weights;
    d.outputs = outputs, d.wanted = wanted;
    for (const auto& [axes, has_rows, whole] : slots) {
        Operand operand;
        operand.axes = axes, operand.has_rows = has_rows, operand.whole = whole;
        d.slots.push_back(operand);
    }
    for (const auto& [operation, layer, inputs, output, options, stream] : steps)
        d.steps.push_back({operation, layer, inputs, output, Options(options), stream});
    for (const auto& [operation, options, slot, factor, reduction] : terms)
        d.terms.push_back({operation, Options(options), slot, factor, reduction});
    for (const auto& [name, options, output, term] : metrics)
        d.metrics.push_back({name, Options(options), output, term});
    return d;
}

}  // namespace chainrule
