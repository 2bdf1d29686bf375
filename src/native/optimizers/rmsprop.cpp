// RMSprop: θ ← θ − η g / √(v + ε), with v an average of g²; centered and with momentum too. See rmsprop.py.
#include "sweep.hpp"
#include "table.hpp"

namespace chainrule {

template <class T>
class RMSprop final : public Optimizer<T> {
public:
    explicit RMSprop(const Options& options)
        : weight_(static_cast<T>(1 - options.number("rho"))),
          momentum_(static_cast<T>(options.number("momentum"))),
          epsilon_(static_cast<T>(options.number("epsilon"))),
          centered_(options.flag("centered")),
          has_momentum_(options.number("momentum") > 0) {}

    std::vector<std::string> slot_names() const override {
        std::vector<std::string> names{"velocity"};
        if (centered_) names.push_back("average_gradient");
        if (has_momentum_) names.push_back("momentum");
        return names;
    }

    void begin(double rate, std::int64_t, const std::vector<double*>&) override { rate_ = static_cast<T>(rate); }

    void update(T* theta, T* g, const std::vector<T*>& slots, Index lo, Index hi) const override {
        T* velocity = slots[0];
        T* average = centered_ ? slots[1] : nullptr;
        T* momentum = has_momentum_ ? slots.back() : nullptr;
        if (centered_ && has_momentum_) step<true, true>(theta, g, velocity, average, momentum, lo, hi);
        else if (centered_) step<true, false>(theta, g, velocity, average, momentum, lo, hi);
        else if (has_momentum_) step<false, true>(theta, g, velocity, average, momentum, lo, hi);
        else step<false, false>(theta, g, velocity, average, momentum, lo, hi);
    }

private:
    template <bool centered, bool has_momentum>
    void step(T* theta, const T* gradient, T* velocity, T* average, T* momentum, Index lo, Index hi) const {
        const T weight = weight_, mu = momentum_, epsilon = epsilon_, rate = rate_;
        sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS {
            const Vec<T> g = at.get(gradient);
            Vec<T> v = move_towards<T>(at, velocity, g * g, weight);  // 1
            if constexpr (centered) {
                const Vec<T> a = move_towards<T>(at, average, g, weight);  // 2
                v = larger<T>(v - a * a, Vec<T>{});  // a variance; rounding may bring it below 0
            }
            Vec<T> d = rate * g / square_root<T>(v + epsilon);  // 3
            if constexpr (has_momentum) {
                d = mu * at.get(momentum) + d;
                at.set(momentum, d);
            }
            at.set(theta, at.get(theta) - d);  // 4
        });
    }

    T weight_, momentum_, epsilon_, rate_ = 0;
    bool centered_, has_momentum_;
};

template <class T>
void add_rmsprop(Optimizers<T>& all) {
    all["RMSprop"] = make_optimizer<RMSprop, T>;
}
CHAINRULE_INSTANTIATE_OPTIMIZER(add_rmsprop)

}  // namespace chainrule
