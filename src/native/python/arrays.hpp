// NumPy arrays as the core sees them, through Python's buffer protocol: no copy, and read-only arrays are welcome.
#pragma once

#include <Python.h>

#include <cstring>
#include <deque>
#include <string>

#include "../core/feed.hpp"

namespace chainrule {

// A buffer that is held while this lives; the GIL is needed to make and to destroy it.
class Array {
public:
    Array(PyObject* object, bool writable) {
        const int flags = PyBUF_STRIDES | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
        if (PyObject_GetBuffer(object, &view_, flags) != 0) {
            PyErr_Clear();
            throw DescriptionError(writable ? "an array can't be written to" : "an array was expected");
        }
    }
    Array(const Array&) = delete;  // a buffer's shape may lie within the buffer itself
    Array& operator=(const Array&) = delete;
    ~Array() { PyBuffer_Release(&view_); }

    Index axes() const { return view_.ndim; }
    Index rows() const { return view_.ndim ? view_.shape[0] : 1; }
    // Numbers a row: those of all axes but the first.
    Index row_size() const {
        Index size = 1;
        for (int axis = 1; axis < view_.ndim; ++axis) size *= view_.shape[axis];
        return size;
    }
    Index size() const { return view_.itemsize ? view_.len / view_.itemsize : 0; }
    // One number after the other, each where the processor wants it.
    bool plain() const {
        return PyBuffer_IsContiguous(&view_, 'C') != 0 && is_aligned(view_.buf, static_cast<std::size_t>(view_.itemsize));
    }

    // The memory as numbers of T, where it is just that.
    template <class T>
    T* numbers(Index expected) const {
        const Number own = sizeof(T) == 8 ? (std::is_integral_v<T> ? Number::i8 : Number::f8) : Number::f4;
        require(type() == own && plain(), "an array has another type or order than the network's");
        require(size() == expected, "an array has another size than the network's");
        return static_cast<T*>(view_.buf);
    }

    // Whether these are plain numbers of a type, side by side.
    bool holds(Number wanted) const {
        const char* format = view_.format ? view_.format : "B";
        if (format[0] == '@' || format[0] == '=' || format[0] == '<') ++format;
        return format[0] != 0 && format[1] == 0 && std::strchr("?fdbBhilqHILQ", format[0]) && type() == wanted &&
               plain();
    }

    Column column() const {
        require(view_.ndim >= 1, "an array of data needs rows");
        Index beside = view_.itemsize;
        for (int axis = view_.ndim - 1; axis > 0; --axis) {
            require(view_.shape[axis] <= 1 || view_.strides[axis] == beside, "the numbers of a row don't lie together");
            beside *= view_.shape[axis];
        }
        return {static_cast<const char*>(view_.buf), type(), view_.strides[0], row_size(), rows()};
    }

    Number type() const {
        std::string format = view_.format ? view_.format : "B";
        if (format.size() == 2 && (format[0] == '@' || format[0] == '=' || format[0] == '<')) format.erase(0, 1);
        require(format.size() == 1, "an array holds no plain numbers");
        switch (format[0]) {
            case '?': return Number::b1;
            case 'f': return Number::f4;
            case 'd': return Number::f8;
            case 'b': return Number::i1;
            case 'B': return Number::u1;
            case 'h': case 'i': case 'l': case 'q': return whole(true);
            case 'H': case 'I': case 'L': case 'Q': return whole(false);
        }
        throw DescriptionError("an array holds no plain numbers");
    }

private:
    Number whole(bool is_signed) const {
        switch (view_.itemsize) {
            case 2: return is_signed ? Number::i2 : Number::u2;
            case 4: return is_signed ? Number::i4 : Number::u4;
            default: return is_signed ? Number::i8 : Number::u8;
        }
    }
    Py_buffer view_{};
};

// They stay where they are when there come more.
using Arrays = std::deque<Array>;

}  // namespace chainrule
