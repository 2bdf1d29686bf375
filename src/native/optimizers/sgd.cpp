// SGD: θ ← θ − η g; with momentum v ← μ v − η g and θ ← θ + v; Nesterov's θ ← θ + μ v − η g. See sgd.py.
#include "sweep.hpp"
#include "table.hpp"

namespace chainrule {

template <class T>
class SGD final : public Optimizer<T> {
public:
    explicit SGD(const Options& options)
        : momentum_(static_cast<T>(options.number("momentum"))),
          has_momentum_(options.number("momentum") != 0),
          nesterov_(options.flag("nesterov")) {}

    std::vector<std::string> slot_names() const override {
        return has_momentum_ ? std::vector<std::string>{"momentum"} : std::vector<std::string>{};
    }

    void begin(double rate, std::int64_t, const std::vector<double*>&) override { rate_ = static_cast<T>(rate); }

    void update(T* theta, T* g, const std::vector<T*>& slots, Index lo, Index hi) const override {
        if (!has_momentum_) plain(theta, g, lo, hi);
        else if (nesterov_) with_momentum<true>(theta, g, slots[0], lo, hi);
        else with_momentum<false>(theta, g, slots[0], lo, hi);
    }

private:
    void plain(T* theta, const T* g, Index lo, Index hi) const {
        const T rate = rate_;
        sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS { at.set(theta, at.get(theta) - rate * at.get(g)); });
    }

    template <bool nesterov>
    void with_momentum(T* theta, const T* g, T* velocity, Index lo, Index hi) const {
        const T rate = rate_, momentum = momentum_;
        sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS {
            const Vec<T> kept = momentum * at.get(velocity);
            const Vec<T> v = kept - rate * at.get(g);
            at.set(velocity, v);
            if constexpr (nesterov) at.set(theta, (at.get(theta) + momentum * v) - rate * at.get(g));
            else at.set(theta, at.get(theta) + v);
        });
    }

    T momentum_, rate_ = 0;
    bool has_momentum_, nesterov_;
};

template <class T>
void add_sgd(Optimizers<T>& all) {
    all["SGD"] = make_optimizer<SGD, T>;
}
CHAINRULE_INSTANTIATE_OPTIMIZER(add_sgd)

}  // namespace chainrule
