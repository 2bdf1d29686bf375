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
#include "gil.hpp"

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
        Arrays held;
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

    void set_update(const std::string& name, const Numbers& options, nb::object theta, nb::object gradient,
                    const nb::sequence& slots, const nb::sequence& numbers, nb::object average,
                    const std::vector<SegmentTuple>& segments, const std::string& clip, double clip_limit,
                    double weight_decay) {
        auto update = std::make_unique<Update<T>>();
        Arrays held;
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

    // The array is held until another takes its place.
    void keep_losses(nb::object losses, std::int64_t first, std::int64_t every) {
        Arrays held;
        double* numbers = nullptr;
        Index room = 0;
        require(0 <= first && first <= most_steps, "there is no such step");
        if (!losses.is_none()) {
            held.emplace_back(losses.ptr(), true);
            room = held.back().size();
            numbers = held.back().template numbers<double>(room);
        }
        network_.keep_losses(numbers, first, every, room);
        losses_ = std::move(held);
    }

    // ---- batches

    Ended train(const nb::sequence& inputs, const nb::sequence& targets, const nb::sequence& weights, nb::object order,
                Index first, Index rows, Index batch_size, std::uint64_t seed, std::int64_t iterations,
                const std::vector<double>& rates, double seconds, const nb::sequence& outputs,
                const std::vector<double>& sums) {
        Data data(*this, inputs, targets, weights, order, first, rows);
        batch_size = held_size(batch_size, rows);
        require(0 <= iterations && iterations <= most_steps, "there can't have been so many steps");
        Request<T> request{first, rows, batch_size, seed, iterations, rates, seconds, {}, sums};
        const Index batches = (rows + batch_size - 1) / batch_size;
        require(rates.size() == 1 || static_cast<Index>(rates.size()) >= batches, "a learning rate is missing");
        request.outputs = written(data, outputs, rows);
        return ended([&] { return network_.train(data.feed, request); });
    }

    Ended measure(const nb::sequence& inputs, const nb::sequence& targets, const nb::sequence& weights, nb::object order,
                  Index first, Index rows, Index batch_size, double seconds, const nb::sequence& outputs,
                  const std::vector<double>& sums) {
        Data data(*this, inputs, targets, weights, order, first, rows);
        Request<T> request{first, rows, held_size(batch_size, rows), 0, 0, {}, seconds, {}, sums};
        request.outputs = written(data, outputs, rows);
        return ended([&] { return network_.measure(data.feed, request); });
    }

    Ended gradients(const nb::sequence& inputs, const nb::sequence& targets, const nb::sequence& weights,
                    std::uint64_t seed, std::int64_t step, bool commit, const nb::sequence& outputs,
                    const nb::sequence& input_gradients) {
        const Index rows = nb::len(inputs) ? Array(nb::object(inputs[0]).ptr(), false).rows() : 0;
        Data data(*this, inputs, targets, weights, nb::none(), 0, rows);
        Request<T> request{0, rows, std::max<Index>(rows, 1), seed, step, {}, 1e9, {}, {}};
        request.outputs = written(data, outputs, rows);
        std::vector<T*> wanted;
        for (std::size_t n = 0; n < nb::len(input_gradients); ++n) {
            const nb::object array = input_gradients[n];
            require(n < inputs_count(), "there are more gradients than inputs");
            wanted.push_back(array.is_none() ? nullptr : hold(data.held, array, rows * network_.input_size(n)));
        }
        return ended([&] { return network_.gradients(data.feed, request, commit, wanted); });
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
    static constexpr std::int64_t most_steps = std::int64_t{1} << 62;

    // The arrays of a call, held as long as it lasts.
    struct Data {
        Feed feed;
        Arrays held;

        Data(PythonNetwork& owner, const nb::sequence& inputs, const nb::sequence& targets, const nb::sequence& weights,
             nb::object order, Index first, Index rows) {
            require(owner.is_bound_, "the weights were not bound");
            add(inputs, feed.inputs), add(targets, feed.targets), add(weights, feed.weights);
            require(!feed.inputs.empty(), "there are no inputs");
            for (const Column& column : feed.inputs) require(column.first != nullptr, "an input is missing");
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
            bool inside = true;
            for (Index n = first; feed.order && n < first + rows; ++n)
                inside = inside && 0 <= feed.order[n] && feed.order[n] < feed.rows;
            require(inside, "the order names a row that isn't there");
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

    static T* hold(Arrays& held, nb::handle array, Index size) {
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

    // A batch is no larger than all rows, so that sizes of batches can be added to them.
    static Index held_size(Index batch_size, Index rows) {
        require(batch_size > 0, "a batch needs a row or more");
        return std::min(batch_size, std::max<Index>(rows, 1));
    }

    template <class F>
    Ended ended(F call) {
        Outcome outcome;
        without_gil([&] { outcome = call(); });
        const Totals& t = outcome.totals;
        return {outcome.batches, static_cast<int>(outcome.ending), outcome.total, t.losses, t.counts, t.hits, t.answers,
                t.penalty};
    }

    static void add_segments(Update<T>& update, const std::vector<SegmentTuple>& segments) {
        for (const auto& [lo, hi, axes, decays, penalty, constraint] : segments) {
            Segment<T> segment;
            segment.lo = lo, segment.hi = hi;
            require(0 <= lo && lo <= hi && hi <= update.parameters.size, "no such weight");
            require(checked_size(axes) == segment.size(), "a weight's axes don't fit its size");
            if (!decays) update.undecayed.push_back({lo, hi});
            if (penalty) segment.penalty = make_penalty<T>(penalty->first, Options(penalty->second));
            if (constraint)
                segment.constraint = make_constraint<T>(constraint->first, axes, Options(constraint->second));
            update.segments.push_back(std::move(segment));
        }
    }

    std::size_t inputs_count() const { return static_cast<std::size_t>(network_.description().n_inputs); }

    Network<T> network_;
    Arrays bound_, updated_, losses_;
    bool is_bound_ = false;
    std::vector<const void*> one_input_{nullptr};
    std::vector<T*> one_output_{nullptr};
};

}  // namespace chainrule
