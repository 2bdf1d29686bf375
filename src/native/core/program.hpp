// A program: the kernels of a network in order, with buffers for all that lies between them.
//
// What the plan decides, once:
//   - which gradients are made: those on a way from a loss to a wanted array;
//   - who makes a gradient first (it writes) and who comes later (it writes elsewhere, and the sum is taken after it);
//   - which arrays share memory, since nobody reads the first again;
//   - which arrays need a row for each row of the batch, and which only for a block of rows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "buffers.hpp"
#include "description.hpp"

namespace chainrule {

// A gradient that is added onto another after its kernel ran.
struct Addition {
    int from, onto;
};

template <class T>
struct Line {
    std::unique_ptr<Kernel<T>> kernel;
    std::string layer;
    bool goes_back = false;            // some gradient of its inputs is made
    std::vector<Addition> row_sums;    // after its backward
    std::vector<Addition> weight_sums; // after all weight_gradients
    bool for_outputs_alone = false;    // neither a loss nor its gradient needs it
};

template <class T>
class Program {
public:
    // Throws DescriptionError for anything that isn't a program.
    explicit Program(const Description& description);

    Description description;
    std::vector<Line<T>> lines;
    Buffers<T> buffers;
    std::vector<int> value;          // of each slot: the buffer of its numbers
    std::vector<int> gradient;       // of each slot: the buffer of its gradient, or −1
    std::vector<int> term_gradient;  // of each loss: where it writes, or −1
    std::vector<Addition> term_sums; // of losses that read one slot
    std::vector<Index> weight_size;  // of each weight
    Index scratch = 0;
    bool batch_wide = false;
    bool by_chunks = false;          // no block may cross a chunk
    bool adds_weights = false;       // some weight_sums exist
    double work_a_row = 0;           // multiply-adds, forward and backward

    Index slot_size(int slot) const { return description.slots[slot].size; }

private:
    void check();
    void make_kernels();
    void share_memory();
    void plan_gradients();
    void keep_rows();
    void reserve();
    std::vector<int> readers_of(int slot) const;
    bool may_overwrite(std::size_t number) const;
    int contribute(int slot, std::vector<Addition>& sums);
};

}  // namespace chainrule
