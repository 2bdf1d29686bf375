#include "network.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace chainrule {
namespace {

using Clock = std::chrono::steady_clock;

// From such a share of a thread's usual work on, training finds out whether one thread or more are quicker.
constexpr double least_share = 0.1;
// What a block of rows may take, so that it stays in the cache that a core has to itself.
constexpr Index cache_bytes = 1 << 20;
// The clock is looked at once in so many batches: it costs 25 ns, a small batch 3 µs.
constexpr Index batches_a_look = 8;

// The piece [from, to) of n parts that a thread takes.
struct Piece {
    Index from, to;
    Piece(Index n, int thread, int threads) : from(n * thread / threads), to(n * (thread + 1) / threads) {}
};

bool finite(double x) { return x - x == 0; }

template <class T>
double rate_of(const Request<T>& request, Index number) {
    return request.rates.size() > 1 ? request.rates.at(number) : request.rates[0];
}

}  // namespace

template <class T>
struct Network<T>::Call {
    enum class Mode { train, measure, gradients };

    const Feed& feed;
    const Request<T>& request;
    Mode mode;
    int threads;
    Index block;
    Barrier barrier;
    std::vector<Run<T>> runs;
    Outcome outcome;
    Clock::time_point end;
    bool commits = true;
    bool go_on = true;
    bool wants_outputs = false;
    double data_loss = 0;  // of the batch in hand, without penalties
    std::atomic<bool> failed{false};
    std::exception_ptr error;
    std::mutex error_lock;

    Call(const Feed& feed, const Request<T>& request, Mode mode, int threads, Index block)
        : feed(feed), request(request), mode(mode), threads(threads), block(block), barrier(threads), runs(threads) {}

    // Runs a piece of a phase. What it throws ends the call after the phase, so that no thread waits for another.
    template <class F>
    void guard(F piece) {
        if (failed.load(std::memory_order_relaxed)) return;
        try {
            piece();
        } catch (...) {
            std::lock_guard<std::mutex> lock(error_lock);
            if (!error) error = std::current_exception();
            failed.store(true);
        }
    }
};

template <class T>
Network<T>::Network(const Description& description) : program_(description), objective_(program_) {
    plan_passes();
}

template <class T>
void Network<T>::plan_passes() {
    std::vector<int> cuts;
    for (std::size_t n = 0; n < program_.lines.size(); ++n)
        if (program_.lines[n].kernel->statistics_parts() > 0) cuts.push_back(static_cast<int>(n));
    const int end = static_cast<int>(program_.lines.size());
    for (std::size_t k = 0; k <= cuts.size(); ++k) {
        Pass pass;
        pass.begins = k == 0;
        if (k > 0) pass.statistics = cuts[k - 1];
        pass.forward_from = k > 0 ? cuts[k - 1] : 0;
        pass.forward_to = k < cuts.size() ? cuts[k] : end;
        pass.measures = k == cuts.size();
        if (pass.measures) pass.back_from = end - 1, pass.back_to = k > 0 ? cuts[k - 1] + 1 : 0;
        passes_.push_back(pass);
    }
    for (std::size_t k = cuts.size(); k-- > 0 && program_.description.training;) {
        Pass pass;
        pass.statistics = cuts[k], pass.backward_statistics = true;
        pass.back_from = cuts[k], pass.back_to = k > 0 ? cuts[k - 1] + 1 : 0;
        passes_.push_back(pass);
    }
}

template <class T>
void Network<T>::bind(const std::vector<T*>& weights, const std::vector<T*>& gradients) {
    const Description& d = program_.description;
    require(static_cast<int>(weights.size()) == d.n_weights && weights.size() == gradients.size(),
            "there is not one array for each weight");
    std::lock_guard<ForkLock> lock(busy_);
    auto gradient_of = [&](int n) { return d.training ? program_.gradient[d.n_inputs + n] : -1; };
    for (int n = 0; n < d.n_weights; ++n)  // before any is changed
        require(gradient_of(n) < 0 || gradients[n] != nullptr, "a wanted gradient has no array");
    unwritten_gradients_.clear(), unwritten_sizes_.clear();
    for (int n = 0; n < d.n_weights; ++n) {
        const int slot = d.n_inputs + n, gradient = gradient_of(n);
        program_.buffers.give(program_.value[slot], weights[n]);
        if (gradient >= 0) {
            program_.buffers.give(gradient, gradients[n]);
        } else if (gradients[n] != nullptr) {  // no loss depends on this weight
            unwritten_gradients_.push_back(gradients[n]);
            unwritten_sizes_.push_back(d.slots[slot].size);
        }
    }
}

