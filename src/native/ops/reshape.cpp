// Reshape and flatten: the same numbers in the same order, so where Y lies over X there is nothing to do.
#include <algorithm>

#include "table.hpp"

namespace chainrule {

template <class T>
class Reshape final : public Kernel<T> {
public:
    explicit Reshape(const Step& step) : Kernel<T>(step) {
        require_same_size(step);
        require(!step.in[0].whole, "reshape gives numbers of the weights' dtype");
    }

    bool reads_input_again(std::size_t) const override { return false; }
    bool in_place() const override { return true; }
    double work() const override { return 0; }

    void forward(const Run<T>& run, Index lo, Index hi) const override {
        copy(run.at(this->in[0].value, lo), run.at(this->out.value, lo), hi - lo);
    }

    void backward(const Run<T>& run, Index lo, Index hi) const override {
        if (!this->in[0].wanted()) return;
        copy(run.at(this->out.gradient, lo), run.at(this->in[0].gradient, lo), hi - lo);
    }

private:
    void copy(const T* from, T* to, Index rows) const {
        if (from != to) std::copy_n(from, rows * this->out.size, to);
    }
};

template <class T>
void add_reshape(Kernels<T>& all) {
    all["reshape"] = make<Reshape, T>;
    all["flatten"] = make<Reshape, T>;
}
CHAINRULE_INSTANTIATE(add_reshape)

}  // namespace chainrule
