// How the places of an image become the rows of a matrix.
#pragma once

#include "../core/gemm_tile.hpp"

namespace chainrule {

// Places that lie in a matrix: `lines` of M places each, of which a window begins `ars` after the last one in the image
// that is read, and a result `ldc` in the one that is written.
struct PlacesAsRows {
    Index lines, M, ars, ldc, A_line, C_line;

    // So many rows and columns of places, this far apart in the images that are read (A) and written (C). The places
    // side by side are the rows of the matrix, or those one below the other where that makes better tiles; all are one
    // matrix where a line ends just before the next one begins.
    static PlacesAsRows of(Index rows, Index columns, Index A_across, Index A_down, Index C_across, Index C_down) {
        if (columns == 1) return {1, rows, A_down, C_down, 0, 0};
        if (A_down == A_across * columns && C_down == C_across * columns)
            return {1, rows * columns, A_across, C_across, 0, 0};
        if (columns < rows && columns < gemm_detail::most_rows<2>)
            return {columns, rows, A_down, C_down, A_across, C_across};
        return {rows, columns, A_across, C_across, A_down, C_down};
    }
};

}  // namespace chainrule
