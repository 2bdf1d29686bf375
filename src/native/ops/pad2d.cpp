// Pad and crop: rows and columns of zeros around an image, and the way back. Each is the other's gradient.
#include "augment.hpp"
#include "table.hpp"

namespace chainrule {
namespace {

// An image that lies in a larger one.
class Inlay {
public:
    // `borders` are the rows and columns above, below, left and right of the inner image.
    Inlay(const Operand& inner, const Operand& outer, const std::vector<double>& borders)
        : inner_(inner), outer_(outer) {
        require(borders.size() == 4, "an image has four borders");
        require(fits(inner_.height, outer_.height, borders[0], borders[1]) &&
                fits(inner_.width, outer_.width, borders[2], borders[3]) && inner_.channels == outer_.channels,
                "borders don't come to the output's size");
        above_ = static_cast<Index>(borders[0]) * outer_.row();
        left_ = static_cast<Index>(borders[2]) * outer_.channels;
    }

    // The outer image: the inner one, and zeros around it.
    template <class T>
    void put(const T* inner, T* outer) const {
        T* const end = outer + outer_.size();
        std::fill_n(outer, above_, T{});
        outer += above_;
        for (Index y = 0; y < inner_.height; ++y, inner += inner_.row(), outer += outer_.row()) {
            std::fill_n(outer, left_, T{});
            std::copy_n(inner, inner_.row(), outer + left_);
            std::fill(outer + left_ + inner_.row(), outer + outer_.row(), T{});
        }
        std::fill(outer, end, T{});
    }

    // The inner image, from the outer one.
    template <class T>
    void take(const T* outer, T* inner) const {
        outer += above_ + left_;
        for (Index y = 0; y < inner_.height; ++y, inner += inner_.row(), outer += outer_.row())
            std::copy_n(outer, inner_.row(), inner);
    }

private:
    static bool fits(Index inner, Index outer, double before, double after) {
        return before >= 0 && after >= 0 && std::floor(before) == before && inner + before + after == outer;
    }

    Image inner_, outer_;
    Index above_, left_;
};

}  // namespace

template <class T, bool pads>
class Borders final : public Kernel<T> {
public:
    explicit Borders(const Step& step)
        : Kernel<T>(step), inlay_(pads ? only_input(step) : step.out, pads ? step.out : only_input(step),
                                  step.options.numbers(pads ? "padding" : "cropping")) {}

    bool reads_input_again(std::size_t) const override { return false; }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        for (Index row = lo; row < hi; ++row) {
            const T* X = run.at(this->in[0].value, row);
            T* Y = run.at(this->out.value, row);
            pads ? inlay_.put(X, Y) : inlay_.take(X, Y);
        }
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        for (Index row = lo; row < hi; ++row) {
            const T* dY = run.at(this->out.gradient, row);
            T* dX = run.at(this->in[0].gradient, row);
            pads ? inlay_.take(dY, dX) : inlay_.put(dY, dX);
        }
    }

private:
    static const Operand& only_input(const Step& step) {
        require_inputs(step, 1, 1);
        return step.in[0];
    }

    Inlay inlay_;
};

template <class T>
void add_pad2d(Kernels<T>& all) {
    all["pad2d"] = [](const Step& step) { return std::make_unique<Borders<T, true>>(step); };
    all["crop2d"] = [](const Step& step) { return std::make_unique<Borders<T, false>>(step); };
}
CHAINRULE_INSTANTIATE(add_pad2d)

}  // namespace chainrule
