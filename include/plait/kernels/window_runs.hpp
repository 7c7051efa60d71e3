// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "plait/core/as_size.hpp"
#include "plait/core/window.hpp"
#include "plait/simd/batch.hpp"

// A window over one channel of several pictures as sums of shifted runs. Rows and columns are cut into as
// many phases as their strides have steps, and all rows of a phase lie one after another with zeros between
// them where the window reaches over their ends, so that each tap reads one run, whatever the size of the
// map: vectors go over the ends of rows and pictures.

namespace plait::inline PLAIT_TARGET {

/// How such runs lie for one window and size of map.
struct window_run_layout {
    int phases = 1;  ///< of both strides
    int rows = 0;    ///< that a picture has in a phase
    int pitch = 0;   ///< values from a row to the next
    int reach = 0;   ///< the furthest that a tap reads after the value that it belongs to

    constexpr window_run_layout() = default;
    constexpr window_run_layout(const window& w, extent size, extent made)
        : phases(w.rows.stride * w.columns.stride),
          rows(values_of(w.rows, size.height, made.height)),
          pitch(values_of(w.columns, size.width, made.width)),
          reach((w.rows.reach() - 1) / w.rows.stride * pitch + (w.columns.reach() - 1) / w.columns.stride) {}

    /// Values that a phase has of so many pictures.
    constexpr int run(int pictures) const { return pictures * rows * pitch; }
    /// Where a phase's run begins in what is reserved for it.
    constexpr int begin() const { return (reach + 4 * native_lanes + 15) / 16 * 16; }
    /// Values to reserve for a phase of so many pictures.
    constexpr int reserved(int pictures) const {
        return (run(pictures) + 2 * begin() + 4 * native_lanes + 15) / 16 * 16;
    }

private:
    /// So many that an output's tap after the end of a row meets the zeros before the next.
    static constexpr int values_of(const window_axis& axis, int inputs, int outputs) {
        int values = outputs;
        for (int phase = 0; phase < axis.stride; ++phase) {
            const int distance = axis.before - phase;
            const int zeros = distance > 0 ? (distance + axis.stride - 1) / axis.stride : 0;
            const int end = inputs - 1 + distance < 0 ? 0 : (inputs - 1 + distance) / axis.stride + 1;
            int furthest = 0;
            for (int tap = 0; tap < axis.kernel; ++tap)
                if (tap * axis.dilation % axis.stride == phase) furthest = tap * axis.dilation / axis.stride;
            values = std::max({values, end, outputs + furthest - zeros});
        }
        return values;
    }
};

/// A window over runs that lie so. What it works on is reserved for as many pictures each time, and `clear`
/// once.
class window_runs {
public:
    window_runs() = default;
    window_runs(const window& w, extent size, extent made, int pictures)
        : window_(w), size_(size), made_(made), lies_(w, size, made), reserved_(lies_.reserved(pictures)) {
        for (int t = 0; t < w.taps(); ++t) {
            const int row = t / w.columns.kernel * w.rows.dilation;
            const int column = t % w.columns.kernel * w.columns.dilation;
            const int phase = row % w.rows.stride * w.columns.stride + column % w.columns.stride;
            const int distance = row / w.rows.stride * lies_.pitch + column / w.columns.stride;
            taps_.push_back({phase, distance, phase * reserved_ + distance});
        }
        for (int y = 0; y < size.height; ++y) {
            const int at = y + w.rows.before;
            const int phase = at % w.rows.stride * w.columns.stride;
            row_places_.push_back(phase * reserved_ + at / w.rows.stride * lies_.pitch);
        }
        first_ = place_in_row(0);
        second_ = place_in_row(1);
    }

    /// Of the window.
    int taps() const { return static_cast<int>(taps_.size()); }
    /// Values to reserve for sums.
    int reserved_for_sums() const { return reserved_; }
    /// Values to reserve for all phases of what is read or given.
    int reserved_for_phases() const { return lies_.phases * reserved_; }

