// Lion: θ ← θ − η sign(β₁ m + (1 − β₁) g), with m an average of g. See lion.py.
#include "sweep.hpp"
#include "table.hpp"

namespace chainrule {

template <class T>
class Lion final : public Optimizer<T> {
public:
    explicit Lion(const Options& options)
        : beta_1_(static_cast<T>(options.number("beta_1"))), weight_(static_cast<T>(1 - options.number("beta_2"))) {}

    std::vector<std::string> slot_names() const override { return {"momentum"}; }

    void begin(double rate, std::int64_t, const std::vector<double*>&) override { rate_ = static_cast<T>(rate); }

    void update(T* theta, T* gradient, const std::vector<T*>& slots, Index lo, Index hi) const override {
        T* momentum = slots[0];
        const T beta_1 = beta_1_, weight = weight_, rate = rate_;
        sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS {
            const Vec<T> g = at.get(gradient);
            const Vec<T> blend = g + beta_1 * (at.get(momentum) - g);
            at.set(theta, at.get(theta) - rate * sign<T>(blend));  // 1
            move_towards<T>(at, momentum, g, weight);  // 2
        });
    }

private:
    T beta_1_, weight_, rate_ = 0;
};

template <class T>
void add_lion(Optimizers<T>& all) {
    all["Lion"] = make_optimizer<Lion, T>;
}
CHAINRULE_INSTANTIATE_OPTIMIZER(add_lion)

}  // namespace chainrule