template <class T>
int Network<T>::threads_for(Index rows, double work) const {
    const double worth = program_.work_a_row * static_cast<double>(rows) / work;
    return static_cast<int>(std::max(1.0, std::min<double>(max_threads(), worth)));
}

template <class T>
Index Network<T>::rows_of_a_block(Index rows, int threads) const {
    const Index share = (rows + threads - 1) / threads;
    const Index row_bytes = std::max<Index>(1, program_.buffers.numbers_a_row() * sizeof(T));
    const Index fitting = std::max<Index>(1, cache_bytes / row_bytes);
    const Index blocks = (share + fitting - 1) / fitting;
    return std::max<Index>(1, (share + blocks - 1) / blocks);
}

template <class T>
void Network<T>::check_sizes(const Feed& feed) const {
    const Description& d = program_.description;
    require(static_cast<int>(feed.inputs.size()) == d.n_inputs, "there is not one array for each input");
    for (int n = 0; n < d.n_inputs; ++n) require(feed.inputs[n].size == d.slots[n].size, "an input has another size");
    objective_.check(feed);
}

// ---- calls ---------------------------------------------------------------------------------------------------------

template <class T>
Outcome Network<T>::train(const Feed& feed, const Request<T>& request) {
    std::lock_guard<ForkLock> lock(busy_);
    require(update_ != nullptr && program_.description.training, "this network has nothing to train with");
    require(!request.rates.empty(), "there is no learning rate");
    const Index rows = std::min(request.batch_size, request.rows);
    const double work = work_of_a_thread();
    const int sure = threads_for(rows, work), most = threads_for(rows, least_share * work);
    if (sure > 1 || most == 1) return train(feed, request, sure);
    Request<T> mine = request;
    const Pace::Choice choice = pace_.next(request.seconds);
    mine.seconds = choice.seconds;
    const auto began = Clock::now();
    Outcome outcome = train(feed, mine, choice.all ? most : 1);
    pace_.note(std::chrono::duration<double>(Clock::now() - began).count(),
               static_cast<double>(outcome.batches * request.batch_size));
    return outcome;
}

template <class T>
Outcome Network<T>::train(const Feed& feed, const Request<T>& request, int threads) {
    Call call(feed, request, Call::Mode::train, threads, rows_of_a_block(request.batch_size, threads));
    return run(call);
}

template <class T>
Outcome Network<T>::measure(const Feed& feed, const Request<T>& request) {
    std::lock_guard<ForkLock> lock(busy_);
    const Index rows = std::min(request.batch_size, request.rows);
    const int threads = threads_for(rows, work_of_a_thread());
    Call call(feed, request, Call::Mode::measure, threads, rows_of_a_block(rows, threads));
    return run(call);
}

template <class T>
Outcome Network<T>::gradients(const Feed& feed, const Request<T>& request, bool commit,
                              const std::vector<T*>& input_gradients) {
    std::lock_guard<ForkLock> lock(busy_);
    require(program_.description.training, "this network was made for use, not for training");
    const int threads = threads_for(request.rows, work_of_a_thread());
    Call call(feed, request, Call::Mode::gradients, threads, rows_of_a_block(request.rows, threads));
    call.commits = commit;
    Outcome outcome = run(call);
    for (std::size_t n = 0; n < input_gradients.size(); ++n) {
        if (input_gradients[n] == nullptr) continue;
        const int buffer = program_.gradient[n];
        const Index size = request.rows * program_.slot_size(static_cast<int>(n));
        if (buffer < 0) std::fill_n(input_gradients[n], size, T{});
        else std::copy_n(call.runs[0].at(buffer), size, input_gradients[n]);
    }
    return outcome;
}

