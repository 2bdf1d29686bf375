// A network that runs: batches through the phases of its program, on one thread or several.
#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

#include "feed.hpp"
#include "objective.hpp"
#include "pace.hpp"
#include "program.hpp"
#include "threads.hpp"
#include "update.hpp"

namespace chainrule {

// What a call of `train` is asked for.
template <class T>
struct Request {
    Index first = 0;             // place of the first row in the feed's order
    Index rows = 0;              // rows from there on
    Index batch_size = 1;
    std::uint64_t seed = 0;      // with the number of the step it names the random bits
    std::int64_t iterations = 0; // steps taken before
    std::vector<double> rates;   // of each step; one for all if there is one
    double seconds = 1e9;        // after so long no other batch is begun
    std::vector<T*> outputs;     // where predictions go, row `first` first; empty: they aren't wanted
    std::vector<double> sums;    // what earlier calls added up (`Totals::flat`), so that sums go on in one chain
};

enum class Ending { done, time, loss_not_finite, gradient_not_finite };

struct Outcome {
    Index batches = 0;  // whole steps that were taken
    Ending ending = Ending::done;
    Totals totals;
    double total = 0;   // the loss of the last batch, penalties included
};

template <class T>
class Network {
public:
    explicit Network(const Description& description);

    // The memory of each weight and, where it's wanted, of its gradient.
    void bind(const std::vector<T*>& weights, const std::vector<T*>& gradients);
    void set_update(std::unique_ptr<Update<T>> update) {
        std::lock_guard<ForkLock> lock(busy_);
        update_ = std::move(update);
    }

    // Where the total losses of steps go: of step `first` at losses[0], of step first + every at losses[1], as many as
    // there is room for. `every` is a power of two, since it's divided by at each step. Null: nowhere.
    void keep_losses(double* losses, std::int64_t first, std::int64_t every, Index room) {
        require(every > 0 && (every & (every - 1)) == 0, "every so many steps: a power of two");
        std::lock_guard<ForkLock> lock(busy_);
        losses_ = losses, first_loss_ = first, losses_room_ = room;
        for (loss_shift_ = 0; (std::int64_t{1} << loss_shift_) < every;) ++loss_shift_;
    }

    Outcome train(const Feed& feed, const Request<T>& request);
    // Losses, metrics and predictions of the network as it is, `block` rows at a time.
    Outcome measure(const Feed& feed, const Request<T>& request);
    // Gradients of one batch, into the arrays that were bound; nothing is changed but, where asked for, the running
    // statistics. The gradient of input k goes to input_gradients[k] where that isn't null.
    Outcome gradients(const Feed& feed, const Request<T>& request, bool commit, const std::vector<T*>& input_gradients);

    // A few rows at once, on this thread and without taking memory: what predicting one row costs. The arrays hold just
    // the rows, one array an input and an output.
    void predict(const std::vector<const void*>& inputs, const std::vector<T*>& outputs, Index rows);

    // Throws DescriptionError where the data's columns don't fit the network.
    void check_sizes(const Feed& feed) const;

    const Description& description() const { return program_.description; }
    Index input_size(std::size_t n) const { return program_.slot_size(static_cast<int>(n)); }
    Index output_size(std::size_t n) const { return program_.slot_size(program_.description.outputs[n]); }
    std::size_t n_terms() const { return objective_.size(); }

private:
    // One way through a stretch of rows: from one batch-wide kernel to the next, forward, backward, or both.
    struct Pass {
        int statistics = -1;           // the line whose sums over the batch come first
        bool backward_statistics = false;
        bool begins = false;           // gathers the inputs
        int forward_from = 0, forward_to = 0;
        bool measures = false;
        int back_from = -1, back_to = 0;  // lines back_from, back_from − 1, … back_to
    };
    // All that the threads of one call share.
    struct Call;

    void plan_passes();
    // As many as have `work` multiply-adds each.
    int threads_for(Index rows, double work) const;
    Index rows_of_a_block(Index rows, int threads) const;
    Outcome train(const Feed& feed, const Request<T>& request, int threads);
    Outcome run(Call& call);
    void work(Call& call, int thread);
    void batch(Call& call, int thread, Index number);
    void pass(Call& call, int thread, const Pass& pass, Index first, Index rows);
    void block(Call& call, int thread, const Pass& pass, Index first, Index lo, Index hi);
    void begin(Call& call, int thread, Index first, Index lo, Index hi);
    void weight_gradients(Call& call, int thread);
    void keep_loss(std::int64_t step, double total);
    void copy_outputs(Call& call, int thread, Index first, Index lo, Index hi);

    Program<T> program_;
    Objective<T> objective_;
    std::unique_ptr<Update<T>> update_;
    Pace pace_;
    std::vector<Pass> passes_;
    std::vector<T*> unwritten_gradients_;
    std::vector<Index> unwritten_sizes_;
    double* losses_ = nullptr;
    std::int64_t first_loss_ = 0;
    int loss_shift_ = 0;
    Index losses_room_ = 0;
    ForkLock busy_;
};

}  // namespace chainrule
