// Depthwise convolution: each channel is convolved with its own m filters, and no channel sees another.
//
// With several filters a channel, each channel of the image is repeated m times first: then every case is that of D =
// C·m channels with one filter each, and dX gathers what the copies of a channel received.
#include <type_traits>
#include <vector>

#include "../core/description.hpp"
#include "conv_gather.hpp"
#include "conv_phases.hpp"
#include "conv_sums.hpp"
#include "depthwise_windows.hpp"
#include "table.hpp"

namespace chainrule {

// The image with its borders, each channel `times` times, in memory of the thread.
template <class T>
const T* repeated_image(const Borders& borders, Index times, const T* X, T* scratch) {
    if (times == 1 && borders.none()) return X;
    place_image(borders, X, scratch);
    if (times == 1) return scratch;
    T* to = scratch + borders.size();
    for (Index i = 0; i < borders.size(); ++i) to = std::fill_n(to, times, scratch[i]);
    return scratch + borders.size();
}

// dW(i, j, d) = Σ over images, y, x of P(y·sh + i·dh, x·sw + j·dw, d) dY(y, x, d), each one chain over the places.
template <class T>
class DepthwiseWeights {
public:
    DepthwiseWeights(const ConvShape& large, const ConvShape& repeated)
        : s_(repeated), begins_(Stretches(repeated, false).begins), borders_(large_borders(large)),
          times_(repeated.C / large.C) {}

    Index sums() const { return size(); }
    void reserve(Plan& plan) { plan.scratch(borders_.size() * (times_ + 1)); }

    // The sums are never large: a depthwise kernel has few numbers.
    bool by_chunks() const { return true; }
    void whole(const Run<T>&, const T*, const T*, T*, Index, Index) const {}

    void operator()(const Run<T>& run, const T* large, const T* small, Index images, T* sum, bool begins) const {
        for (Index n = 0; n < images; ++n)
            image(run, large + n * borders_.H * borders_.W * borders_.C, small + n * s_.small(), sum,
                  begins && n == 0);
    }

    Index parts() const { return parts_of_columns<T>(size()); }
    void finish(const T* const* sums, Index chunks, T* dW, Index part) const {
        const Index from = part * columns_of_a_part<T>;
        add_chunks(sums, chunks, dW, from, std::min(from + columns_of_a_part<T>, size()));
    }

private:
    template <Index n>
    using Several = std::integral_constant<Index, n>;
    Index size() const { return s_.taps() * s_.C; }

    void image(const Run<T>& run, const T* large, const T* small, T* sum, bool begins) const {
        const T* P = repeated_image(borders_, times_, large, run.scratch);
        const Index taps = begins_.size();
        each_vector<T>(0, s_.C, [&](Index d, auto access) {
            Index n = 0;
            for (; n + 4 <= taps; n += 4) some(P + d, small + d, sum + d, begins, n, access, Several<4>());
            for (; n < taps; ++n) some(P + d, small + d, sum + d, begins, n, access, Several<1>());
        });
    }

    // Some places of the kernel, from number n on.
    template <class Access, Index count>
    void some(const T* P, const T* dY, T* sum, bool begins, Index n, Access access, Several<count>) const {
        Vec<T> all[count];
        for (Index k = 0; k < count; ++k) all[k] = begins ? Vec<T>{} : access(sum + (n + k) * s_.C);
        for (Index y = 0; y < s_.Ho; ++y) {
            const T* p = P + y * s_.sh * s_.Wp * s_.C;
            for (Index x = 0; x < s_.Wo; ++x, dY += s_.C, p += s_.sw * s_.C) {
                const Vec<T> g = access(dY);
                for (Index k = 0; k < count; ++k) all[k] = multiply_add<T>(access(p + begins_[n + k]), g, all[k]);
            }
        }
        for (Index k = 0; k < count; ++k) access(sum + (n + k) * s_.C, all[k]);
    }

