// How a small array is stretched to a larger one: its sizes of 1 serve a whole axis (NumPy's broadcasting).
//
// The large array is cut into runs of one length. Along a run the small array either goes with it or stands still.
#pragma once

#include <algorithm>
#include <vector>

#include "columns.hpp"
#include "options.hpp"

namespace chainrule {

class Stretch {
public:
    Stretch() = default;
    // Throws where a size is neither 1 nor that of the large array.
    Stretch(const std::vector<Index>& small, const std::vector<Index>& large) : none_(small == large) {
        require(small.size() == large.size(), "arrays to be stretched need as many axes");
        std::size_t axis = large.size();
        for (bool first = true; axis > 0; --axis) {
            const Index size = large[axis - 1];
            require(small[axis - 1] == size || small[axis - 1] == 1, "an array can't be stretched to this size");
            if (size == 1) continue;
            const bool stands = small[axis - 1] != size;
            if (!first && stands != stands_) break;
            length_ *= size, stands_ = stands, first = false;
        }
        Index step = stands_ ? 1 : length_;
        begins_ = {0};
        for (; axis > 0; --axis) {
            const Index size = large[axis - 1];
            require(small[axis - 1] == size || small[axis - 1] == 1, "an array can't be stretched to this size");
            add_axis(size, small[axis - 1] == size ? step : 0);
            step *= small[axis - 1];
        }
    }

    bool none() const { return none_; }

    // Y = X stretched.
    template <class T>
    void expand(const T* X, T* Y) const {
        for (Index begin : begins_) {
            if (stands_) std::fill_n(Y, length_, X[begin]);
            else std::copy_n(X + begin, length_, Y);
            Y += length_;
        }
    }

    // dX += the sum of dY over the places that each number served.
    template <class T>
    void gather(const T* dY, T* dX) const {
        for (Index begin : begins_) {
            T* to = dX + begin;
            if (stands_) *to += sum_of<T>(length_, [&](Index i, auto access) { return access(dY + i); });
            else map(length_, to, dY, to, [](Vec<T> a, Vec<T> b) { return a + b; });
            dY += length_;
        }
    }

private:
    static constexpr Index most_runs = Index{1} << 24;

    // One more axis outside of those that begins_ counts through.
    void add_axis(Index size, Index step) {
        require(size == 0 || static_cast<Index>(begins_.size()) <= most_runs / size, "an array is stretched too often");
        const std::vector<Index> inner = begins_;
        begins_.clear();
        for (Index i = 0; i < size; ++i)
            for (Index begin : inner) begins_.push_back(begin + i * step);
    }

    bool none_ = true, stands_ = false;
    Index length_ = 1;
    std::vector<Index> begins_;  // where in the small array each run begins
};

}  // namespace chainrule
