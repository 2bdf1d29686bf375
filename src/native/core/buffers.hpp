// Where the arrays of a program lie. Planned once; memory is taken when the first batch says how many rows there are.
//
//     rows    one row for each row of the batch
//     block   one row for each row of a block: every thread has its own, which stays in its cache
//     chunk   one row for each chunk of the batch (kernel.hpp)
//     shared  once for the whole batch
//     given   memory of the caller's: weights, their gradients, inputs that are read where they are
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "description.hpp"

namespace chainrule {

// So many buffers of `most_numbers` can be added up in bytes.
constexpr Index most_buffers = Index{1} << 20;

enum class Kind { rows, block, chunk, shared, given };

// Memory that begins at a cache line, with a vector of slack at its end.
class Memory {
public:
    void* reserve(std::size_t bytes) {
        if (bytes > size_) {
            bytes_.reset(static_cast<char*>(::operator new(bytes + vector_bytes, std::align_val_t{64})));
            size_ = bytes;
            std::fill_n(bytes_.get(), bytes + vector_bytes, 0);
        }
        return bytes_.get();
    }

private:
    struct Free {
        void operator()(char* p) const { ::operator delete(p, std::align_val_t{64}); }
    };
    std::unique_ptr<char, Free> bytes_;
    std::size_t size_ = 0;
};

template <class T>
class Buffers {
public:
    int add(Index row_size, Kind kind, bool whole = false) {
        require(row_size <= most_numbers && static_cast<Index>(kinds_.size()) < most_buffers, "a network is too large");
        kinds_.push_back(kind);
        sizes_.push_back(row_size);
        widths_.push_back(whole ? sizeof(std::int64_t) : sizeof(T));
        return static_cast<int>(kinds_.size()) - 1;
    }
    Kind kind(int buffer) const { return kinds_[buffer]; }
    Index size(int buffer) const { return sizes_[buffer]; }
    void keep_for_all_rows(int buffer) {
        if (kinds_[buffer] == Kind::block) kinds_[buffer] = Kind::rows;
    }
    // Numbers a row of all that has rows: what a block of the batch must fit into the cache with.
    Index numbers_a_row() const {
        Index sum = 0;
        for (std::size_t b = 0; b < kinds_.size(); ++b)
            if (kinds_[b] == Kind::rows || kinds_[b] == Kind::block) sum += sizes_[b];
        return sum;
    }

    // Take memory for `rows` rows, `threads` threads, and blocks of at most `block` rows.
    void allocate(Index rows, int threads, Index block, Index scratch) {
        if (rows <= rows_ && threads <= threads_ && block <= block_) return;
        // Until all is there nothing counts as there: what follows may run out of memory.
        rows = std::max(rows, rows_), threads = std::max(threads, threads_), block = std::max(block, block_);
        rows_ = block_ = threads_ = 0;
        std::vector<std::size_t> common, own;
        std::size_t common_bytes = 0, own_bytes = bytes(1, scratch, sizeof(T));
        for (std::size_t b = 0; b < kinds_.size(); ++b) {
            common.push_back(common_bytes), own.push_back(own_bytes);
            if (kinds_[b] == Kind::rows) common_bytes += bytes(rows, sizes_[b], widths_[b]);
            if (kinds_[b] == Kind::chunk) common_bytes += bytes(most_chunks, sizes_[b], widths_[b]);
            if (kinds_[b] == Kind::shared) common_bytes += bytes(1, sizes_[b], widths_[b]);
            if (kinds_[b] == Kind::block) own_bytes += bytes(block, sizes_[b], widths_[b]);
        }
        given_.resize(kinds_.size());
        char* all = static_cast<char*>(common_.reserve(common_bytes));
        if (own_.size() < static_cast<std::size_t>(threads)) own_.resize(threads);
        places_.assign(threads, std::vector<Place>(kinds_.size()));
        scratch_.assign(threads, nullptr);
        blocks_.clear();
        for (std::size_t b = 0; b < kinds_.size(); ++b)
            if (kinds_[b] == Kind::block) blocks_.push_back(static_cast<int>(b));
        for (int t = 0; t < threads; ++t) {
            char* mine = static_cast<char*>(own_[t].reserve(own_bytes));
            scratch_[t] = reinterpret_cast<T*>(mine);
            for (std::size_t b = 0; b < kinds_.size(); ++b) {
                Place& place = places_[t][b];
                place.row_size = kinds_[b] == Kind::shared ? 0 : sizes_[b];
                if (kinds_[b] == Kind::given) place = given_[b];
                else place.first = kinds_[b] == Kind::block ? mine + own[b] : all + common[b];
            }
        }
        home_ = places_;
        rows_ = rows, threads_ = threads, block_ = block;
    }

    // Say where a `given` buffer lies, such as a weight.
    void give(int buffer, void* first) {
        given_.resize(kinds_.size());
        given_[buffer] = {first, 0, 0};
        for (auto& of_thread : places_) of_thread[buffer] = given_[buffer];
    }

    // Let a thread read rows where the caller has them, or in memory of our own again.
    void lend(int thread, int buffer, const void* first) {
        places_[thread][buffer] = {const_cast<void*>(first), sizes_[buffer], 0};
    }
    void take_back(int thread, int buffer) { places_[thread][buffer] = home_[thread][buffer]; }

    // Let a thread's block buffers begin at row `lo`.
    void begin_block(int thread, Index lo) {
        for (int buffer : blocks_) places_[thread][buffer].origin = lo;
    }

    Place* places(int thread) { return places_[thread].data(); }
    T* scratch(int thread) { return scratch_[thread]; }

private:
    // Whole cache lines and one more, so that two threads never write to one.
    static std::size_t bytes(Index rows, Index row_size, std::size_t width) {
        require(row_size == 0 || rows <= most_numbers / row_size, "a batch needs too much memory");
        return (static_cast<std::size_t>(rows) * row_size * width + 127) / 64 * 64;
    }

    std::vector<Kind> kinds_;
    std::vector<Index> sizes_;
    std::vector<std::size_t> widths_;
    std::vector<std::vector<Place>> places_, home_;  // of each thread
    std::vector<Place> given_;
    std::vector<T*> scratch_;
    std::vector<int> blocks_;
    std::vector<Memory> own_;
    Memory common_;
    Index rows_ = 0, block_ = 0;
    int threads_ = 0;
};

}  // namespace chainrule
