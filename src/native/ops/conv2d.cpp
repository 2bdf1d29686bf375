// Convolution: each place of Y is the kernel times the window of X there, summed over channels, plus a bias.
//
// One image at a time, so that it stays in the cache: forward by conv_gather.hpp, dX by conv_scatter.hpp, dW by
// conv_weights.hpp.
#include "conv_sums.hpp"
#include "conv_ways.hpp"
#include "table.hpp"

namespace chainrule {

template <class T>
class Conv2D final : public Kernel<T> {
public:
    explicit Conv2D(const Step& step)
        : Kernel<T>(step), s_(checked(step)), way_(ConvWay::of<T>(s_, step.options)), gather_(way_), scatter_(way_),
          sums_(KernelGradient<T>(way_), s_.F) {}

    bool reads_input_again(std::size_t k) const override { return k == 0; }
    bool sums_by_chunks() const override { return sums_.by_chunks(); }
    double work() const override { return s_.work(); }

    void reserve(Plan& plan) override {
        gather_.reserve(plan);
        if (!plan.training() || this->out.gradient < 0) return;
        goes_back_ = this->in[0].wanted();
        if (goes_back_) scatter_.reserve(plan);
        sums_.reserve(plan, wanted());
    }

    Index prepare_parts() const override {
        return gather_.prepare_parts() + (goes_back_ ? scatter_.prepare_parts() : 0);
    }
    void prepare(const Run<T>& run, Index part) const override {
        const T* W = run.at(this->in[1].value);
        if (part < gather_.prepare_parts()) gather_.prepare(run, W, part);
        else scatter_.prepare(run, W, part - gather_.prepare_parts());
    }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const T* W = run.at(this->in[1].value);
        const T* bias = has_bias() ? run.at(this->in[2].value) : nullptr;
        for (Index row = lo; row < hi; ++row)
            gather_(run, W, bias, run.at(this->in[0].value, row), run.at(this->out.value, row));
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        sums_.add(run, lo, hi - lo, run.at(this->in[0].value, lo), run.at(this->out.gradient, lo),
                  run.at(this->out.gradient, lo), s_.Ho * s_.Wo, wanted());
        for (Index row = lo; goes_back_ && row < hi; ++row)
            scatter_(run, nullptr, run.at(this->out.gradient, row), run.at(this->in[0].gradient, row));
    }

    Index weight_parts() const override { return sums_.parts(wanted()); }
    using Kernel<T>::weight_gradients;
    void weight_gradients(const Run<T>& run, Index from, Index to) const override {
        const auto gradient = [&](std::size_t k) {
            return k < this->in.size() && this->in[k].wanted() ? run.at(this->in[k].gradient) : nullptr;
        };
        sums_.finish(run, run.at(this->in[0].value), run.at(this->out.gradient), run.at(this->out.gradient),
                     s_.Ho * s_.Wo, gradient(1), gradient(2), from, to, wanted());
    }

private:
    static ConvShape checked(const Step& step) {
        require_inputs(step, 2, 3);
        const ConvShape shape = conv_shape(step.in[0], step.out, step.in[1], step.options);
        require(step.in.size() == 2 || (!step.in[2].has_rows && step.in[2].size == shape.F), "b doesn't fit W");
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
void add_conv2d(Kernels<T>& all) {
    all["conv2d"] = make<Conv2D, T>;
}
CHAINRULE_INSTANTIATE(add_conv2d)

}  // namespace chainrule
