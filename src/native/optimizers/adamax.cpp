// Adamax: θ ← θ − η / (1 − β₁ᵗ) · m / (u + ε), with u the fading maximum of |g|. See adamax.py.
#include <cmath>

#include "sweep.hpp"
#include "table.hpp"

namespace chainrule {

template <class T>
class Adamax final : public Optimizer<T> {
public:
    explicit Adamax(const Options& options)
        : beta_1_(options.number("beta_1")),
          beta_2_(static_cast<T>(options.number("beta_2"))),
          epsilon_(static_cast<T>(options.number("epsilon"))) {}

    std::vector<std::string> slot_names() const override { return {"momentum", "norm"}; }

    void begin(double rate, std::int64_t t, const std::vector<double*>&) override {
        rate_ = static_cast<T>(rate / (1 - std::pow(beta_1_, static_cast<double>(t))));
    }

    void update(T* theta, T* gradient, const std::vector<T*>& slots, Index lo, Index hi) const override {
        T *momentum = slots[0], *norm = slots[1];
        const T weight = static_cast<T>(1 - beta_1_), beta_2 = beta_2_, epsilon = epsilon_, rate = rate_;
        sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS {
            const Vec<T> g = at.get(gradient);
            const Vec<T> m = move_towards<T>(at, momentum, g, weight);  // 1
            const Vec<T> u = maximum<T>(beta_2 * at.get(norm), absolute<T>(g));
            at.set(norm, u);  // 2
            at.set(theta, at.get(theta) - rate * (m / (u + epsilon)));  // 3
        });
    }

private:
    double beta_1_;
    T beta_2_, epsilon_, rate_ = 0;
};

template <class T>
void add_adamax(Optimizers<T>& all) {
    all["Adamax"] = make_optimizer<Adamax, T>;
}
CHAINRULE_INSTANTIATE_OPTIMIZER(add_adamax)

}  // namespace chainrule
