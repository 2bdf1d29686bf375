// The class `Network` of the Python module: arrays are checked and held here; the core gets plain pointers.
//
// The GIL is released while a batch runs. Arrays are held by their buffers meanwhile, so nobody can free them.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <vector>

#include "../core/network.hpp"
#include "arrays.hpp"
#include "describe.hpp"

namespace chainrule {

namespace nb = nanobind;

// An ended call: batches, how it ended, the last batch's total, and what the epoch adds up.
using Ended = std::tuple<Index, int, double, std::vector<double>, std::vector<double>, std::vector<double>,
                         std::vector<double>, double>;

template <class T>
class PythonNetwork {
public:
    explicit PythonNetwork(const Description& description) : network_(description) {}

    // ---- memory of the weights

    void bind(const nb::sequence& weights, const nb::sequence& gradients) {
        const Description& d = network_.description();
        std::vector<Array> held;
        std::vector<T*> numbers, grads;
        for (int n = 0; n < d.n_weights; ++n)
            numbers.push_back(hold(held, weights[n], d.slots[d.n_inputs + n].size));
        for (int n = 0; n < d.n_weights; ++n) {
            const nb::object gradient = gradients[n];
            grads.push_back(gradient.is_none() ? nullptr : hold(held, gradient, d.slots[d.n_inputs + n].size));
        }
        require(nb::len(weights) == numbers.size() && nb::len(gradients) == grads.size(), "too many weights");
        network_.bind(numbers, grads);
        bound_ = std::move(held);
        is_bound_ = true;
    }

    // segments: (lo, hi, axes, decays, (penalty, options) or None, (constraint, options) or None)
    void set_update(const std::string& name, const Numbers& options, nb::object theta, nb::object gradient,
                    const nb::sequence& slots, const nb::sequence& numbers, nb::object average,
                    const nb::sequence& segments, const std::string& clip, double clip_limit, double weight_decay) {
        auto update = std::make_unique<Update<T>>();
        std::vector<Array> held;
        const auto entry = optimizers<T>().find(name);
        require(entry != optimizers<T>().end(), "there is no optimizer " + name);
        update->optimizer = entry->second(Options(options));
        Parameters<T>& parameters = update->parameters;
        parameters.size = Array(theta.ptr(), true).size();
        parameters.theta = hold(held, theta, parameters.size);
        parameters.gradient = hold(held, gradient, parameters.size);
        for (nb::handle slot : slots) parameters.slots.push_back(hold(held, slot, parameters.size));
        for (nb::handle number : numbers) {
            held.emplace_back(number.ptr(), true);
            parameters.numbers.push_back(held.back().template numbers<double>(1));
        }
        if (!average.is_none()) {
            parameters.average = hold(held, average, parameters.size);
            update->average = std::make_unique<MovingAverage<T>>(Options(options));
        }
        add_segments(*update, segments);
        static const std::map<std::string, Clip> clips{
            {"", Clip::none}, {"value", Clip::value}, {"norm", Clip::norm}, {"global_norm", Clip::global_norm}};
        require(clips.count(clip) == 1, "there is no clipping " + clip);
        update->clip = clips.at(clip), update->clip_limit = clip_limit, update->weight_decay = weight_decay;
        update->settle();
        network_.set_update(std::move(update));
        updated_ = std::move(held);
    }

    // ---- batches

    Ended train(const nb::sequence& inputs, const nb::sequence& targets, const nb::sequence& weights, nb::object order,
                Index first, Index rows, Index batch_size, std::uint64_t seed, std::int64_t iterations,
                const std::vector<double>& rates, double seconds, const nb::sequence& outputs) {
        Data data(*this, inputs, targets, weights, order, first, rows);
        Request<T> request{first, rows, batch_size, seed, iterations, rates, seconds, {}};
        const Index batches = batch_size > 0 ? (rows + batch_size - 1) / batch_size : 0;
        require(rates.size() == 1 || static_cast<Index>(rates.size()) >= batches, "a learning rate is missing");
        request.outputs = written(data, outputs, rows);
        return without_gil([&] { return network_.train(data.feed, request); });
    }

    Ended measure(const nb::sequence& inputs, const nb::sequence& targets, const nb::sequence& weights, nb::object order,
                  Index first, Index rows, Index batch_size, double seconds, const nb::sequence& outputs) {
        Data data(*this, inputs, targets, weights, order, first, rows);
        Request<T> request{first, rows, batch_size, 0, 0, {}, seconds, {}};
        request.outputs = written(data, outputs, rows);
        return without_gil([&] { return network_.measure(data.feed, request); });
    }

    Ended gradients(const nb::sequence& inputs, const nb::sequence& targets, const nb::sequence& weights,
                    std::uint64_t seed, std::int64_t step, bool commit, const nb::sequence& outputs,
                    const nb::sequence& input_gradients) {
        const Index rows = nb::len(inputs) ? Array(nb::object(inputs[0]).ptr(), false).rows() : 0;
        Data data(*this, inputs, targets, weights, nb::none(), 0, rows);
        Request<T> request{0, rows, std::max<Index>(rows, 1), seed, step, {}, 1e9, {}};
        request.outputs = written(data, outputs, rows);
        std::vector<T*> wanted;
        for (std::size_t n = 0; n < nb::len(input_gradients); ++n) {
            const nb::object array = input_gradients[n];
            require(n < inputs_count(), "there are more gradients than inputs");
            wanted.push_back(array.is_none() ? nullptr : hold(data.held, array, rows * network_.input_size(n)));
        }
        return without_gil([&] { return network_.gradients(data.feed, request, commit, wanted); });
    }