template <class T>
void Network<T>::predict(const std::vector<const void*>& inputs, const std::vector<T*>& outputs, Index rows) {
    std::lock_guard<ForkLock> lock(busy_);
    Buffers<T>& buffers = program_.buffers;
    buffers.allocate(rows, 1, rows, program_.scratch);
    Run<T> run;
    run.rows = rows;
    run.scratch = buffers.scratch(0);
    run.places = buffers.places(0);
    buffers.begin_block(0, 0);
    for (std::size_t n = 0; n < inputs.size(); ++n) buffers.lend(0, program_.value[n], inputs[n]);
    for (const Line<T>& line : program_.lines)
        for (Index part = 0; part < line.kernel->prepare_parts(); ++part) line.kernel->prepare(run, part);
    for (const Line<T>& line : program_.lines) line.kernel->forward(run, 0, rows);
    for (std::size_t k = 0; k < outputs.size(); ++k)
        std::copy_n(run.at(program_.value[program_.description.outputs[k]]), rows * output_size(k), outputs[k]);
}

template <class T>
Outcome Network<T>::run(Call& call) {
    const std::size_t n_outputs = call.request.outputs.size();
    require(call.request.batch_size > 0, "a batch needs a row or more");
    require(n_outputs == 0 || n_outputs == program_.description.outputs.size(), "there is not one array an output");
    const Index rows = std::min(call.request.batch_size, call.request.rows);
    program_.buffers.allocate(std::max<Index>(rows, 1), call.threads, call.block, program_.scratch);
    call.wants_outputs = !call.request.outputs.empty() || objective_.has_metrics() || objective_.size() == 0;
    call.outcome.totals = objective_.none();
    if (!call.request.sums.empty()) call.outcome.totals.set(call.request.sums);
    const double seconds = call.request.seconds > 0 ? std::min(call.request.seconds, 1e6) : 0;
    call.end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double>(seconds));
    for (int thread = 0; thread < call.threads; ++thread) {
        Run<T>& mine = call.runs[thread];
        mine.seed = call.request.seed;
        mine.scratch = program_.buffers.scratch(thread);
        mine.places = program_.buffers.places(thread);
    }
    run_region(call.threads, [&](int thread) { work(call, thread); },
               [&] {
                   call.threads = 1;
                   Call alone(call.feed, call.request, call.mode, 1, call.block);
                   alone.commits = call.commits, alone.wants_outputs = call.wants_outputs, alone.end = call.end;
                   alone.outcome.totals = call.outcome.totals;
                   alone.runs[0] = call.runs[0];
                   work(alone, 0);
                   call.outcome = alone.outcome, call.error = alone.error;
               });
    if (call.error) std::rethrow_exception(call.error);
    return call.outcome;
}

template <class T>
void Network<T>::work(Call& call, int thread) {
    const Index n_batches = (call.request.rows + call.request.batch_size - 1) / call.request.batch_size;
    for (Index number = 0; number < n_batches; ++number) {
        batch(call, thread, number);
        if (call.failed.load() || !call.go_on) return;
    }
}

// ---- one batch -----------------------------------------------------------------------------------------------------

