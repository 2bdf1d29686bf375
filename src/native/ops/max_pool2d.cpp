// Max pooling: the largest number of each window, or of the whole image, channel by channel.
//
// Cached is which place of the window won, in a byte, or in four where the window has more than 256 places. By it the
// gradient finds its way: vector by vector over the places of a small window, and number by number for a large one.
//
// A place wins where it is above all places before it; a NaN is above all but a NaN before it.
#include <limits>

#include "pool2d.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

// Up to so many places a gradient is written to all places of a window: to the winner, and 0 to the others.
constexpr Index places_of_a_small_window = 9;

// n winners from vectors as wide as the numbers that won, and back.
template <class T, class N>
struct Winners {
    typedef N Narrow __attribute__((vector_size(lanes<T> * sizeof(N))));

    static CHAINRULE_INLINE void store(N* to, Mask<T> winners, int n) {
        const Narrow narrow = __builtin_convertvector(winners, Narrow);
        std::memcpy(to, &narrow, n * sizeof(N));
    }
    static CHAINRULE_INLINE Mask<T> load(const N* from, int n) {
        Narrow narrow{};
        std::memcpy(&narrow, from, n * sizeof(N));
        return __builtin_convertvector(narrow, Mask<T>);
    }
};

}  // namespace

template <class T>
class MaxPool2d final : public Kernel<T> {
public:
    MaxPool2d(const Step& step, const Pool& pool) : Kernel<T>(step), pool_(pool) {}

    bool reads_input_again(std::size_t) const override { return false; }
    double work() const override { return static_cast<double>(this->in[0].size); }

    void reserve(Plan& plan) override {
        const Index width = has_bytes() ? sizeof(std::uint8_t) : sizeof(std::int32_t), own = sizeof(T);
        if (plan.training() && this->in[0].wanted()) winners_ = plan.rows((this->out.size * width + own - 1) / own);
    }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        for (Index row = lo; row < hi; ++row) {
            const T* X = run.at(this->in[0].value, row);
            T* Y = run.at(this->out.value, row);
            if (winners_ < 0) pool<std::uint8_t>(X, Y, nullptr);
            else if (has_bytes()) pool(X, Y, winners<std::uint8_t>(run, row));
            else pool(X, Y, winners<std::int32_t>(run, row));
        }
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        for (Index row = lo; row < hi; ++row) {
            const T* dY = run.at(this->out.gradient, row);
            T* dX = run.at(this->in[0].gradient, row);
            if (!pool_.tiles() || !is_small()) std::fill_n(dX, this->in[0].size, T{});
            if (!has_bytes()) scatter(dY, winners<std::int32_t>(run, row), dX);
            else if (!is_small()) scatter(dY, winners<std::uint8_t>(run, row), dX);
            else if (pool_.overlaps()) spread<true>(dY, winners<std::uint8_t>(run, row), dX);
            else spread<false>(dY, winners<std::uint8_t>(run, row), dX);
        }
    }

private:
    bool has_bytes() const { return pool_.places() - 1 <= std::numeric_limits<std::uint8_t>::max(); }
    bool is_small() const { return pool_.places() <= places_of_a_small_window; }

    // Winners lie as close as the numbers do: rows of them need not begin where a T could.
    template <class N>
    N* winners(const Run<T>& run, Index row) const {
        const Place& place = run.places[winners_];
        return static_cast<N*>(place.first) + (row - place.origin) * this->out.size;
    }

    // Y = the largest of each window; `winners`, where wanted, the number of the place that it came from.
    template <class N>
    void pool(const T* X, T* Y, N* winners) const {
        const Pool& pool = pool_;
        const Index channels = pool.image.channels;
        pool.each_window([=, &pool, y = Y, at = winners](const Window& window, auto rows, auto columns) mutable {
            const T* x = X + window.at;
            each_vector<T>(0, channels, [=, &pool](Index c, auto access) {
                Vec<T> best = access(x + c);
                Mask<T> winner = Mask<T>{} + static_cast<Lane>(window.number);
                for (Index i = 0; i < rows; ++i)
                    for (Index j = 0; j < columns; ++j) {
                        if (i + j == 0) continue;
                        const Vec<T> next = access(x + pool.offset(i, j) + c);
                        const Mask<T> wins = (next > best) | ((next != next) & (best == best));
                        best = select<T>(wins, next, best);
                        winner = wins ? Mask<T>{} + static_cast<Lane>(window.number + pool.count(i, j)) : winner;
                    }
                access(y + c, best);
                if (at) Winners<T, N>::store(at + c, winner, width_of(access));
            });
            y += channels;
            if (at) at += channels;
        });
    }

    // dX = dY at the winners and 0 at the other places of each window; added to dX where windows overlap.
    template <bool adds>
    void spread(const T* dY, const std::uint8_t* winners, T* dX) const {
        const Pool& pool = pool_;
        const Index channels = pool.image.channels;
        pool.each_window([=, &pool, dy = dY, at = winners](const Window& window, auto rows, auto columns) mutable {
            T* dx = dX + window.at;
            each_vector<T>(0, channels, [=, &pool](Index c, auto access) {
                const Vec<T> gradient = access(dy + c);
                const Mask<T> winner = Winners<T, std::uint8_t>::load(at + c, width_of(access));
                for (Index i = 0; i < rows; ++i)
                    for (Index j = 0; j < columns; ++j) {
                        T* to = dx + pool.offset(i, j) + c;
                        const Mask<T> won = winner == static_cast<Lane>(window.number + pool.count(i, j));
                        const Vec<T> part = select<T>(won, gradient, Vec<T>{});
                        access(to, adds ? access(to) + part : part);
                    }
            });
            dy += channels, at += channels;
        });
    }

    // dX += dY at the winners.
    template <class N>
    void scatter(const T* dY, const N* winners, T* dX) const {
        const Pool& pool = pool_;
        const Index channels = pool.image.channels;
        pool.each_window([=, &pool, dy = dY, at = winners](const Window& window, auto, auto) mutable {
            for (Index c = 0; c < channels; ++c) dX[pool.place(window, at[c]) + c] += dy[c];
            dy += channels, at += channels;
        });
    }

    using Lane = std::remove_reference_t<decltype(std::declval<Mask<T>&>()[0])>;

    const Pool pool_;
    int winners_ = -1;
};

template <class T>
void add_max_pool2d(Kernels<T>& all) {
    all["max_pool2d"] = [](const Step& step) { return std::make_unique<MaxPool2d<T>>(step, Pool(step)); };
    all["global_max_pool2d"] = [](const Step& step) {
        return std::make_unique<MaxPool2d<T>>(step, Pool::global(step));
    };
}
CHAINRULE_INSTANTIATE(add_max_pool2d)

}  // namespace chainrule
