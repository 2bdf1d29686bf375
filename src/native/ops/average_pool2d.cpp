// Average pooling: the mean of each window, or of the whole image, channel by channel; padding doesn't count.
//
// A window is summed row by row of its own, and the rows then: long sums round less so, and don't wait for each other.
#include "pool2d.hpp"
#include "table.hpp"

namespace chainrule {

template <class T>
class AveragePool2d final : public Kernel<T> {
public:
    AveragePool2d(const Step& step, const Pool& pool) : Kernel<T>(step), pool_(pool) {}

    bool reads_input_again(std::size_t) const override { return false; }
    double work() const override { return static_cast<double>(this->in[0].size); }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const Pool& pool = pool_;
        const Index channels = pool.image.channels;
        for (Index row = lo; row < hi; ++row) {
            const T* X = run.at(this->in[0].value, row);
            T* Y = run.at(this->out.value, row);
            pool.each_window([=, &pool, y = Y](const Window& window, auto rows, auto columns) mutable {
                const T *x = X + window.at, share = T{1} / static_cast<T>(window.places());
                each_vector<T>(0, channels, [=, &pool](Index c, auto access) {
                    Vec<T> sum{};
                    for (Index i = 0; i < rows; ++i) {
                        Vec<T> of_row = access(x + pool.offset(i, 0) + c);
                        for (Index j = 1; j < columns; ++j) of_row += access(x + pool.offset(i, j) + c);
                        sum += of_row;
                    }
                    access(y + c, sum * share);
                });
                y += channels;
            });
        }
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        for (Index row = lo; row < hi; ++row) {
            const T* dY = run.at(this->out.gradient, row);
            T* dX = run.at(this->in[0].gradient, row);
            if (!pool_.tiles()) std::fill_n(dX, this->in[0].size, T{});
            if (pool_.overlaps()) spread<true>(dY, dX);
            else spread<false>(dY, dX);
        }
    }

private:
    // dX = each window's shares of dY; added to dX where windows overlap.
    template <bool adds>
    void spread(const T* dY, T* dX) const {
        const Pool& pool = pool_;
        const Index channels = pool.image.channels;
        pool.each_window([=, &pool, dy = dY](const Window& window, auto rows, auto columns) mutable {
            T* dx = dX + window.at;
            const T share = T{1} / static_cast<T>(window.places());
            each_vector<T>(0, channels, [=, &pool](Index c, auto access) {
                const Vec<T> part = access(dy + c) * share;
                for (Index i = 0; i < rows; ++i)
                    for (Index j = 0; j < columns; ++j) {
                        T* to = dx + pool.offset(i, j) + c;
                        access(to, adds ? access(to) + part : part);
                    }
            });
            dy += channels;
        });
    }

    const Pool pool_;
};

template <class T>
void add_average_pool2d(Kernels<T>& all) {
    all["average_pool2d"] = [](const Step& step) { return std::make_unique<AveragePool2d<T>>(step, Pool(step)); };
    all["global_average_pool2d"] = [](const Step& step) {
        return std::make_unique<AveragePool2d<T>>(step, Pool::global(step));
    };
}
CHAINRULE_INSTANTIATE(add_average_pool2d)

}  // namespace chainrule