template <class T>
void Network<T>::batch(Call& call, int thread, Index number) {
    const Request<T>& request = call.request;
    const Index first = request.first + number * request.batch_size;
    const Index rows = std::min(request.batch_size, request.rows - number * request.batch_size);
    const bool trains = call.mode == Call::Mode::train, back = call.mode != Call::Mode::measure;
    Run<T>& run = call.runs[thread];
    run.rows = rows;
    run.chunk_rows = std::max<Index>(1, (rows + most_chunks - 1) / most_chunks);
    run.step = static_cast<std::uint64_t>(request.iterations + number);

    call.guard([&] {
        if (thread == 0) {
            if (trains) update_->begin(rate_of(request, number), request.iterations + number + 1);
            objective_.begin_batch(call.feed, first, rows);
        }
        for (Line<T>& line : program_.lines) {
            const Piece piece(line.kernel->prepare_parts(), thread, call.threads);
            for (Index part = piece.from; part < piece.to; ++part) line.kernel->prepare(run, part);
        }
    });
    call.barrier.wait();
    for (const Pass& one : passes_) {
        if (!back && one.forward_to == 0 && !one.begins) break;
        pass(call, thread, one, first, rows);
    }
    if (back) weight_gradients(call, thread);
    double penalty = 0;
    if (trains) call.guard([&] { update_->scan(thread, call.threads); });
    if (thread == 0) call.guard([&] { call.data_loss = objective_.finish_batch(run); });
    call.barrier.wait();
    if (call.failed.load()) {
        if (thread == 0 && trains) update_->undo();
        return;
    }

    if (trains) penalty = update_->penalty();
    const double total = call.data_loss + penalty;
    const bool loss_is_finite = finite(total);
    if (trains && (!loss_is_finite || !update_->gradient_is_finite())) {
        call.barrier.wait();
        if (thread == 0) {
            call.outcome.ending = loss_is_finite ? Ending::gradient_not_finite : Ending::loss_not_finite;
            call.outcome.total = total;
            call.go_on = false;
            update_->undo();
        }
        call.barrier.wait();
        return;
    }
    if (trains) update_->step(thread, call.threads);
    if (thread == 0) {
        call.outcome.batches += 1;
        call.outcome.total = total;
        if (trains) keep_loss(request.iterations + number, total);
        objective_.add_to(call.outcome.totals, penalty);
        for (Line<T>& line : program_.lines)
            if (back && call.commits) line.kernel->commit(run);
        if (number % batches_a_look == batches_a_look - 1 || rows * program_.work_a_row > least_share * usual_work)
            if (Clock::now() > call.end) call.outcome.ending = Ending::time, call.go_on = false;
    }
    call.barrier.wait();
    if (trains && update_->has_constraints()) {
        if (thread == 0) update_->constrain();
        call.barrier.wait();
    }
}

template <class T>
void Network<T>::keep_loss(std::int64_t step, double total) {
    const std::int64_t since = step - first_loss_, place = since >> loss_shift_;
    if (losses_ == nullptr || since < 0 || place >= losses_room_ || place << loss_shift_ != since) return;
    losses_[place] = total;
}

template <class T>
void Network<T>::pass(Call& call, int thread, const Pass& pass, Index first, Index rows) {
    const Run<T>& run = call.runs[thread];
    if (pass.statistics >= 0 && (!pass.backward_statistics || program_.lines[pass.statistics].goes_back)) {
        const Kernel<T>& kernel = *program_.lines[pass.statistics].kernel;
        const bool back = pass.backward_statistics;
        call.guard([&] {
            const Piece piece(back ? kernel.backward_statistics_parts() : kernel.statistics_parts(), thread,
                              call.threads);
            for (Index part = piece.from; part < piece.to; ++part)
                back ? kernel.backward_statistics(run, part) : kernel.statistics(run, part);
        });
        call.barrier.wait([&] {
            call.guard([&] { back ? kernel.join_backward_statistics(run) : kernel.join_statistics(run); });
        });
    }
    call.guard([&] {
        if (pass.begins) begin(call, thread, first, 0, 0);
        // Rows in whole chunks where kernels sum by chunks, else one by one.
        const Index unit = program_.by_chunks ? run.chunk_rows : 1;
        const Piece piece((rows + unit - 1) / unit, thread, call.threads);
        const Index end = std::min(piece.to * unit, rows);
        for (Index lo = piece.from * unit, hi; lo < end; lo = hi) {
            hi = std::min(lo + call.block, program_.by_chunks ? std::min((lo / unit + 1) * unit, end) : end);
            block(call, thread, pass, first, lo, hi);
        }
    });
    call.barrier.wait();
}