    ConvShape s_;
    std::vector<Index> begins_;
    Borders borders_;
    Index times_;
};

template <class T>
class DepthwiseConv2D final : public Kernel<T> {
public:
    explicit DepthwiseConv2D(const Step& step)
        : Kernel<T>(step), large_(checked(step)), s_(repeated(large_)), times_(s_.C / large_.C),
          begins_(Stretches(s_, false).begins), borders_(large_borders(large_)), phases_(s_, false),
          rows_(PlacesAsRows::of(s_.Ho, s_.Wo, s_.sw * s_.C, s_.sh * s_.Wp * s_.C, s_.F, s_.Wo * s_.F)),
          sums_(DepthwiseWeights<T>(large_, s_), s_.F) {
        for (Index place = 0; place < s_.taps(); ++place) places_.push_back(place);
    }

    bool reads_input_again(std::size_t k) const override { return k < 2; }
    bool sums_by_chunks() const override { return sums_.by_chunks(); }
    double work() const override { return static_cast<double>(s_.small()) * s_.taps(); }

    void reserve(Plan& plan) override {
        plan.scratch(borders_.size() * (times_ + 1));
        if (!plan.training() || this->out.gradient < 0) return;
        const Borders& b = phases_.borders;
        if (this->in[0].wanted()) plan.scratch(checked_size({b.Hp, b.Wp, b.C}) + s_.large());
        sums_.reserve(plan, wanted());
    }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        const T* W = run.at(this->in[1].value);
        const T* bias = has_bias() ? run.at(this->in[2].value) : nullptr;
        for (Index row = lo; row < hi; ++row) {
            const T* P = repeated_image(borders_, times_, run.at(this->in[0].value, row), run.scratch);
            depthwise_windows(rows_, s_.C, begins_, places_, P, W, bias, run.at(this->out.value, row));
        }
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        sums_.add(run, lo, hi - lo, run.at(this->in[0].value, lo), run.at(this->out.gradient, lo),
                  run.at(this->out.gradient, lo), s_.Ho * s_.Wo, wanted());
        for (Index row = lo; this->in[0].wanted() && row < hi; ++row)
            input_gradient(run, run.at(this->out.gradient, row), run.at(this->in[0].gradient, row));
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
        const ConvShape s = window_shape(step.in[0], step.out, step.in[1], step.options);
        const auto& kernel = step.in[1].axes;
        require(kernel[2] == s.C && kernel[3] <= s.F && kernel[3] * s.C == s.F, "W doesn't fit X");
        require(step.in.size() == 2 || (!step.in[2].has_rows && step.in[2].size == s.F), "b doesn't fit W");
        return s;
    }
    // The shape of D channels with one filter each.
    static ConvShape repeated(ConvShape s) {
        s.C = s.groups = s.F, s.Cg = s.Fg = 1;
        return s;
    }
    bool has_bias() const { return this->in.size() == 3; }
    auto wanted() const { return typename ConvSums<T, DepthwiseWeights<T>>::Wanted(this->in); }

    void input_gradient(const Run<T>& run, const T* dY, T* dX) const {
        T* scratch = run.scratch;
        if (!phases_.borders.none()) {
            place_image(phases_.borders, dY, scratch);
            dY = scratch, scratch += phases_.borders.size();
        }
        T* copies = times_ == 1 ? dX : scratch;
        if (phases_.has_gaps) std::fill_n(copies, s_.large(), T{});
        for (const Phase& phase : phases_.phases)
            depthwise_windows<T>(phase.rows, s_.C, phase.begins, phase.places, dY, run.at(this->in[1].value), nullptr,
                                 copies + phase.begin);
        for (Index i = 0; times_ > 1 && i < large_.large(); ++i) {
            T sum = copies[i * times_];
            for (Index k = 1; k < times_; ++k) sum += copies[i * times_ + k];
            dX[i] = sum;
        }
    }

    ConvShape large_, s_;
    Index times_;
    std::vector<Index> begins_, places_;
    Borders borders_;
    ConvPhases phases_;
    PlacesAsRows rows_;
    ConvSums<T, DepthwiseWeights<T>> sums_;
};

template <class T>
void add_depthwise_conv2d(Kernels<T>& all) {
    all["depthwise_conv2d"] = make<DepthwiseConv2D, T>;
}
CHAINRULE_INSTANTIATE(add_depthwise_conv2d)

}  // namespace chainrule