    /// Lays out what the input's `count` pictures have: `read(i)` is a vector of their values from the i-th
    /// on, which may lie up to two vectors past them. `to` was zeros or laid out before.
    template <class Read>
    void spread(Read read, int count, float* to) const {
        const int step = window_.columns.stride;
        const int width = size_.width;
        const int first = first_;
        const int second = second_;
        for_rows(count, [this, read, to, step, width, first, second](int from, int place) {
            float* const row = to + place;
            if (step == 1) {
                float* const out = row + first;
                for (int x = 0; x < width; x += native_lanes) simd::store_unaligned(out + x, read(from + x));
                end_row(width, whole_vectors(width), out);
            } else if (step == 2) {
                float* const even = row + first;
                float* const odd = row + second;
                for (int x = 0; x < width; x += 2 * native_lanes) {
                    const vector a = read(from + x);
                    const vector b = read(from + x + native_lanes);
                    simd::store_unaligned(even + x / 2, simd::even_lanes(a, b));
                    simd::store_unaligned(odd + x / 2, simd::odd_lanes(a, b));
                }
                const int written = (width + 2 * native_lanes - 1) / (2 * native_lanes) * native_lanes;
                end_row((width + 1) / 2, written, even);
                end_row(width / 2, written, odd);
            } else {
                alignas(cache_line_bytes) float values[native_lanes];
                for (int x = 0; x < width; ++x) {
                    if (x % native_lanes == 0) simd::store(values, read(from + x));
                    row[place_in_row(x)] = values[x % native_lanes];
                }
            }
        });
    }

    /// Puts what lies so where the input's pictures have it, and up to two vectors more.
    void collect(const float* from, int count, float* pictures) const {
        const int step = window_.columns.stride;
        const int width = size_.width;
        const int first = first_;
        const int second = second_;
        for_rows(count, [this, from, pictures, step, width, first, second](int begin, int place) {
            const float* const row = from + place;
            float* const to = pictures + begin;
            if (step == 1) {
                const float* const in = row + first;
                for (int x = 0; x < width; x += native_lanes)
                    simd::store_unaligned(to + x, simd::load_unaligned(in + x));
            } else if (step == 2) {
                const float* const even = row + first;
                const float* const odd = row + second;
                for (int x = 0; x < width; x += 2 * native_lanes) {
                    vector begin_lanes(0.0F);
                    vector end_lanes(0.0F);
                    simd::interleave(simd::load_unaligned(even + x / 2), simd::load_unaligned(odd + x / 2),
                                     begin_lanes, end_lanes);
                    simd::store_unaligned(to + x, begin_lanes);
                    simd::store_unaligned(to + x + native_lanes, end_lanes);
                }
            } else {
                for (int x = 0; x < width; ++x) to[x] = row[place_in_row(x)];
            }
        });
    }

    /// Outputs from where the sums lie to where a map has them, and up to a vector more.
    void narrow(const float* sums, int count, float* to) const {
        const int width = made_.width;
        for_outputs(count, [=](int map, int place) {
            for (int x = 0; x < width; x += native_lanes)
                simd::store_unaligned(to + map + x, simd::load_unaligned(sums + place + x));
        });
    }

    /// The other way, of what `read(i)` is of the map's values. `sums` were zeros or laid out before.
    template <class Read>
    void widen(Read read, int count, float* sums) const {
        const int width = made_.width;
        for_outputs(count, [=](int map, int place) {
            for (int x = 0; x < width; x += native_lanes)
                simd::store_unaligned(sums + place + x, read(map + x));
            end_row(width, whole_vectors(width), sums + place);
        });
        simd::store_unaligned(sums + lies_.begin() + lies_.run(count), vector(0.0F));
    }

    /// sums[i] = sum over the taps of weight times what the tap reads.
    void sum(const float* weights, const float* spread, int count, float* sums) const {
        float* const to = sums + lies_.begin();
        spread += lies_.begin();
        const int end = lies_.run(count);
        const int all = taps();
        const tap* const list = taps_.data();
        for (int i = 0; i < end; i += 4 * native_lanes) {
            vector made[4]{vector(0.0F), vector(0.0F), vector(0.0F), vector(0.0F)};
            for (int t = 0; t < all; ++t) add_run(spread + list[t].place + i, weights[t], made);
            for (int j = 0; j < 4; ++j) simd::store_unaligned(to + i + j * native_lanes, made[j]);
        }
    }