template <class T>
void Network<T>::block(Call& call, int thread, const Pass& pass, Index first, Index lo, Index hi) {
    Run<T>& run = call.runs[thread];
    program_.buffers.begin_block(thread, lo);
    if (pass.begins) begin(call, thread, first, lo, hi);
    for (int n = pass.forward_from; n < pass.forward_to; ++n) {
        const Line<T>& line = program_.lines[n];
        if (call.wants_outputs || !line.for_outputs_alone) line.kernel->forward(run, lo, hi);
    }
    const bool back = call.mode != Call::Mode::measure;
    if (pass.measures) {
        objective_.measure(run, call.feed, first, lo, hi, back);
        copy_outputs(call, thread, first, lo, hi);
    }
    if (!back) return;
    for (int n = pass.back_from; n >= pass.back_to; --n) {
        const Line<T>& line = program_.lines[n];
        if (!line.goes_back) continue;
        line.kernel->backward(run, lo, hi);
        for (const Addition& sum : line.row_sums)
            map(run.places[sum.onto].row_size * (hi - lo), run.at(sum.onto, lo), run.at(sum.from, lo),
                run.at(sum.onto, lo), [](Vec<T> a, Vec<T> b) { return a + b; });
    }
}

// Rows of the inputs: read where they are if they lie as the kernels want them, else gathered and converted. An empty
// range only says where they are.
template <class T>
void Network<T>::begin(Call& call, int thread, Index first, Index lo, Index hi) {
    const Description& d = program_.description;
    for (int n = 0; n < d.n_inputs; ++n) {
        const Column& column = call.feed.inputs[n];
        const int buffer = program_.value[n];
        const bool whole = d.slots[n].whole;
        const Number own = whole ? Number::i8 : sizeof(T) == 4 ? Number::f4 : Number::f8;
        const std::size_t width = whole ? sizeof(std::int64_t) : sizeof(T);
        const Index row_bytes = column.size * static_cast<Index>(width);
        if (call.feed.order == nullptr && column.type == own && column.row_bytes == row_bytes &&
            is_aligned(column.first, width)) {
            program_.buffers.lend(thread, buffer, column.first + first * row_bytes);
            continue;
        }
        if (lo == hi) {
            program_.buffers.take_back(thread, buffer);
            continue;
        }
        const Run<T>& run = call.runs[thread];
        auto row = [&](Index r) { return call.feed.row(first + lo + r); };
        if (whole) gather(column, hi - lo, row, run.whole_at(buffer, lo));
        else gather(column, hi - lo, row, run.at(buffer, lo));
    }
}

template <class T>
void Network<T>::weight_gradients(Call& call, int thread) {
    const Run<T>& run = call.runs[thread];
    call.guard([&] {
        for (Line<T>& line : program_.lines) {
            if (!line.goes_back) continue;
            const Piece piece(line.kernel->weight_parts(), thread, call.threads);
            if (piece.from < piece.to) line.kernel->weight_gradients(run, piece.from, piece.to);
        }
        for (std::size_t n = 0; thread == 0 && n < unwritten_gradients_.size(); ++n)
            std::fill_n(unwritten_gradients_[n], unwritten_sizes_[n], T{});
    });
    call.barrier.wait();
    if (!program_.adds_weights) return;
    call.guard([&] {
        for (std::size_t n = program_.lines.size(); thread == 0 && n-- > 0;)
            for (const Addition& sum : program_.lines[n].weight_sums)
                map(program_.buffers.size(sum.from), run.at(sum.onto), run.at(sum.from), run.at(sum.onto),
                    [](Vec<T> a, Vec<T> b) { return a + b; });
    });
    call.barrier.wait();
}

template <class T>
void Network<T>::copy_outputs(Call& call, int thread, Index first, Index lo, Index hi) {
    for (std::size_t k = 0; k < call.request.outputs.size(); ++k) {
        const int slot = program_.description.outputs[k];
        const Index size = program_.slot_size(slot);
        T* to = call.request.outputs[k] + (first - call.request.first + lo) * size;
        std::copy_n(call.runs[thread].at(program_.value[slot], lo), (hi - lo) * size, to);
    }
}

template class Network<float>;
template class Network<double>;

}  // namespace chainrule
