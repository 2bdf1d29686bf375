#include "objective.hpp"

namespace chainrule {

template <class T>
Objective<T>::Objective(Program<T>& program) : program_(program) {
    const Description& d = program.description;
    for (std::size_t n = 0; n < d.terms.size(); ++n) {
        const TermLine& line = d.terms[n];
        const Operand& read = d.slots[line.slot];
        require(!read.axes.empty(), "a loss needs an axis to look along");
        auto entry = losses<T>().find(line.operation);
        require(entry != losses<T>().end(), "there is no loss " + line.operation);
        Term term;
        term.loss = entry->second(read.axes.back(), line.options);
        term.positions = read.size / read.axes.back();
        term.factor = static_cast<T>(line.factor);
        if (line.reduction == "sum") term.reduction = Reduction::sum;
        else if (line.reduction == "mean_with_sample_weight") term.reduction = Reduction::mean_with_weight;
        else require(line.reduction == "sum_over_batch_size", "there is no reduction " + line.reduction),
                 term.reduction = Reduction::mean;
        const bool whole = term.loss->whole_targets();
        term.predictions = program.value[line.slot];
        term.gradient = d.training ? program.term_gradient[n] : -1;
        term.targets = program.buffers.add(whole ? term.positions : read.size, Kind::rows, whole);
        term.weights = program.buffers.add(term.positions, Kind::rows);
        term.losses = program.buffers.add(term.positions, Kind::rows);
        term.scaled = program.buffers.add(term.positions, Kind::block);
        terms_.push_back(std::move(term));
    }
    for (const MetricLine& line : d.metrics) {
        const int slot = d.outputs[line.output];
        const Operand& read = d.slots[slot];
        require(!read.axes.empty(), "a metric needs an axis to look along");
        Measured measured;
        measured.metric = make_metric<T>(line.name, line.options, read.axes.back());
        measured.predictions = program.value[slot];
        measured.size = read.size;
        measured.term = line.term;
        program.buffers.keep_for_all_rows(program.value[slot]);
        const Operand& compared = d.slots[d.terms[line.term].slot];
        require(compared.size == read.size && compared.axes.back() == read.axes.back(),
                "a metric compares arrays of different sizes");
        metrics_.push_back(std::move(measured));
    }
}

template <class T>
void Objective<T>::check(const Feed& feed) const {
    require(feed.targets.size() == terms_.size() && feed.weights.size() == terms_.size(),
            "there are not targets and weights for each loss");
    for (std::size_t n = 0; n < terms_.size(); ++n) {
        const Column &targets = feed.targets[n], &weights = feed.weights[n];
        const Index size = terms_[n].positions * (terms_[n].loss->whole_targets() ? 1 : terms_[n].loss->width);
        require(targets.first != nullptr && targets.size == size, "the targets have another size than the predictions");
        require(weights.first == nullptr || weights.size == 1 || weights.size == terms_[n].positions,
                "the weights are neither one a row nor one for each loss");
    }
}

template <class T>
void Objective<T>::begin_batch(const Feed& feed, Index first, Index rows) {
    rows_ = rows;
    for (std::size_t n = 0; n < terms_.size(); ++n) {
        Term& term = terms_[n];
        const Column& weights = feed.weights[n];
        term.weighted = weights.first != nullptr;
        term.weight_a_position = term.weighted && weights.size == term.positions;
        term.count = static_cast<double>(rows);
        double total = static_cast<double>(rows) * term.positions;
        if (term.reduction == Reduction::mean_with_weight && term.weighted) {
            std::vector<T> row(weights.size);
            double sum = 0;
            for (Index r = 0; r < rows; ++r) {
                gather(weights, 1, [&](Index) { return feed.row(first + r); }, row.data());
                for (T weight : row) sum += weight;
            }
            term.count = sum;
            total = sum * term.positions / weights.size;
        }
        term.scale = term.reduction == Reduction::sum ? 1.0 : total != 0 ? 1.0 / total : 0.0;
    }
}

template <class T>
void Objective<T>::gather_targets(const Run<T>& run, const Feed& feed, std::size_t n, Index first, Index lo, Index hi) {
    const Term& term = terms_[n];
    auto row = [&](Index r) { return feed.row(first + lo + r); };
    if (term.loss->whole_targets())
        gather(feed.targets[n], hi - lo, row, run.whole_at(term.targets, lo));
    else
        gather(feed.targets[n], hi - lo, row, run.at(term.targets, lo));
    if (!term.weighted) return;
    T* W = run.at(term.weights, lo);
    gather(feed.weights[n], hi - lo, row, W);
    if (term.weight_a_position) return;
    for (Index r = hi - lo; r-- > 0;)  // from the last: the rows spread over their own beginning
        for (Index p = term.positions; p-- > 0;) W[r * term.positions + p] = W[r];
}

// What each loss counts in the total, as the reference engine rounds it: scale and weight first, then the factor.
template <class T>
void Objective<T>::scale_rows(const Run<T>& run, const Term& term, Index lo, Index hi) const {
    T* dL = run.at(term.scaled, lo);
    const T* W = run.at(term.weights, lo);
    for (Index i = 0; i < (hi - lo) * term.positions; ++i) {
        const T scaled = static_cast<T>(term.weighted ? W[i] * term.scale : term.scale);
        dL[i] = term.factor == 1 ? scaled : scaled * term.factor;
    }
}

template <class T>
void Objective<T>::measure(const Run<T>& run, const Feed& feed, Index first, Index lo, Index hi, bool with_gradients) {
    for (std::size_t n = 0; n < terms_.size(); ++n) {
        const Term& term = terms_[n];
        gather_targets(run, feed, n, first, lo, hi);
        const bool back = with_gradients && term.gradient >= 0;
        if (back) scale_rows(run, term, lo, hi);
        const void* targets = term.loss->whole_targets() ? static_cast<const void*>(run.whole_at(term.targets, lo))
                                                         : run.at(term.targets, lo);
        term.loss->measure((hi - lo) * term.positions, run.at(term.predictions, lo), targets, run.at(term.losses, lo),
                           run.at(term.scaled, lo), back ? run.at(term.gradient, lo) : nullptr);
    }
    for (const Addition& sum : program_.term_sums) {
        if (!with_gradients) break;
        const Index size = run.places[sum.onto].row_size;
        map(size * (hi - lo), run.at(sum.onto, lo), run.at(sum.from, lo), run.at(sum.onto, lo),
            [](Vec<T> a, Vec<T> b) { return a + b; });
    }
}

template <class T>
double Objective<T>::finish_batch(const Run<T>& run) {
    double total = 0;
    for (Term& term : terms_) {
        const T* L = run.at(term.losses);
        const T* W = run.at(term.weights);
        double sum = 0;
        for (Index i = 0; i < rows_ * term.positions; ++i) sum += term.weighted ? double(L[i]) * W[i] : double(L[i]);
        term.value = sum * term.scale;
        total += static_cast<double>(term.factor) * term.value;
    }
    for (Measured& measured : metrics_) {
        const Term& term = terms_[measured.term];
        const bool whole = term.loss->whole_targets();
        const void* targets = whole ? static_cast<const void*>(run.whole_at(term.targets)) : run.at(term.targets);
        measured.sum = measured.metric->sum(rows_ * term.positions, run.at(measured.predictions), targets, whole);
        measured.count = static_cast<double>(measured.metric->count(rows_ * term.positions));
    }
    return total;
}

template <class T>
void Objective<T>::add_to(Totals& totals, double penalty) const {
    for (std::size_t n = 0; n < terms_.size(); ++n) {
        const bool summed = terms_[n].reduction == Reduction::sum;
        totals.losses[n] += terms_[n].value * (summed ? 1 : terms_[n].count);
        totals.counts[n] += summed ? 0 : terms_[n].count;
    }
    for (std::size_t n = 0; n < metrics_.size(); ++n) {
        totals.hits[n] += metrics_[n].sum;
        totals.answers[n] += metrics_[n].count;
    }
    totals.penalty += penalty;
}

template <class T>
Totals Objective<T>::none() const {
    Totals totals;
    totals.losses.assign(terms_.size(), 0), totals.counts.assign(terms_.size(), 0);
    totals.hits.assign(metrics_.size(), 0), totals.answers.assign(metrics_.size(), 0);
    return totals;
}

template class Objective<float>;
template class Objective<double>;

}  // namespace chainrule