    // A few rows of one input into one output, of just the network's types: false where they aren't that.
    bool predict(nb::handle x, nb::handle y) {
        const Description& d = network_.description();
        require(is_bound_ && d.n_inputs == 1 && d.outputs.size() == 1 && !d.training, "not a network of one input in use");
        const Array X(x.ptr(), false), Y(y.ptr(), true);
        const Number own = sizeof(T) == 4 ? Number::f4 : Number::f8;
        if (d.slots[0].whole || !X.holds(own) || X.axes() == 0 || X.row_size() != network_.input_size(0)) return false;
        if (static_cast<std::size_t>(X.axes()) != d.slots[0].axes.size() + 1 || X.rows() == 0) return false;
        const Index rows = X.rows();
        const T* numbers = X.numbers<T>(rows * network_.input_size(0));
        if (!all_finite(numbers, 0, X.size())) return false;
        one_input_[0] = numbers;
        one_output_[0] = Y.numbers<T>(rows * network_.output_size(0));
        network_.predict(one_input_, one_output_, rows);
        return true;
    }

private:
    // The arrays of a call, held as long as it lasts.
    struct Data {
        Feed feed;
        std::vector<Array> held;

        Data(PythonNetwork& owner, const nb::sequence& inputs, const nb::sequence& targets, const nb::sequence& weights,
             nb::object order, Index first, Index rows) {
            require(owner.is_bound_, "the weights were not bound");
            add(inputs, feed.inputs), add(targets, feed.targets), add(weights, feed.weights);
            require(!feed.inputs.empty() && feed.inputs[0].first != nullptr, "there are no inputs");
            feed.rows = feed.inputs[0].rows;
            for (const auto* columns : {&feed.inputs, &feed.targets, &feed.weights})
                for (const Column& column : *columns)
                    require(column.first == nullptr || column.rows == feed.rows, "arrays differ in their rows");
            Index places = feed.rows;
            if (!order.is_none()) {
                held.emplace_back(order.ptr(), false);
                places = held.back().size();
                feed.order = held.back().template numbers<std::int64_t>(places);
            }
            require(0 <= first && 0 <= rows && first <= places && rows <= places - first, "there are not so many rows");
            for (Index n = first; feed.order && n < first + rows; ++n)
                require(0 <= feed.order[n] && feed.order[n] < feed.rows, "the order names a row that isn't there");
            owner.network_.check_sizes(feed);
        }
        void add(const nb::sequence& arrays, std::vector<Column>& columns) {
            for (nb::handle array : arrays) {
                if (array.is_none()) {
                    columns.emplace_back();
                    continue;
                }
                held.emplace_back(array.ptr(), false);
                columns.push_back(held.back().column());
            }
        }
    };

    static T* hold(std::vector<Array>& held, nb::handle array, Index size) {
        held.emplace_back(array.ptr(), true);
        return held.back().template numbers<T>(size);
    }

    std::vector<T*> written(Data& data, const nb::sequence& outputs, Index rows) {
        std::vector<T*> pointers;
        for (std::size_t k = 0; k < nb::len(outputs); ++k) {
            require(k < network_.description().outputs.size(), "there are more arrays than outputs");
            pointers.push_back(hold(data.held, nb::object(outputs[k]), rows * network_.output_size(k)));
        }
        return pointers;
    }

    template <class F>
    Ended without_gil(F call) {
        Outcome outcome;
        {
            nb::gil_scoped_release released;
            outcome = call();
        }
        const Totals& t = outcome.totals;
        return {outcome.batches, static_cast<int>(outcome.ending), outcome.total, t.losses, t.counts, t.hits, t.answers,
                t.penalty};
    }

    static void add_segments(Update<T>& update, const nb::sequence& segments) {
        using Named = std::pair<std::string, Numbers>;
        for (nb::handle each : segments) {
            const auto parts = nb::cast<nb::tuple>(each);
            require(parts.size() == 6, "a segment has six parts");
            Segment<T> segment;
            segment.lo = nb::cast<Index>(parts[0]), segment.hi = nb::cast<Index>(parts[1]);
            require(0 <= segment.lo && segment.lo <= segment.hi && segment.hi <= update.parameters.size, "no such weight");
            const auto axes = nb::cast<std::vector<Index>>(parts[2]);
            require(checked_size(axes) == segment.size(), "a weight's axes don't fit its size");
            if (!nb::cast<bool>(parts[3])) update.undecayed.push_back({segment.lo, segment.hi});
            if (!parts[4].is_none()) {
                const auto [name, options] = nb::cast<Named>(parts[4]);
                segment.penalty = make_penalty<T>(name, Options(options));
            }
            if (!parts[5].is_none()) {
                const auto [name, options] = nb::cast<Named>(parts[5]);
                segment.constraint = make_constraint<T>(name, axes, Options(options));
            }
            update.segments.push_back(std::move(segment));
        }
    }

    std::size_t inputs_count() const { return static_cast<std::size_t>(network_.description().n_inputs); }

    Network<T> network_;
    std::vector<Array> bound_, updated_;
    bool is_bound_ = false;
    std::vector<const void*> one_input_{nullptr};
    std::vector<T*> one_output_{nullptr};
};

}  // namespace chainrule
