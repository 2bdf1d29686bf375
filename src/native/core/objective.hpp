// The losses of a network: their targets and weights of a batch, their values, and the gradients they begin with.
//
//     total = Σ over losses of factor · scale · Σ w l        scale as the reduction says (losses/reductions.py)
#pragma once

#include <memory>
#include <vector>

#include "../losses/hits.hpp"
#include "../losses/loss.hpp"
#include "feed.hpp"
#include "program.hpp"

namespace chainrule {

// What an epoch adds up, a number for each loss and each metric.
struct Totals {
    std::vector<double> losses, counts;  // Σ value · count, and Σ count (no count where the reduction is "sum")
    std::vector<double> hits, answers;   // of each metric
    double penalty = 0;

    std::vector<double> flat() const {
        std::vector<double> all;
        for (const auto* part : {&losses, &counts, &hits, &answers}) all.insert(all.end(), part->begin(), part->end());
        all.push_back(penalty);
        return all;
    }
    void set(const std::vector<double>& all) {
        require(all.size() == flat().size(), "the sums of earlier calls don't fit");
        auto next = all.begin();
        for (auto* part : {&losses, &counts, &hits, &answers})
            for (double& number : *part) number = *next++;
        penalty = *next;
    }
};

template <class T>
class Objective {
public:
    explicit Objective(Program<T>& program);

    // Throws DescriptionError where the data's columns don't fit.
    void check(const Feed& feed) const;
    // Once a batch, by one thread: weights' sums, and with them the scale of each loss.
    void begin_batch(const Feed& feed, Index first, Index rows);
    // Rows lo … hi: targets are gathered, losses measured, gradients begun.
    void measure(const Run<T>& run, const Feed& feed, Index first, Index lo, Index hi, bool with_gradients);
    // Once a batch, by one thread, after `measure` of all rows: sums in the order of the rows, and the total loss
    // without penalties.
    double finish_batch(const Run<T>& run);
    void add_to(Totals& totals, double penalty) const;
    Totals none() const;

    std::size_t size() const { return terms_.size(); }
    bool has_metrics() const { return !metrics_.empty(); }

private:
    enum class Reduction { mean, sum, mean_with_weight };
    struct Term {
        std::unique_ptr<Loss<T>> loss;
        Index positions;  // rows of the loss in a row of the batch
        T factor;
        Reduction reduction;
        int predictions, targets, weights, losses, scaled;  // buffers
        int gradient;
        double scale = 0, value = 0, count = 0;
        bool weighted = false;
        bool weight_a_position = false;
    };
    struct Measured {
        std::unique_ptr<Metric<T>> metric;
        int predictions;
        Index size;  // numbers of a row of the predictions
        std::size_t term;
        double sum = 0, count = 0;
    };

    void gather_targets(const Run<T>& run, const Feed& feed, std::size_t number, Index first, Index lo, Index hi);
    void scale_rows(const Run<T>& run, const Term& term, Index lo, Index hi) const;

    Program<T>& program_;
    std::vector<Term> terms_;
    std::vector<Measured> metrics_;
    Index rows_ = 0;
};

}  // namespace chainrule
