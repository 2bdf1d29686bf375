// Transposed convolution: each place of X lays the kernel, times its number, on Y; plus a bias. It goes the way of the
// gradient of conv2d, and its gradient goes the way of conv2d.
//
// Y is the large image of conv_shape.hpp and X the small one. `extra` says how large Y is, as Y's axes do.
#include "conv_sums.hpp"
#include "conv_ways.hpp"
#include "table.hpp"

namespace chainrule {

template <class T>
class Conv2DTranspose final : public Kernel<T> {
public:
    explicit Conv2DTranspose(const Step& step)
        : Kernel<T>(step), s_(checked(step)), way_(ConvWay::of<T>(s_, step.options)), gather_(way_), scatter_(way_),
          sums_(KernelGradient<T>(way_), s_.C) {}

    bool reads_input_again(std::size_t k) const override { return k < 2; }
    bool sums_by_chunks() const override { return sums_.by_chunks(); }
    double work() const override { return s_.work(); }

    void reserve(Plan& plan) override {
        scatter_.reserve(plan);
        if (!plan.training() || this->out.gradient < 0) return;
        goes_back_ = this->in[0].wanted();
        if (goes_back_) gather_.reserve(plan);
        sums_.reserve(plan, wanted());
    }

    Index prepare_parts() const override {
        return scatter_.prepare_parts() + (goes_back_ ? gather_.prepare_parts() : 0);
    }
    void prepare(const Run<T>& run, Index part) const override {
        const T* W = run.at(this->in[1].value);
        if (part < scatter_.prepare_parts()) scatter_.prepare(run, W, part);
        else gather_.prepare(run, W, part - scatter_.prepare_parts());
    }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const T* bias = has_bias() ? run.at(this->in[2].value) : nullptr;
        for (Index row = lo; row < hi; ++row)
            scatter_(run, bias, run.at(this->in[0].value, row), run.at(this->out.value, row));
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        sums_.add(run, lo, hi - lo, run.at(this->out.gradient, lo), run.at(this->in[0].value, lo),
                  run.at(this->out.gradient, lo), s_.H * s_.W, wanted());
        const T* W = run.at(this->in[1].value);
        for (Index row = lo; goes_back_ && row < hi; ++row)
            gather_(run, W, nullptr, run.at(this->out.gradient, row), run.at(this->in[0].gradient, row));
    }

    Index weight_parts() const override { return sums_.parts(wanted()); }
    using Kernel<T>::weight_gradients;
    void weight_gradients(const Run<T>& run, Index from, Index to) const override {
        const auto gradient = [&](std::size_t k) {
            return k < this->in.size() && this->in[k].wanted() ? run.at(this->in[k].gradient) : nullptr;
        };
        sums_.finish(run, run.at(this->out.gradient), run.at(this->in[0].value), run.at(this->out.gradient),
                     s_.H * s_.W, gradient(1), gradient(2), from, to, wanted());
    }

private:
    static ConvShape checked(const Step& step) {
        require_inputs(step, 2, 3);
        const ConvShape shape = conv_shape(step.out, step.in[0], step.in[1], step.options);
        require(step.in.size() == 2 || (!step.in[2].has_rows && step.in[2].size == shape.C), "b doesn't fit W");
        return shape;
    }
    bool has_bias() const { return this->in.size() == 3; }
    auto wanted() const { return typename ConvSums<T, KernelGradient<T>>::Wanted(this->in); }

    ConvShape s_;
    ConvWay way_;
    LargeToSmall<T> gather_;
    SmallToLarge<T> scatter_;
    ConvSums<T, KernelGradient<T>> sums_;
    bool goes_back_ = false;
};

template <class T>
void add_conv2d_transpose(Kernels<T>& all) {
    all["conv2d_transpose"] = make<Conv2DTranspose, T>;
}
CHAINRULE_INSTANTIATE(add_conv2d_transpose)

}  // namespace chainrule
