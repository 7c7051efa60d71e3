// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "plait/core/as_size.hpp"
#include "plait/core/target.hpp"
#include "plait/kernels/asked_runs.hpp"
#include "plait/simd/batch.hpp"

// Products of small matrices whose rows are runs of pixels, of any size at run time: what training makes of
// convolutions and linear layers. Rows of pixels are whole tiles, `pixels_of_tile` values each, and lie
// `pitch` values apart on vector boundaries.

namespace plait::inline PLAIT_TARGET {

namespace detail {

inline constexpr int product_rows = 6;
inline constexpr int product_columns = native_registers == 32 ? 4 : 2;
inline constexpr int gradient_rows = native_registers == 32 ? 6 : 4;
inline constexpr int gradient_columns = native_registers == 32 ? 4 : 3;

}  // namespace detail

/// Runs of pixels are padded to a multiple of this.
inline constexpr int pixels_of_tile = detail::product_columns * native_lanes;

/// Pixels with the padding after them.
constexpr int padded_pixels(int pixels) {
    return (pixels + pixels_of_tile - 1) / pixels_of_tile * pixels_of_tile;
}

/// Rows of pixels in memory.
template <class T>
struct channel_rows {
    T* values = nullptr;
    std::ptrdiff_t pitch = 0;

    /// The i-th.
    constexpr T* row(int i) const { return values + i * pitch; }
    /// All from the i-th on.
    constexpr channel_rows from(int i) const { return {row(i), pitch}; }
    // NOLINTNEXTLINE(google-explicit-constructor)
    constexpr operator channel_rows<const T>() const { return {values, pitch}; }
};

/// Where the element of row i and column j of a matrix lies.
struct matrix_steps {
    std::ptrdiff_t row = 0;
    std::ptrdiff_t column = 0;
};

namespace detail {

/// Values that a matrix of so many rows and columns takes when it is packed in tiles of rows.
constexpr long long packed_matrix_size(int rows, int columns) {
    return 1LL * (rows + product_rows - 1) / product_rows * product_rows * columns;
}

/// Tiles of rows one after another, the last with rows of zeros: in each, column after column.
inline void pack_matrix(const float* from, matrix_steps steps, int rows, int columns, float* to) {
    for (int row = 0; row < rows; row += product_rows) {
        for (int column = 0; column < columns; ++column) {
            for (int i = row; i < row + product_rows; ++i)
                *to++ = i < rows ? from[i * steps.row + column * steps.column] : 0.0F;
        }
    }
}

template <int Rows>
[[gnu::always_inline]] inline void product_tile(const float* matrix, int inner,
                                                channel_rows<const float> from, channel_rows<float> to) {
    using vector = simd::batch<float>;
    constexpr int lanes = native_lanes;
    vector sums[as_size(Rows)][product_columns];
    PLAIT_UNROLL
    for (int i = 0; i < Rows; ++i) {
        PLAIT_UNROLL
        for (int j = 0; j < product_columns; ++j) sums[i][j] = vector(0.0F);
    }
    const float* pixels = from.values;
    for (int k = 0; k < inner; ++k, pixels += from.pitch, matrix += product_rows) {
        vector read[product_columns];
        PLAIT_UNROLL
        for (int j = 0; j < product_columns; ++j) read[j] = simd::pinned(simd::load(pixels + j * lanes));
        PLAIT_UNROLL
        for (int i = 0; i < Rows; ++i) {
            const vector weight(matrix[i]);
            PLAIT_UNROLL
            for (int j = 0; j < product_columns; ++j)
                sums[i][j] = simd::multiply_add(weight, read[j], sums[i][j]);
        }
    }
    PLAIT_UNROLL
    for (int i = 0; i < Rows; ++i) {
        PLAIT_UNROLL
        for (int j = 0; j < product_columns; ++j) simd::store(to.row(i) + j * lanes, sums[i][j]);
    }
}

template <int Rows = product_rows>
inline void product_of_rows(int rows, const float* matrix, int inner, int pixels,
                            channel_rows<const float> from, channel_rows<float> to, asked_runs& next,
                            int lines) {
    if constexpr (Rows > 1)
        if (rows < Rows) return product_of_rows<Rows - 1>(rows, matrix, inner, pixels, from, to, next, lines);
    for (int p = 0; p < pixels; p += pixels_of_tile) {
        next.ask(lines);
        product_tile<Rows>(matrix, inner, {from.values + p, from.pitch}, {to.values + p, to.pitch});
    }
}

template <int Rows>
[[gnu::always_inline]] inline void gradient_tile(int pixels, channel_rows<const float> gradients,
                                                 channel_rows<const float> inputs, int columns, float* to,
                                                 matrix_steps steps) {
    using vector = simd::batch<float>;
    constexpr int wide = gradient_columns;
    vector sums[as_size(Rows)][wide];
    PLAIT_UNROLL
    for (int i = 0; i < Rows; ++i) {
        PLAIT_UNROLL
        for (int j = 0; j < wide; ++j) sums[i][j] = vector(0.0F);
    }
    const float* input[wide];
    for (int j = 0; j < wide; ++j) input[j] = inputs.row(j < columns ? j : 0);
    for (int p = 0; p < pixels; p += native_lanes) {
        vector read[wide];
        PLAIT_UNROLL
        for (int j = 0; j < wide; ++j) read[j] = simd::pinned(simd::load(input[j] + p));
        PLAIT_UNROLL
        for (int i = 0; i < Rows; ++i) {
            const vector gradient = simd::pinned(simd::load(gradients.row(i) + p));
            PLAIT_UNROLL
            for (int j = 0; j < wide; ++j) sums[i][j] = simd::multiply_add(gradient, read[j], sums[i][j]);
        }
    }
    constexpr int all = (Rows * wide + native_lanes - 1) / native_lanes * native_lanes;
    alignas(cache_line_bytes) float totals[as_size(all)];
    PLAIT_UNROLL
    for (int first = 0; first < all; first += native_lanes) {
        vector some[native_lanes];
        PLAIT_UNROLL
        for (int k = 0; k < native_lanes; ++k) {
            const int at = first + k;
            some[k] = at < Rows * wide ? sums[at / wide][at % wide] : vector(0.0F);
        }
        simd::store(totals + first, simd::sums_of_lanes(some));
    }
    for (int i = 0; i < Rows; ++i)
        for (int j = 0; j < columns && j < wide; ++j)
            to[i * steps.row + j * steps.column] += totals[i * wide + j];
}

template <int Rows = gradient_rows>
inline void gradient_of_rows(int rows, int pixels, channel_rows<const float> gradients,
                             channel_rows<const float> inputs, int columns, float* to, matrix_steps steps,
                             asked_runs& next, int lines) {
    if constexpr (Rows > 1)
        if (rows < Rows)
            return gradient_of_rows<Rows - 1>(rows, pixels, gradients, inputs, columns, to, steps, next,
                                              lines);
    for (int j = 0; j < columns; j += gradient_columns) {
        next.ask(lines);
        gradient_tile<Rows>(pixels, gradients, inputs.from(j), columns - j, to + j * steps.column, steps);
    }
}

}  // namespace detail

/// to[i][p] = sum over k of matrix[i][k] from[k][p], of a matrix that `pack_matrix` has packed. Meanwhile
/// asks for what is read next.
[[gnu::noinline]] inline void multiply(const float* matrix, int rows, int inner, int pixels,
                                       channel_rows<const float> from, channel_rows<float> to,
                                       asked_runs& next) {
    const int whole = padded_pixels(pixels);
    const int tiles = (rows + detail::product_rows - 1) / detail::product_rows * (whole / pixels_of_tile);
    const int lines = (next.lines() + tiles - 1) / tiles;
    for (int row = 0; row < rows; row += detail::product_rows)
        detail::product_of_rows(rows - row, matrix + 1LL * row * inner, inner, whole, from, to.from(row),
                                next, lines);
}

/// to[i][j] += sum over p of gradients[i][p] inputs[j][p]. Both rows are zero from `pixels` on to the end of
/// a vector, or one is zero and the other finite. Meanwhile asks for half of what is read next.
[[gnu::noinline]] inline void add_products(int pixels, channel_rows<const float> gradients, int rows,
                                           channel_rows<const float> inputs, int columns, float* to,
                                           matrix_steps steps, asked_runs& next) {
    const int whole = (pixels + native_lanes - 1) / native_lanes * native_lanes;
    const int tiles = (rows + detail::gradient_rows - 1) / detail::gradient_rows *
                      ((columns + detail::gradient_columns - 1) / detail::gradient_columns);
    const int lines = (next.lines() / 2 + tiles - 1) / tiles;
    for (int row = 0; row < rows; row += detail::gradient_rows)
        detail::gradient_of_rows(rows - row, whole, gradients.from(row), inputs, columns,
                                 to + row * steps.row, steps, next, lines);
}

}  // namespace plait::inline PLAIT_TARGET
