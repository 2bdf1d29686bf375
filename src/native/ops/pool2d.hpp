// What pooling slides over an image: the window, and which of its places lie in the image.
#pragma once

#include <type_traits>
#include <utility>

#include "../core/columns.hpp"
#include "augment.hpp"

namespace chainrule {

// One window: `at` is where in the image its first place begins that isn't padding, and `number` the number of that
// place, counted row by row through the window; `rows` × `columns` places lie in the image.
struct Window {
    Index at, number, rows, columns;

    Index places() const { return rows * columns; }
};

// A side of the window, in places, on its way down or along the image.
struct Slide {
    Index size, kernel, stride, before, out;

    // Of the window at place y: where it begins, and which of its places lie in the image.
    Index begin(Index y) const { return y * stride - before; }
    Index first(Index y) const { return std::max<Index>(0, -begin(y)); }
    Index last(Index y) const { return std::min(kernel, size - begin(y)); }
    // Whether each place of the image is seen by one window.
    bool tiles() const { return stride == kernel && before == 0 && out * stride == size; }
};

class Pool {
public:
    const Image image;

    // The window of the options pool, strides and padding.
    explicit Pool(const Step& step) : image(only_input(step)) {
        const auto &pool = step.options.numbers("pool"), &strides = step.options.numbers("strides");
        require(pool.size() == 2 && strides.size() == 2 && step.out.axes.size() == 3, "pooling is in two directions");
        std::vector<double> padding(4, 0.0);
        if (step.options.has("padding")) padding = step.options.numbers("padding");
        require(padding.size() == 4, "an image has four borders");
        down_ = slide(image.height, pool[0], strides[0], padding[0], padding[1], step.out.axes[0]);
        along_ = slide(image.width, pool[1], strides[1], padding[2], padding[3], step.out.axes[1]);
        require(step.out.axes[2] == image.channels, "pooling changes no channels");
    }

    // One window for the whole image.
    static Pool global(const Step& step) { return Pool(step, Image(only_input(step))); }

    // How many places a window has, and how many windows see a place of the image at most.
    Index places() const { return down_.kernel * along_.kernel; }
    bool overlaps() const { return down_.stride < down_.kernel || along_.stride < along_.kernel; }
    bool tiles() const { return down_.tiles() && along_.tiles(); }

    // Place (i, j) of the window's part in the image: where it is in the image from the window's `at` on, and its
    // number from the window's `number` on.
    Index offset(Index i, Index j) const { return i * image.row() + j * image.channels; }
    Index count(Index i, Index j) const { return i * along_.kernel + j; }
    // Where the place of this number is in the image, for a window that lies in it whole or at its border.
    Index place(const Window& window, Index number) const {
        const Index i = number / along_.kernel - window.number / along_.kernel;
        return window.at + offset(i, number % along_.kernel - window.number % along_.kernel);
    }

    // f(window, rows, columns) for each window in turn; the numbers are constants for the one that is met most, whose
    // loops are unrolled then.
    template <class F>
    CHAINRULE_INLINE void each_window(F f) const {
        const std::integral_constant<Index, 2> two;
        const Slide down = down_, along = along_;
        for (Index y = 0; y < down.out; ++y) {
            const Index top = down.first(y), rows = down.last(y) - top;
            for (Index x = 0; x < along.out; ++x) {
                const Index left = along.first(x), columns = along.last(x) - left;
                const Index at = offset(down.begin(y) + top, along.begin(x) + left);
                const Window window{at, count(top, left), rows, columns};
                if (rows == 2 && columns == 2) f(window, two, two);
                else f(window, rows, columns);
            }
        }
    }

private:
    Pool(const Step& step, const Image& whole) : image(whole) {
        require(step.out.size == image.channels, "global pooling gives one number a channel");
        down_ = {image.height, image.height, image.height, 0, 1};
        along_ = {image.width, image.width, image.width, 0, 1};
        require(places() <= INT32_MAX, "an image is too large to be pooled");
    }

    static const Operand& only_input(const Step& step) {
        require_inputs(step, 1, 1);
        return step.in[0];
    }

    static Slide slide(Index size, double kernel, double stride, double before, double after, Index out) {
        constexpr double most = 1 << 15;  // so that places are counted in 32 bits
        const auto whole = [](double number, double least) {
            require(least <= number && number <= most && std::floor(number) == number, "a window has no such size");
            return static_cast<Index>(number);
        };
        const Slide made{size, whole(kernel, 1), whole(stride, 1), whole(before, 0), out};
        const Index room = made.before + size + whole(after, 0) - made.kernel;
        require(room >= 0 && out == room / made.stride + 1, "windows don't come to the output's size");
        require(before < kernel && after < kernel, "a window lies in the padding alone");
        return made;
    }

    Slide down_, along_;
};

// How many numbers an access reads.
template <class T>
constexpr int width_of(WholeAccess<T>) {
    return lanes<T>;
}
template <class T>
constexpr int width_of(PartAccess<T> access) {
    return access.n;
}

}  // namespace chainrule
