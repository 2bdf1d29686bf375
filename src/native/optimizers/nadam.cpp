// Nadam: θ ← θ − η m̂ / (√v̂ + ε), where m̂ already counts the next step's momentum. See nadam.py.
#include <cmath>

#include "sweep.hpp"
#include "table.hpp"

namespace chainrule {

// How fast μ grows towards β₁ (step 1).
constexpr double momentum_base = 0.96;

template <class T>
class Nadam final : public Optimizer<T> {
public:
    explicit Nadam(const Options& options)
        : beta_1_(options.number("beta_1")),
          beta_2_(options.number("beta_2")),
          epsilon_(static_cast<T>(options.number("epsilon"))) {}

    std::vector<std::string> slot_names() const override { return {"momentum", "velocity"}; }
    std::vector<std::string> number_names() const override { return {"momentum_product"}; }

    void begin(double rate, std::int64_t t, const std::vector<double*>& numbers) override {
        const double steps = static_cast<double>(t);
        const double now = momentum_at(steps), following = momentum_at(steps + 1);
        const double product = *numbers[0] * now;
        *numbers[0] = product;  // 1
        of_gradient_ = static_cast<T>(rate * (1 - now) / (1 - product));
        of_momentum_ = static_cast<T>(rate * following / (1 - product * following));
        unbias_ = static_cast<T>(1 / std::sqrt(1 - std::pow(beta_2_, steps)));
    }

    void update(T* theta, T* gradient, const std::vector<T*>& slots, Index lo, Index hi) const override {
        T *momentum = slots[0], *velocity = slots[1];
        const T weight_1 = static_cast<T>(1 - beta_1_), weight_2 = static_cast<T>(1 - beta_2_);
        const T of_gradient = of_gradient_, of_momentum = of_momentum_, unbias = unbias_, epsilon = epsilon_;
        sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS {
            const Vec<T> g = at.get(gradient);
            const Vec<T> m = move_towards<T>(at, momentum, g, weight_1);  // 2
            const Vec<T> v = move_towards<T>(at, velocity, g * g, weight_2);  // 3
            const Vec<T> d = of_gradient * g + of_momentum * m;  // 4: η m̂
            at.set(theta, at.get(theta) - d / (unbias * square_root<T>(v) + epsilon));  // 5
        });
    }

private:
    double momentum_at(double t) const { return beta_1_ * (1 - 0.5 * std::pow(momentum_base, t)); }

    double beta_1_, beta_2_;
    T epsilon_, of_gradient_ = 0, of_momentum_ = 0, unbias_ = 0;
};

template <class T>
void add_nadam(Optimizers<T>& all) {
    all["Nadam"] = make_optimizer<Nadam, T>;
}
CHAINRULE_INSTANTIATE_OPTIMIZER(add_nadam)

}  // namespace chainrule
