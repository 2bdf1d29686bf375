// What a loss is: from predictions and targets to one loss for each last axis ("row of the loss"), and the gradient.
//
// A prediction of shape (T, O) a row of the batch is T rows of the loss with O numbers each. `measure` gets any number
// of them at once, whole, contiguous and in order; it keeps nothing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "../core/options.hpp"
#include "../core/simd.hpp"

namespace chainrule {

template <class T>
class Loss {
public:
    explicit Loss(Index width) : width(width) { require(width > 0, "a loss needs one number a row or more"); }
    virtual ~Loss() = default;

    const Index width;  // O, the numbers of P in a row of the loss

    // True: targets are whole numbers, one a row of the loss (sparse labels); else numbers of T, `width` a row.
    virtual bool whole_targets() const { return false; }

    // L[r] = the loss of row r; where dP is not null also dP[r, o] = dL[r] · ∂L[r]/∂P[r, o].
    // `targets` holds T (rows × width) or std::int64_t (rows). dP never overlaps P.
    virtual void measure(Index rows, const T* P, const void* targets, T* L, const T* dL, T* dP) const = 0;
};

// The one table of losses, by the names of their operations in src/chainrule/ops/losses.
template <class T>
using Losses = std::map<std::string, std::function<std::unique_ptr<Loss<T>>(Index width, const Options&)>>;

template <class T>
const Losses<T>& losses();  // losses/table.cpp

}  // namespace chainrule
