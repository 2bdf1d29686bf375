// Crossentropies of probabilities: with one-hot or soft targets, with labels, and the Kullback-Leibler divergence.
#include "../core/vmath.hpp"
#include "block.hpp"
#include "common.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

template <class T>
class CategoricalCrossentropy final : public Loss<T> {
public:
    CategoricalCrossentropy(Index width, const Options& options) : Loss<T>(width), smooth_(options, width) {}

    void measure(Index rows, const T* P, const void* targets, T* L, const T* dL, T* dP) const override {
        const Index width = this->width;
        const auto* Y = static_cast<const T*>(targets);
        for (Index i = 0; rows-- > 0; i += width, ++L)
            *L = measure_row(P + i, Y + i, dP ? *dL++ : T(0), dP ? dP + i : nullptr);
    }

private:
    T measure_row(const T* P, const T* Y, T dL, T* dP) const {
        const Index width = this->width;
        const Smoothing<T> smooth = smooth_;
        const T S = sum_along(width, P);
        Vec<T> loss{}, moved{};  // Σ t log c and Σ dq q
        for (Index i = 0; i < width; i += lanes<T>) {
            const int n = filled<T>(width - i);
            const Vec<T> t = smooth(load_first(Y + i, n)), q = load_first(P + i, n) / S;  // 1
            const Vec<T> c = clipped<T>(q, epsilon, 1 - epsilon);                            // 2
            loss += first<T>(n, t * log<T>(c), 0);                                        // 3
            if (!dP) continue;
            const Vec<T> dQ = -dL * (t / c) * inside<T>(q, c);  // 3, 2
            moved += first<T>(n, dQ * q, 0);
            store_first(dP + i, dQ, n);
        }
        if (dP) {
            const T shift = sum_of<T>(moved);
            map(width, dP, dP, [=](Vec<T> dQ) { return (dQ - shift) / S; });  // 1
        }
        return -sum_of<T>(loss);
    }

    Smoothing<T> smooth_;
};

template <class T>
class SparseCategoricalCrossentropy final : public Loss<T> {
public:
    SparseCategoricalCrossentropy(Index width, const Options&) : Loss<T>(width) {}

    bool whole_targets() const override { return true; }

    void measure(Index rows, const T* P, const void* targets, T* L, const T* dL, T* dP) const override {
        const std::int64_t* labels = checked_labels(targets, rows, this->width);
        for (Index r = 0; r < rows; r += block_rows)
            measure_block(r, std::min(rows - r, block_rows), P, labels, L, dL, dP);
    }

private:
    void measure_block(Index begin, Index rows, const T* P, const std::int64_t* labels, T* L, const T* dL,
                       T* dP) const {
        const Index width = this->width;
        BlockColumn<T> S, Q, dN, dS;
        for (Index r = 0; r < rows; ++r) {
            const T* row = P + (begin + r) * width;
            S[r] = sum_along(width, row);
            Q[r] = row[labels[begin + r]];
        }
        for (Index r = 0; r < rows; r += lanes<T>) {
            const int n = filled<T>(rows - r);
            const Vec<T> s = load(&S[r]), q = load(&Q[r]) / s;      // 1
            const Vec<T> c = clipped<T>(q, epsilon, 1 - epsilon);      // 2
            store_first(L + begin + r, -log<T>(c), n);              // 3
            if (!dP) continue;
            const Vec<T> dC = -load_first(dL + begin + r, n) / c;   // 3
            const Vec<T> dq = dC * inside<T>(q, c), dn = dq / s;    // 2, 1
            store(&dN[r], dn), store(&dS[r], -dn * q);              // 1
        }
        for (Index r = 0; dP && r < rows; ++r) {
            T* row = dP + (begin + r) * width;
            std::fill_n(row, width, dS[r]);
            row[labels[begin + r]] += dN[r];
        }
    }
};

template <class T>
struct KLDivergence {
    static constexpr Over over = Over::sum;
    explicit KLDivergence(const Options&) {}

    CHAINRULE_INLINE Point<T> at(Vec<T> p, Vec<T> target) const {
        const Vec<T> t = clipped<T>(target, epsilon, 1), q = clipped<T>(p, epsilon, 1), ratio = t / q;
        return {t * log<T>(ratio), -ratio * inside<T>(p, q)};
    }
};

}  // namespace

template <class T>
void add_categorical(Losses<T>& all) {
    all["categorical_crossentropy"] = make_loss<CategoricalCrossentropy<T>, T>;
    all["kl_divergence"] = make_pointwise<KLDivergence, T>;
    all["sparse_categorical_crossentropy"] = make_loss<SparseCategoricalCrossentropy<T>, T>;
}
CHAINRULE_INSTANTIATE_LOSSES(add_categorical)

}  // namespace chainrule
