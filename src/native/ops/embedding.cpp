// Embedding: Y = W[I], one row of the table for each index; dW[v] = Σ dY over all places where I is v.
//
// dW is cut by columns, or where a row is too short for that, by groups of the table's rows. Each part goes through all
// indices in the order of the batch.
#include <algorithm>
#include <stdexcept>

#include "table.hpp"

namespace chainrule {
namespace {

constexpr Index cache_line = 64;
constexpr Index most_parts = 8;
// Rows of the table that belong together; parts take groups in turn, since the first words are the most frequent.
constexpr Index rows_of_a_group = 16;

}  // namespace

template <class T>
class Embedding final : public Kernel<T> {
public:
    explicit Embedding(const Step& step) : Kernel<T>(step) {
        require_inputs(step, 2, 2);
        const Operand &I = step.in[0], &W = step.in[1];
        require(I.has_rows && I.whole, "an embedding takes whole numbers");
        require(!W.has_rows && W.axes.size() == 2, "an embedding's table has two axes");
        table_rows_ = W.axes[0], units_ = W.axes[1], indices_ = I.size;
        require(units_ == 0 ? step.out.size == 0 : step.out.size % units_ == 0 && step.out.size / units_ == indices_,
                "an embedding puts out a row of the table for each index");
        by_columns_ = units_ * static_cast<Index>(sizeof(T)) >= 2 * cache_line;
    }

    bool reads_input_again(std::size_t k) const override { return k == 0; }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const std::int64_t* I = run.whole_at(this->in[0].value, lo);
        const T* W = run.at(this->in[1].value);
        T* Y = run.at(this->out.value, lo);
        for (Index n = 0; n < (hi - lo) * indices_; ++n) {
            const std::int64_t index = I[n];
            if (!inside(index)) throw std::out_of_range("an embedding's index is outside of its table");
            std::copy_n(W + index * units_, units_, Y + n * units_);
        }
    }

    Index weight_parts() const override {
        if (!this->in[1].wanted()) return 0;
        return by_columns_ ? (units_ + columns_of_a_part() - 1) / columns_of_a_part() : most_parts;
    }

    void weight_gradients(const Run<T>& run, Index part) const override {
        const std::int64_t* I = run.whole_at(this->in[0].value);
        const T* dY = run.at(this->out.gradient);
        T* dW = run.at(this->in[1].gradient);
        const Index from = by_columns_ ? part * columns_of_a_part() : 0;
        const Index count = by_columns_ ? std::min(columns_of_a_part(), units_ - from) : units_;
        auto mine = [&](Index v) { return by_columns_ || v / rows_of_a_group % most_parts == part; };

        for (Index v = 0; v < table_rows_; ++v)
            if (mine(v)) std::fill_n(dW + v * units_ + from, count, T{});
        for (Index n = 0; n < run.rows * indices_; ++n) {
            const std::int64_t index = I[n];
            if (!inside(index) || !mine(index)) continue;  // the caller may have changed its indices by now
            T* to = dW + index * units_ + from;
            map(count, to, dY + n * units_ + from, to, [](Vec<T> a, Vec<T> b) { return a + b; });
        }
    }

private:
    bool inside(std::int64_t index) const {
        return static_cast<std::uint64_t>(index) < static_cast<std::uint64_t>(table_rows_);
    }

    // Whole cache lines, so that no two parts write to one.
    Index columns_of_a_part() const {
        constexpr Index of_a_line = cache_line / sizeof(T);
        return (units_ + most_parts * of_a_line - 1) / (most_parts * of_a_line) * of_a_line;
    }

    Index table_rows_, units_, indices_;
    bool by_columns_;
};

template <class T>
void add_embedding(Kernels<T>& all) {
    all["embedding"] = make<Embedding, T>;
}
CHAINRULE_INSTANTIATE(add_embedding)

}  // namespace chainrule
