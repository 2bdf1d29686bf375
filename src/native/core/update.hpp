// What happens to the weights once their gradients are there: penalties, the look for NaN, clipping, weight decay, the
// optimizer's step, the moving average, constraints; in the order of optimizers/base.py and training/step.py.
//
// Threads share the weights chunk by chunk (chunks.hpp), each weight for itself, so that a thread changes just the part
// of a weight whose gradient it made, which is still in its cache.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "../optimizers/average.hpp"
#include "../optimizers/chunks.hpp"
#include "../optimizers/clipping.hpp"
#include "../optimizers/constraints.hpp"
#include "../optimizers/decay.hpp"
#include "../optimizers/finite.hpp"
#include "../optimizers/optimizer.hpp"
#include "../optimizers/penalties.hpp"

namespace chainrule {

enum class Clip { none, value, norm, global_norm };

// One weight within θ.
template <class T>
struct Segment {
    Index lo = 0, hi = 0;
    std::unique_ptr<Penalty<T>> penalty;
    std::unique_ptr<Constraint<T>> constraint;
    Index first_chunk = 0;  // its chunks' place among all

    Index size() const { return hi - lo; }
    Index chunks() const { return chunk_count(hi - lo); }
};

// All that training changes, in memory that Python owns.
template <class T>
struct Parameters {
    Index size = 0;
    T* theta = nullptr;
    T* gradient = nullptr;
    std::vector<T*> slots;
    std::vector<double*> numbers;
    T* average = nullptr;  // null without use_ema
};

template <class T>
class Update {
public:
    Clip clip = Clip::none;
    double clip_limit = 0, weight_decay = 0;
    std::unique_ptr<Optimizer<T>> optimizer;
    std::unique_ptr<MovingAverage<T>> average;
    std::vector<Segment<T>> segments;
    std::vector<Interval> undecayed;
    Parameters<T> parameters;

    // Once all of the above is set.
    void settle() {
        const std::size_t n_slots = optimizer->slot_names().size(), n_numbers = optimizer->number_names().size();
        require(parameters.slots.size() == n_slots && parameters.numbers.size() == n_numbers, "slots don't fit");
        Index next = 0, chunks = 0;
        for (Segment<T>& segment : segments) {
            require(segment.lo == next && segment.lo <= segment.hi, "the weights don't lie end to end");
            segment.first_chunk = chunks;
            next = segment.hi, chunks += segment.chunks();
            has_penalties_ = has_penalties_ || segment.penalty;
            has_constraints_ = has_constraints_ || segment.constraint;
        }
        require(next == parameters.size, "the weights don't fill their vector");
        squares_.assign(chunks, 0), penalties_.assign(chunks, 0);
        if (weight_decay != 0) decaying_ = without(parameters.size, undecayed);
    }

    bool has_constraints() const { return has_constraints_; }

    // By one thread, before the others come to `step`. What it changes `undo` takes back.
    void begin(double rate, std::int64_t t) {
        before_.clear();
        for (const double* number : parameters.numbers) before_.push_back(*number);
        optimizer->begin(rate, t, parameters.numbers);
        rate_ = rate, t_ = t;
        is_finite_.store(true, std::memory_order_relaxed);
    }
    void undo() {
        for (std::size_t n = 0; n < before_.size(); ++n) *parameters.numbers[n] = before_[n];
        before_.clear();
    }

    // A thread's share of: penalties and their gradients, the look for NaN, the sums of squares for clipping.
    void scan(int thread, int threads) {
        const bool norms = clip == Clip::norm || clip == Clip::global_norm;
        for_each_range(thread, threads, !norms && !has_penalties_, [&](Index lo, Index hi) {
            if (!all_finite(parameters.gradient, lo, hi)) is_finite_.store(false, std::memory_order_relaxed);
        }, [&](const Segment<T>& segment, Index chunk) {
            T *g = parameters.gradient + segment.lo, *W = parameters.theta + segment.lo;
            const Index from = chunk * chunk_size, to = std::min(segment.size(), from + chunk_size);
            if (segment.penalty) {
                penalties_[segment.first_chunk + chunk] = segment.penalty->of_chunk(W, segment.size(), chunk);
                segment.penalty->add_gradient(W, g, from, to);
            }
            if (norms) squares_[segment.first_chunk + chunk] = squares_of_chunk(g, segment.size(), chunk);
        });
    }
    double penalty() const {
        double sum = 0;
        for (double part : penalties_) sum += part;
        return sum;
    }
    bool gradient_is_finite() const { return is_finite_.load(std::memory_order_relaxed); }

    // A thread's share of the step itself.
    void step(int thread, int threads) {
        const double all = clip == Clip::global_norm ? factor_of(0, static_cast<Index>(squares_.size())) : 1.0;
        for_each_range(thread, threads, clip != Clip::norm, [&](Index lo, Index hi) {
            T *theta = parameters.theta, *g = parameters.gradient;
            if (clip == Clip::value) clip_by_value(g, clip_limit, lo, hi);
            if (clip == Clip::global_norm) scale(g, all, lo, hi);
            if (weight_decay != 0) decay(theta, rate_ * weight_decay, decaying_, lo, hi);
            optimizer->update(theta, g, parameters.slots, lo, hi);
            if (average) average->follow(theta, parameters.average, t_, lo, hi);
        }, [&](const Segment<T>& segment, Index chunk) {
            const double factor = factor_of(segment.first_chunk, segment.first_chunk + segment.chunks());
            const Index from = chunk * chunk_size, to = std::min(segment.size(), from + chunk_size);
            scale(parameters.gradient + segment.lo, factor, from, to);
        });
    }

    // By one thread, when all have made their step.
    void constrain() {
        for (Segment<T>& segment : segments)
            if (segment.constraint) segment.constraint->apply(parameters.theta + segment.lo);
    }

private:
    double factor_of(Index from, Index to) const {
        double squares = 0;
        for (Index chunk = from; chunk < to; ++chunk) squares += squares_[chunk];
        return clip_factor(squares, clip_limit);
    }

    // Calls `range` on the stretches of θ that are a thread's share; before that, unless `whole`, `piece` on their chunks.
    template <class Range, class Chunk>
    void for_each_range(int thread, int threads, bool whole, Range range, Chunk piece) {
        if (whole && threads == 1) return range(0, parameters.size);
        for (const Segment<T>& segment : segments) {
            const Index n = segment.chunks(), from = n * thread / threads, to = n * (thread + 1) / threads;
            for (Index chunk = from; chunk < to && !whole; ++chunk) piece(segment, chunk);
            if (from < to)
                range(segment.lo + from * chunk_size, std::min(segment.hi, segment.lo + to * chunk_size));
        }
    }

    bool has_penalties_ = false, has_constraints_ = false;
    std::vector<double> squares_, penalties_, before_;
    std::vector<Interval> decaying_;
    std::atomic<bool> is_finite_{true};
    double rate_ = 0;
    std::int64_t t_ = 0;
};

}  // namespace chainrule
