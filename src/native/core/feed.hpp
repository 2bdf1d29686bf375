// The data of training as the user has it: columns of any number type, whose rows are converted as batches need them.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "options.hpp"
#include "simd.hpp"

namespace chainrule {

enum class Number { b1, u1, u2, u4, u8, i1, i2, i4, i8, f4, f8 };

inline bool is_aligned(const void* numbers, std::size_t width) {
    return reinterpret_cast<std::uintptr_t>(numbers) % width == 0;
}

// One array of the data: rows of `size` numbers that lie side by side; rows may be apart.
struct Column {
    const char* first = nullptr;  // null: there is none (no sample weights)
    Number type = Number::f4;
    Index row_bytes = 0;  // from one row to the next
    Index size = 1;
    Index rows = 0;
};

template <class To, class From>
CHAINRULE_INLINE void convert_row(const char* from, Index size, To* to) {
    for (Index i = 0; i < size; ++i, from += sizeof(From)) {
        From number;
        std::memcpy(&number, from, sizeof number);  // it need not be aligned
        to[i] = static_cast<To>(number);
    }
}

// Rows `row(0)` … `row(n − 1)` of a column, one after the other, as numbers of type To.
template <class To, class From, class Row>
void convert_rows(const Column& column, Index n, Row row, To* to) {
    for (Index r = 0; r < n; ++r, to += column.size)
        convert_row<To, From>(column.first + row(r) * column.row_bytes, column.size, to);
}

template <class To, class Row>
void gather(const Column& column, Index n, Row row, To* to) {
    switch (column.type) {
        case Number::b1:
        case Number::u1: return convert_rows<To, std::uint8_t>(column, n, row, to);
        case Number::u2: return convert_rows<To, std::uint16_t>(column, n, row, to);
        case Number::u4: return convert_rows<To, std::uint32_t>(column, n, row, to);
        case Number::u8: return convert_rows<To, std::uint64_t>(column, n, row, to);
        case Number::i1: return convert_rows<To, std::int8_t>(column, n, row, to);
        case Number::i2: return convert_rows<To, std::int16_t>(column, n, row, to);
        case Number::i4: return convert_rows<To, std::int32_t>(column, n, row, to);
        case Number::i8: return convert_rows<To, std::int64_t>(column, n, row, to);
        case Number::f4: return convert_rows<To, float>(column, n, row, to);
        case Number::f8: return convert_rows<To, double>(column, n, row, to);
    }
}

// One column for each input, and one for each loss of its targets and of its sample weights.
struct Feed {
    std::vector<Column> inputs, targets, weights;
    Index rows = 0;                // of the data
    const Index* order = nullptr;  // which row comes at which place; null: as they lie

    Index row(Index place) const { return order ? order[place] : place; }
};

}  // namespace chainrule
