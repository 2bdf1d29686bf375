// Rescale: Y = X · scale + offset, with fixed numbers, one for all columns or one a column.
#include "table.hpp"

namespace chainrule {

template <class T>
class Rescale final : public Kernel<T> {
public:
    explicit Rescale(const Step& step) : Kernel<T>(step) {
        require_same_size(step);
        columns_ = step.in[0].axes.empty() ? 1 : step.in[0].axes.back();
        scale_ = spread(step.options, "scale", 1.0);
        offset_ = spread(step.options, "offset", 0.0);
    }

    bool reads_input_again(std::size_t) const override { return false; }
    bool in_place() const override { return true; }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const T* X = run.at(this->in[0].value, lo);
        T* Y = run.at(this->out.value, lo);
        for (Index row = 0; row < (hi - lo) * this->out.size; row += columns_)
            for (Index i = 0; i < columns_; ++i) Y[row + i] = X[row + i] * scale_[i] + offset_[i];
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        const T* dY = run.at(this->out.gradient, lo);
        T* dX = run.at(this->in[0].gradient, lo);
        for (Index row = 0; row < (hi - lo) * this->out.size; row += columns_)
            for (Index i = 0; i < columns_; ++i) dX[row + i] = dY[row + i] * scale_[i];
    }

private:
    std::vector<T> spread(const Options& options, const std::string& name, double otherwise) const {
        std::vector<double> given = options.has(name) ? options.numbers(name) : std::vector<double>{otherwise};
        require(given.size() == 1 || static_cast<Index>(given.size()) == columns_, name + " has a wrong length");
        std::vector<T> numbers(columns_);
        for (Index i = 0; i < columns_; ++i) numbers[i] = static_cast<T>(given[given.size() == 1 ? 0 : i]);
        return numbers;
    }

    Index columns_;
    std::vector<T> scale_, offset_;
};

template <class T>
void add_rescale(Kernels<T>& all) {
    all["rescale"] = make<Rescale, T>;
}
CHAINRULE_INSTANTIATE(add_rescale)

}  // namespace chainrule
