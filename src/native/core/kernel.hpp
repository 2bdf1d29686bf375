// What a kernel is: one operation on a batch of rows, forward and backward, the same mathematics as its file in
// src/chainrule/ops.
//
// A step of training goes through phases; between two phases all threads wait for each other:
//
//     prepare            once a step, from the weights alone (packing), cut into parts
//     forward, backward  rows lo … hi of the batch: a thread takes a block of rows through the whole network and back
//     weight_gradients   sums over all rows, cut into parts *of the weights*, each over the whole batch in the order of
//                        the rows: so the bits are the same for any number of threads
//     commit             after a step that succeeded: running statistics
//
// A kernel whose gradient of a weight is best made while the rows are in the cache (convolution) sums it up by chunks:
// fixed pieces of the batch, which no block crosses (`Plan::chunks`). `backward` of a chunk's first rows begins its sum;
// `weight_gradients` adds up the chunks in their order. So these bits don't depend on the threads either.
//
// A batch-wide kernel (batch normalisation in training) has a phase more before each of forward and backward, cut into
// parts as it likes, such as its channels or chunks of rows: `statistics` and `backward_statistics`. When all parts are
// done one thread joins them while the others wait: `join_statistics` and `join_backward_statistics`.
//
// A kernel holds no numbers of a batch: arrays lie in the program's buffers, and `Run` says where. It is made once and
// run by many threads at a time, so its phases are const.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "options.hpp"
#include "simd.hpp"

namespace chainrule {

// A batch has up to so many chunks of rows, whatever the number of threads: the first ones of `chunk_rows`, the last
// perhaps shorter.
constexpr Index most_chunks = 16;

// One array that a kernel reads or writes.
struct Operand {
    std::vector<Index> axes;  // of one row; of a weight all axes
    Index size = 1;           // the product of the axes
    bool has_rows = true;     // false: a weight or running statistics
    bool whole = false;       // whole numbers (std::int64_t), such as an embedding's indices
    int value = -1;           // the buffer of its numbers
    int gradient = -1;        // the buffer of their gradient; −1: not wanted

    bool wanted() const { return gradient >= 0; }
};

// Where a buffer lies: row r begins at first + (r − origin) · row_size. Without rows, row_size is 0.
struct Place {
    void* first = nullptr;
    Index row_size = 0;
    Index origin = 0;
};

// One thread's view of a batch under way.
template <class T>
struct Run {
    Index rows = 0;            // of the batch
    Index chunk_rows = 1;      // rows of a chunk
    std::uint64_t seed = 0;    // these two name the random bits of the step
    std::uint64_t step = 0;
    T* scratch = nullptr;      // this thread's own; as many numbers as any kernel reserved
    const Place* places = nullptr;

    T* at(int buffer, Index row = 0) const {
        const Place& place = places[buffer];
        return static_cast<T*>(place.first) + (row - place.origin) * place.row_size;
    }
    std::int64_t* whole_at(int buffer, Index row = 0) const {
        const Place& place = places[buffer];
        return static_cast<std::int64_t*>(place.first) + (row - place.origin) * place.row_size;
    }
};

// What a kernel may ask for before the first batch; each call returns a buffer.
class Plan {
public:
    virtual ~Plan() = default;
    // `size` numbers a row, kept from forward to backward (and, with `to_the_end`, to weight_gradients).
    virtual int rows(Index size, bool to_the_end = false) = 0;
    // `size` numbers for each chunk of the batch, kept for the whole step; `Run::at` takes the chunk in place of the row.
    virtual int chunks(Index size) = 0;
    // `size` numbers for the whole batch, kept for the whole step, such as packed weights or new statistics.
    virtual int shared(Index size) = 0;
    // At least `size` numbers of scratch for each thread.
    virtual void scratch(Index size) = 0;
    // False in a program that is only used: nothing is needed for a backward pass.
    virtual bool training() const = 0;
};

// One step of a program as Python described it; the operands have axes, but no buffers yet.
struct Step {
    std::string operation, layer;
    Options options;
    std::vector<Operand> in;
    Operand out;
    int stream = -1;  // numbers the random steps, so that each has bits of its own
};

template <class T>
class Kernel {
public:
    explicit Kernel(const Step& step) : in(step.in), out(step.out), stream(step.stream) {}
    virtual ~Kernel() = default;

    std::vector<Operand> in;  // the program sets the buffers before `reserve`
    Operand out;
    int stream;

    // ---- what the program asks when it plans

    // Whether backward or weight_gradients read the numbers of in[k] (of the output): what nobody reads may be
    // overwritten.
    virtual bool reads_input_again(std::size_t k) const { (void)k; return true; }
    virtual bool reads_output_again() const { return false; }
    // Whether forward may write its output over in[0], and backward in[0]'s gradient over the output's. Both have the
    // same size then, and nothing but in[0] and out has rows.
    virtual bool in_place() const { return false; }
    virtual void reserve(Plan&) {}
    // Whether backward sums by chunks; the rows of its input need not be kept for weight_gradients then.
    virtual bool sums_by_chunks() const { return false; }
    // Multiply-adds a row, forward: by them the number of threads is chosen.
    virtual double work() const { return static_cast<double>(out.size); }

    // ---- phases of a step

    virtual Index prepare_parts() const { return 0; }
    virtual void prepare(const Run<T>&, Index part) const { (void)part; }

    virtual void forward(const Run<T>&, Index lo, Index hi) const = 0;
    // Writes (never adds to) the gradient of each in[k] that has rows and is wanted.
    virtual void backward(const Run<T>&, Index lo, Index hi) const { (void)lo, (void)hi; }

    virtual Index weight_parts() const { return 0; }
    // Writes (never adds to) its part of the gradient of each wanted weight.
    virtual void weight_gradients(const Run<T>&, Index part) const { (void)part; }
    // Parts from … to − 1, a thread's share; for kernels that do several at once quicker than one by one.
    virtual void weight_gradients(const Run<T>& run, Index from, Index to) const {
        for (Index part = from; part < to; ++part) weight_gradients(run, part);
    }

    virtual Index statistics_parts() const { return 0; }
    virtual void statistics(const Run<T>&, Index part) const { (void)part; }
    virtual void join_statistics(const Run<T>&) const {}
    virtual Index backward_statistics_parts() const { return 0; }
    virtual void backward_statistics(const Run<T>&, Index part) const { (void)part; }
    virtual void join_backward_statistics(const Run<T>&) const {}

    virtual void commit(const Run<T>&) const {}
};

// The one table of operations: a name, and how its kernel is made.
template <class T>
using Kernels = std::map<std::string, std::function<std::unique_ptr<Kernel<T>>(const Step&)>>;

template <class T>
const Kernels<T>& kernels();  // ops/table.cpp

// What the constructors of kernels check.
inline void require_inputs(const Step& step, std::size_t least, std::size_t most) {
    require(least <= step.in.size() && step.in.size() <= most, step.operation + " has a wrong number of arrays");
}
inline void require_same_size(const Step& step) {
    require_inputs(step, 1, 1);
    require(step.in[0].size == step.out.size && step.in[0].has_rows && !step.in[0].whole,
            step.operation + " changes no shape");
}

}  // namespace chainrule
