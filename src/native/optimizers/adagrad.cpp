// Adagrad: θ ← θ − η g / √(s + ε), with s the sum of g². See adagrad.py, which fills s with its first value.
#include "sweep.hpp"
#include "table.hpp"

namespace chainrule {

template <class T>
class Adagrad final : public Optimizer<T> {
public:
    explicit Adagrad(const Options& options) : epsilon_(static_cast<T>(options.number("epsilon"))) {}

    std::vector<std::string> slot_names() const override { return {"accumulator"}; }

    void begin(double rate, std::int64_t, const std::vector<double*>&) override { rate_ = static_cast<T>(rate); }

    void update(T* theta, T* gradient, const std::vector<T*>& slots, Index lo, Index hi) const override {
        T* accumulator = slots[0];
        const T epsilon = epsilon_, rate = rate_;
        sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS {
            const Vec<T> g = at.get(gradient);
            const Vec<T> s = at.get(accumulator) + g * g;
            at.set(accumulator, s);  // 1
            at.set(theta, at.get(theta) - rate * g / square_root<T>(s + epsilon));  // 2
        });
    }

private:
    T epsilon_, rate_ = 0;
};

template <class T>
void add_adagrad(Optimizers<T>& all) {
    all["Adagrad"] = make_optimizer<Adagrad, T>;
}
CHAINRULE_INSTANTIATE_OPTIMIZER(add_adagrad)

}  // namespace chainrule