    /// given = the gradient of what `spread` laid out, given that of the sums.
    void give(const float* weights, const float* sums, int count, float* given) const {
        sums += lies_.begin();
        for (int phase = 0; phase < lies_.phases; ++phase) {
            float* const to = given + phase * reserved_ + lies_.begin();
            const int end = lies_.run(count);
            const int all = taps();
            const tap* const list = taps_.data();
            for (int i = 0; i < end; i += 4 * native_lanes) {
                vector made[4]{vector(0.0F), vector(0.0F), vector(0.0F), vector(0.0F)};
                for (int t = 0; t < all; ++t)
                    if (list[t].phase == phase) add_run(sums - list[t].distance + i, weights[t], made);
                for (int j = 0; j < 4; ++j) simd::store_unaligned(to + i + j * native_lanes, made[j]);
            }
        }
    }

    /// weights[t] += sum over i of sums[i] times what the tap reads.
    void add_products(const float* sums, const float* spread, int count, float* weights) const {
        constexpr int at_a_time = 9;
        int first = 0;
        for (; first + at_a_time <= taps(); first += at_a_time)
            add_products_of<at_a_time>(first, sums, spread, count, weights);
        for (; first < taps(); ++first) add_products_of<1>(first, sums, spread, count, weights);
    }

private:
    using vector = simd::batch<float>;

    struct tap {
        int phase = 0;
        int distance = 0;
        int place = 0;  ///< of what it reads for the first output, from the first phase's run on
    };

    /// Of input x in a row of the first of its row's phases.
    int place_in_row(int x) const {
        const int at = x + window_.columns.before;
        return at % window_.columns.stride * reserved_ + at / window_.columns.stride;
    }
    /// Calls `visit(where a row of the input begins, where its phases have it)`.
    template <class Visit>
    [[gnu::always_inline]] void for_rows(int count, Visit visit) const {
        int begin = 0;
        const int width = size_.width;
        const int rows = size_.height;
        const int* const places = row_places_.data();
        for (int b = 0; b < count; ++b) {
            const int of_picture = lies_.begin() + lies_.run(b);
            for (int y = 0; y < rows; ++y, begin += width) visit(begin, of_picture + places[y]);
        }
    }
    /// Calls `visit(where a row of outputs begins, where the sums have it)`.
    template <class Visit>
    [[gnu::always_inline]] void for_outputs(int count, Visit visit) const {
        int map = 0;
        for (int b = 0; b < count; ++b) {
            int place = lies_.begin() + lies_.run(b);
            for (int y = 0; y < made_.height; ++y, map += made_.width, place += lies_.pitch)
                visit(map, place);
        }
    }

    static constexpr int whole_vectors(int count) {
        return (count + native_lanes - 1) / native_lanes * native_lanes;
    }
    /// Makes zeros again of what was written past a row, up to a vector more than it has.
    [[gnu::always_inline]] static inline void end_row(int count, int written, float* row) {
        if (count < written) simd::store_unaligned(row + count, vector(0.0F));
    }

    [[gnu::always_inline]] static inline void add_run(const float* from, float weight, vector (&to)[4]) {
        const vector by(weight);
        PLAIT_UNROLL
        for (int j = 0; j < 4; ++j)
            to[j] = simd::multiply_add(by, simd::load_unaligned(from + j * native_lanes), to[j]);
    }

    template <int Taps>
    void add_products_of(int first, const float* sums, const float* spread, int count, float* weights) const {
        const float* read[as_size(Taps)];
        vector made[as_size(Taps)];
        for (int t = 0; t < Taps; ++t) {
            read[t] = spread + lies_.begin() + taps_[static_cast<std::size_t>(first + t)].place;
            made[t] = vector(0.0F);
        }
        const float* of_sums = sums + lies_.begin();
        const int end = lies_.run(count);
        for (int i = 0; i < end; i += native_lanes) {
            const vector gradient = simd::load_unaligned(of_sums + i);
            PLAIT_UNROLL
            for (int t = 0; t < Taps; ++t)
                made[t] = simd::multiply_add(gradient, simd::load_unaligned(read[t] + i), made[t]);
        }
        for (int t = 0; t < Taps; ++t) weights[first + t] += simd::sum_of_lanes(made[t]);
    }

    window window_{};
    extent size_{};
    extent made_{};
    window_run_layout lies_{};
    int reserved_ = 0;
    int first_ = 0;  ///< where a row has its first and its second input
    int second_ = 0;
    std::vector<int> row_places_;  ///< of the first picture's rows, from the first phase's run on
    std::vector<tap> taps_;
};

}  // namespace plait::inline PLAIT_TARGET
