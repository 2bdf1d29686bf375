// Adam: θ ← θ − α m / (√v + ε), with m and v averages of g and g². See adam.py. AdamW is Adam whose weights decay
// (decay.hpp).
#include <cmath>

#include "sweep.hpp"
#include "table.hpp"

namespace chainrule {

template <class T>
class Adam final : public Optimizer<T> {
public:
    explicit Adam(const Options& options)
        : beta_1_(options.number("beta_1")),
          beta_2_(options.number("beta_2")),
          epsilon_(static_cast<T>(options.number("epsilon"))),
          amsgrad_(options.flag("amsgrad")) {}

    std::vector<std::string> slot_names() const override {
        std::vector<std::string> names{"momentum", "velocity"};
        if (amsgrad_) names.push_back("velocity_hat");
        return names;
    }

    void begin(double rate, std::int64_t t, const std::vector<double*>&) override {
        // Powers, not running products: a resumed run has to get the same bits.
        const double steps = static_cast<double>(t);
        alpha_ = static_cast<T>(rate * std::sqrt(1 - std::pow(beta_2_, steps)) / (1 - std::pow(beta_1_, steps)));  // 4
    }

    void update(T* theta, T* g, const std::vector<T*>& slots, Index lo, Index hi) const override {
        if (amsgrad_) step<true>(theta, g, slots[0], slots[1], slots[2], lo, hi);
        else step<false>(theta, g, slots[0], slots[1], nullptr, lo, hi);
    }

private:
    template <bool amsgrad>
    void step(T* theta, const T* gradient, T* momentum, T* velocity, T* largest, Index lo, Index hi) const {
        const T weight_1 = static_cast<T>(1 - beta_1_), weight_2 = static_cast<T>(1 - beta_2_);
        const T epsilon = epsilon_, alpha = alpha_;
        sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS {
            const Vec<T> g = at.get(gradient);
            const Vec<T> m = move_towards<T>(at, momentum, g, weight_1);  // 1
            Vec<T> v = move_towards<T>(at, velocity, g * g, weight_2);  // 2
            if constexpr (amsgrad) {
                v = maximum<T>(at.get(largest), v);
                at.set(largest, v);  // 3
            }
            at.set(theta, at.get(theta) - alpha * (m / (square_root<T>(v) + epsilon)));  // 5
        });
    }

    double beta_1_, beta_2_;
    T epsilon_, alpha_ = 0;
    bool amsgrad_;
};

template <class T>
void add_adam(Optimizers<T>& all) {
    all["Adam"] = make_optimizer<Adam, T>;
    all["AdamW"] = make_optimizer<Adam, T>;
}
CHAINRULE_INSTANTIATE_OPTIMIZER(add_adam)

}  // namespace chainrule
