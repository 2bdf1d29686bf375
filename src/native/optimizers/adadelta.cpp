// Adadelta: θ ← θ − η g √(x + ε) / √(s + ε), with s and x averages of g² and of the steps' squares. See adadelta.py.
#include "sweep.hpp"
#include "table.hpp"

namespace chainrule {

template <class T>
class Adadelta final : public Optimizer<T> {
public:
    explicit Adadelta(const Options& options)
        : weight_(static_cast<T>(1 - options.number("rho"))), epsilon_(static_cast<T>(options.number("epsilon"))) {}

    std::vector<std::string> slot_names() const override { return {"accumulated_grad", "accumulated_delta"}; }

    void begin(double rate, std::int64_t, const std::vector<double*>&) override { rate_ = static_cast<T>(rate); }

    void update(T* theta, T* gradient, const std::vector<T*>& slots, Index lo, Index hi) const override {
        T *squares = slots[0], *steps = slots[1];
        const T weight = weight_, epsilon = epsilon_, rate = rate_;
        sweep<T>(lo, hi, [&](auto at) CHAINRULE_ALWAYS {
            const Vec<T> g = at.get(gradient), x = at.get(steps);
            const Vec<T> s = move_towards<T>(at, squares, g * g, weight);  // 1
            const Vec<T> d = g * square_root<T>(x + epsilon) / square_root<T>(s + epsilon);  // 2
            move_towards<T>(at, steps, d * d, weight);  // 3
            at.set(theta, at.get(theta) - rate * d);  // 4
        });
    }

private:
    T weight_, epsilon_, rate_ = 0;
};

template <class T>
void add_adadelta(Optimizers<T>& all) {
    all["Adadelta"] = make_optimizer<Adadelta, T>;
}
CHAINRULE_INSTANTIATE_OPTIMIZER(add_adadelta)

}  // namespace chainrule
