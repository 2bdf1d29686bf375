#include "program.hpp"

#include <algorithm>

namespace chainrule {
namespace {

// What a kernel reserves becomes buffers of the program.
template <class T>
class PlanOf final : public Plan {
public:
    explicit PlanOf(Program<T>& program) : program_(program) {}

    int rows(Index size, bool to_the_end) override {
        const bool whole_batch = to_the_end || program_.batch_wide;
        return program_.buffers.add(size, whole_batch ? Kind::rows : Kind::block);
    }
    int chunks(Index size) override { return program_.buffers.add(size, Kind::chunk); }
    int shared(Index size) override { return program_.buffers.add(size, Kind::shared); }
    void scratch(Index size) override { program_.scratch = std::max(program_.scratch, size); }
    bool training() const override { return program_.description.training; }

private:
    Program<T>& program_;
};

bool contains(const std::vector<int>& list, int value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

template <class T>
Program<T>::Program(const Description& given) : description(given) {
    check();
    make_kernels();
    share_memory();
    if (description.training) plan_gradients();
    keep_rows();
    reserve();
}

template <class T>
void Program<T>::check() {
    auto& d = description;
    const Index all_slots = static_cast<Index>(d.slots.size()), n_steps = static_cast<Index>(d.steps.size());
    require(all_slots < most_buffers && 0 < d.n_inputs && 0 <= d.n_weights, "the slots don't add up");
    require(all_slots == Index{d.n_inputs} + d.n_weights + n_steps, "each step has one output");
    const int n_slots = static_cast<int>(all_slots);
    for (int slot = 0; slot < n_slots; ++slot) {
        Operand& operand = d.slots[slot];
        operand.size = checked_size(operand.axes);
        operand.value = operand.gradient = -1;
        const bool weight = d.n_inputs <= slot && slot < d.n_inputs + d.n_weights;
        require(operand.has_rows != weight, "weights have no rows, all else has");
        require(!operand.whole || slot < d.n_inputs, "only inputs may hold whole numbers");
    }
    int next = d.n_inputs + d.n_weights;
    for (const StepLine& step : d.steps) {
        require(step.output == next++, "steps fill the slots in order");
        for (int slot : step.inputs) require(0 <= slot && slot < step.output, "a step reads what isn't there yet");
    }
    auto has_numbers = [&](int slot) {
        return 0 <= slot && slot < n_slots && d.slots[slot].has_rows && !d.slots[slot].whole;
    };
    for (int slot : d.outputs) require(has_numbers(slot), "no such output");
    for (int slot : d.wanted) require(0 <= slot && slot < d.n_inputs + d.n_weights, "only inputs and weights are wanted");
    for (const TermLine& term : d.terms) require(has_numbers(term.slot), "a loss reads no such slot");
    for (const MetricLine& metric : d.metrics) {
        require(0 <= metric.output && metric.output < static_cast<int>(d.outputs.size()), "no such output");
        require(0 <= metric.term && metric.term < static_cast<int>(d.terms.size()), "no such loss");
    }
    for (int slot = d.n_inputs; slot < d.n_inputs + d.n_weights; ++slot) weight_size.push_back(d.slots[slot].size);
}

template <class T>
void Program<T>::make_kernels() {
    const Kernels<T>& table = kernels<T>();
    for (const StepLine& line : description.steps) {
        auto entry = table.find(line.operation);
        require(entry != table.end(), "there is no kernel " + line.operation);
        Step step{line.operation, line.layer, line.options, {}, description.slots[line.output], line.stream};
        for (int slot : line.inputs) step.in.push_back(description.slots[slot]);
        Line<T> made;
        made.kernel = entry->second(step);
        made.layer = line.layer;
        batch_wide = batch_wide || made.kernel->statistics_parts() > 0;
        lines.push_back(std::move(made));
    }
}

template <class T>
std::vector<int> Program<T>::readers_of(int slot) const {
    std::vector<int> readers;
    for (std::size_t n = 0; n < description.steps.size(); ++n)
        for (int input : description.steps[n].inputs)
            if (input == slot) readers.push_back(static_cast<int>(n));
    return readers;
}

// Whether a step may write its output over its input: nobody else reads that, now or in the backward pass.
template <class T>
bool Program<T>::may_overwrite(std::size_t number) const {
    const Kernel<T>& kernel = *lines[number].kernel;
    const int slot = description.steps[number].inputs[0];
    const int producer = slot - description.n_inputs - description.n_weights;
    if (!kernel.in_place() || producer < 0 || readers_of(slot).size() != 1 || contains(description.outputs, slot))
        return false;
    for (const TermLine& term : description.terms)
        if (term.slot == slot) return false;
    return !description.training ||
           (!kernel.reads_input_again(0) && !lines[producer].kernel->reads_output_again());
}

template <class T>
void Program<T>::share_memory() {
    const int first_step = description.n_inputs + description.n_weights;
    for (int slot = 0; slot < static_cast<int>(description.slots.size()); ++slot) {
        const Operand& operand = description.slots[slot];
        if (slot >= first_step && may_overwrite(slot - first_step))
            value.push_back(value[description.steps[slot - first_step].inputs[0]]);
        else
            value.push_back(buffers.add(operand.size, operand.has_rows ? Kind::block : Kind::given, operand.whole));
    }
    for (std::size_t n = 0; n < lines.size(); ++n) {
        Kernel<T>& kernel = *lines[n].kernel;
        for (std::size_t k = 0; k < kernel.in.size(); ++k) kernel.in[k].value = value[description.steps[n].inputs[k]];
        kernel.out.value = value[description.steps[n].output];
    }
}

// The buffer into which the next gradient of a slot is written; where it isn't the first, it is added afterwards.
template <class T>
int Program<T>::contribute(int slot, std::vector<Addition>& sums) {
    const Operand& operand = description.slots[slot];
    const Kind kind = operand.has_rows ? Kind::block : Kind::shared;
    if (gradient[slot] < 0) {
        const bool given = !operand.has_rows || slot < description.n_inputs;
        gradient[slot] = buffers.add(operand.size, operand.has_rows ? (given ? Kind::rows : kind) : Kind::given);
        return gradient[slot];
    }
    const int apart = buffers.add(operand.size, kind);
    sums.push_back({apart, gradient[slot]});
    return apart;
}

template <class T>
void Program<T>::plan_gradients() {
    const auto& d = description;
    std::vector<bool> needed(d.slots.size(), false);
    for (int slot : d.wanted) needed[slot] = true;
    for (const StepLine& step : d.steps)
        needed[step.output] = std::any_of(step.inputs.begin(), step.inputs.end(), [&](int s) { return needed[s]; });

    gradient.assign(d.slots.size(), -1);
    for (const TermLine& term : d.terms)
        term_gradient.push_back(needed[term.slot] ? contribute(term.slot, term_sums) : -1);

    for (std::size_t n = lines.size(); n-- > 0;) {
        const StepLine& step = d.steps[n];
        Line<T>& line = lines[n];
        const int outer = gradient[step.output];
        if (outer < 0) continue;  // no loss depends on it
        Kernel<T>& kernel = *line.kernel;
        kernel.out.gradient = outer;
        for (std::size_t k = 0; k < step.inputs.size(); ++k) {
            const int slot = step.inputs[k];
            if (!needed[slot]) continue;
            line.goes_back = true;
            if (kernel.in_place() && k == 0 && gradient[slot] < 0 && slot >= d.n_inputs + d.n_weights)
                kernel.in[k].gradient = gradient[slot] = outer;  // the output's gradient is not needed any more
            else
                kernel.in[k].gradient =
                    contribute(slot, d.slots[slot].has_rows ? line.row_sums : line.weight_sums);
        }
        adds_weights = adds_weights || !line.weight_sums.empty();
    }
}

// Sums over the whole batch need its rows; and so does everything where a batch-wide kernel parts the way of a row.
template <class T>
void Program<T>::keep_rows() {
    auto keep = [&](int buffer) {
        if (buffer >= 0) buffers.keep_for_all_rows(buffer);
    };
    for (std::size_t slot = 0; batch_wide && slot < value.size(); ++slot) {
        keep(value[slot]);
        if (description.training) keep(gradient[slot]);
    }
    for (Line<T>& line : lines) {
        Kernel<T>& kernel = *line.kernel;
        for (const Addition& sum : line.row_sums)
            if (batch_wide) keep(sum.from);
        by_chunks = by_chunks || (line.goes_back && kernel.sums_by_chunks());
        if (kernel.weight_parts() == 0 || kernel.out.gradient < 0 || kernel.sums_by_chunks()) continue;
        keep(kernel.out.gradient);
        for (const Operand& operand : kernel.in)
            if (operand.has_rows) keep(operand.value);
    }
    for (const Addition& sum : term_sums)
        if (batch_wide) keep(sum.from);
}

template <class T>
void Program<T>::reserve() {
    PlanOf<T> plan(*this);
    std::vector<bool> trains(description.slots.size(), false);
    for (const TermLine& term : description.terms) trains[term.slot] = true;
    for (std::size_t n = lines.size(); n-- > 0;) {
        Line<T>& line = lines[n];
        // Running statistics follow every batch, whether a loss is behind them or not.
        const bool is_needed = trains[description.steps[n].output] || line.kernel->statistics_parts() > 0;
        line.for_outputs_alone = !is_needed && !description.terms.empty();
        if (!line.for_outputs_alone)
            for (int slot : description.steps[n].inputs) trains[slot] = true;
    }
    for (Line<T>& line : lines) {
        line.kernel->reserve(plan);
        // Backward takes about twice as much: one product for the input's gradient and one for the weights'.
        work_a_row += line.kernel->work() * (line.goes_back ? 3 : 1);
    }
}

template class Program<float>;
template class Program<double>;

}  // namespace chainrule
