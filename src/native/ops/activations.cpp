// Activations: the two families' entries, and the two functions that belong to neither.
#include "activations.hpp"

#include <algorithm>

namespace chainrule {
namespace {

// y = x: nothing to do where both lie in the same place.
template <class T>
class Linear final : public Kernel<T> {
public:
    explicit Linear(const Step& step) : Kernel<T>(step) { require_same_size(step); }

    bool reads_input_again(std::size_t) const override { return false; }
    bool in_place() const override { return true; }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        copy(run.at(this->in[0].value, lo), run.at(this->out.value, lo), (hi - lo) * this->out.size);
    }
    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        copy(run.at(this->out.gradient, lo), run.at(this->in[0].gradient, lo), (hi - lo) * this->out.size);
    }

private:
    static void copy(const T* from, T* to, Index n) {
        if (from != to) std::copy_n(from, n, to);
    }
};

// y = 1 where x ≥ 0, else 0: for networks that are only used.
template <class T>
class BinaryStep final : public Kernel<T> {
public:
    explicit BinaryStep(const Step& step) : Kernel<T>(step) { require_same_size(step); }

    bool reads_input_again(std::size_t) const override { return false; }
    bool in_place() const override { return true; }

    void reserve(Plan&) override { require(!this->in[0].wanted(), "binary_step has no gradient"); }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        map((hi - lo) * this->out.size, run.at(this->in[0].value, lo), run.at(this->out.value, lo), [](Vec<T> x) {
            const Vec<T> zero{}, one = broadcast<T>(1);
            return select<T>(x >= zero, one, select<T>(x < zero, zero, x));  // NaN stays
        });
    }
};

}  // namespace

template <class T>
void add_activations(Kernels<T>& all) {
    all["binary_step"] = make<BinaryStep, T>;
    all["linear"] = make<Linear, T>;
    add_rectified(all);
    add_smooth(all);
}
CHAINRULE_INSTANTIATE(add_activations)

}  // namespace chainrule
