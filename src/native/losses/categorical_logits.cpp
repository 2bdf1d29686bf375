// Categorical crossentropy of logits, with one-hot or soft targets and with labels:
//
//     l = w log S − a      dZ = dL (w E / S − t),   E = e^d,   S = Σ E,   d = z − max z
//
// with targets w = Σ t and a = Σ t d; with a label w = 1 and a = d at the label. The rows' logarithms and divisions are
// made together, a block of rows at a time; E waits in dZ.
#include <limits>

#include "../core/vmath.hpp"
#include "block.hpp"
#include "common.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

// Rows of one vector or less, the common case, need no loops and keep E in whole vectors of their own.
enum class Row { narrow, wide };

template <Row row, class T, class F>
CHAINRULE_INLINE void along(Index width, F f) {
    if constexpr (row == Row::narrow) f(Index{0}, static_cast<int>(width));
    else
        for (Index i = 0; i < width; i += lanes<T>) f(i, filled<T>(width - i));
}

// Where a row's E waits.
template <Row row, class T>
struct Waiting {
    CHAINRULE_INLINE Vec<T> at(Index i, int n) const { return row == Row::narrow ? load(E) : load_first(E + i, n); }
    CHAINRULE_INLINE void put(Index i, Vec<T> e, int n) const {
        store_first(E + i, e, row == Row::narrow ? lanes<T> : n);
    }

    T* E;
};

template <class T>
struct Score {
    T weight, agreement;  // w and a
};

// Whole numbers, one a row.
template <class T>
class Labels {
public:
    static constexpr bool whole = true;
    Labels(Index width, const Options&) : width_(width) {}

    void check(Index rows, const void* targets) const { checked_labels(targets, rows, width_); }

    template <Row row>
    CHAINRULE_INLINE Score<T> score(Index r, const void* targets, const T* Z, T largest) const {
        return {1, Z[static_cast<const std::int64_t*>(targets)[r]] - largest};
    }
    template <Row row>
    CHAINRULE_INLINE void finish(Index r, const void* targets, T factor, T dL, Waiting<row, T> E, T* dZ) const {
        const Index label = static_cast<const std::int64_t*>(targets)[r];
        along<row, T>(width_, [&](Index i, int n) {
            const Vec<T> t = one_at<T>(label - i);
            store_first(dZ + i, E.at(i, n) * factor - dL * t, n);
        });
    }

private:
    Index width_;
};

// Numbers of T, `width` a row.
template <class T>
class Shares {
public:
    static constexpr bool whole = false;
    Shares(Index width, const Options& options) : width_(width), smooth_(options, width) {}

    void check(Index, const void*) const {}

    template <Row row>
    CHAINRULE_INLINE Score<T> score(Index r, const void* targets, const T* Z, T largest) const {
        const T* Y = static_cast<const T*>(targets) + r * width_;
        Vec<T> weight{}, agreement{};
        along<row, T>(width_, [&](Index i, int n) {
            const Vec<T> t = first<T>(n, smooth_(load_first(Y + i, n)), 0);
            weight += t;
            agreement += t * (load_first(Z + i, n) - largest);
        });
        return {sum_of<T>(weight), sum_of<T>(agreement)};
    }
    template <Row row>
    CHAINRULE_INLINE void finish(Index r, const void* targets, T factor, T dL, Waiting<row, T> E, T* dZ) const {
        const T* Y = static_cast<const T*>(targets) + r * width_;
        along<row, T>(width_, [&](Index i, int n) {
            store_first(dZ + i, E.at(i, n) * factor - dL * smooth_(load_first(Y + i, n)), n);
        });
    }

private:
    Index width_;
    Smoothing<T> smooth_;
};

template <Row row, class T>
CHAINRULE_INLINE T largest_along(Index width, const T* Z) {
    constexpr T least = -std::numeric_limits<T>::infinity();
    Vec<T> largest = broadcast(least);
    along<row, T>(width, [&](Index i, int n) {
        largest = larger<T>(largest, first<T>(n, load_first(Z + i, n), least));  // a NaN comes back with its e^d
    });
    return largest_of<T>(largest);
}

// Returns S and lets E wait, if there is a place.
template <Row row, class T>
CHAINRULE_INLINE T exponentials(Index width, const T* Z, T largest, Waiting<row, T> E) {
    Vec<T> sum{};
    along<row, T>(width, [&](Index i, int n) {
        const Vec<T> e = exp<T>(load_first(Z + i, n) - largest);
        sum += first<T>(n, e, 0);
        if (E.E) E.put(i, e, n);
    });
    return sum_of<T>(sum);
}

template <template <class> class Targets, class T>
class CategoricalCrossentropyLogits final : public Loss<T> {
public:
    CategoricalCrossentropyLogits(Index width, const Options& options) : Loss<T>(width), targets_(width, options) {}

    bool whole_targets() const override { return Targets<T>::whole; }

    void measure(Index rows, const T* Z, const void* targets, T* L, const T* dL, T* dZ) const override {
        targets_.check(rows, targets);
        for (Index r = 0; r < rows; r += block_rows) {
            const Index end = std::min(rows, r + block_rows);
            if (this->width <= lanes<T>) measure_block<Row::narrow>(r, end, Z, targets, L, dL, dZ);
            else measure_block<Row::wide>(r, end, Z, targets, L, dL, dZ);
        }
    }

private:
    template <Row row>
    void measure_block(Index begin, Index end, const T* Z, const void* targets, T* L, const T* dL, T* dZ) const {
        const Index width = this->width;
        const Targets<T> Y = targets_;
        alignas(vector_bytes) T own[row == Row::narrow ? block_rows * lanes<T> : 1];
        const auto waiting = [&](Index r) -> Waiting<row, T> {
            return {row == Row::narrow ? own + (r - begin) * lanes<T> : dZ ? dZ + r * width : nullptr};
        };
        BlockColumn<T> S, weight, agreement, factor;
        for (Index r = begin; r < end; ++r) {
            const T largest = largest_along<row>(width, Z + r * width);
            const Score<T> score = Y.template score<row>(r, targets, Z + r * width, largest);
            S[r - begin] = exponentials<row>(width, Z + r * width, largest, waiting(r));
            weight[r - begin] = score.weight, agreement[r - begin] = score.agreement;
        }
        for (Index r = begin; r < end; r += lanes<T>) {
            const int n = filled<T>(end - r);
            const Vec<T> s = load(&S[r - begin]), w = load(&weight[r - begin]);
            store_first(L + r, w * log<T>(s) - load(&agreement[r - begin]), n);
            if (dZ) store(&factor[r - begin], load_first(dL + r, n) * w / s);
        }
        for (Index r = begin; dZ && r < end; ++r)
            Y.template finish<row>(r, targets, factor[r - begin], dL[r], waiting(r), dZ + r * width);
    }

    Targets<T> targets_;
};

}  // namespace

template <class T>
void add_categorical_logits(Losses<T>& all) {
    all["categorical_crossentropy_logits"] = make_loss<CategoricalCrossentropyLogits<Shares, T>, T>;
    all["sparse_categorical_crossentropy_logits"] = make_loss<CategoricalCrossentropyLogits<Labels, T>, T>;
}
CHAINRULE_INSTANTIATE_LOSSES(add_categorical_logits)

}  // namespace chainrule
