// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "plait/core/window.hpp"
#include "plait/kernels/columns.hpp"

// A window over one channel of several pictures as sums of shifted runs. Rows and columns are cut into as
// many phases as their strides have steps, and all rows of a phase lie one after another with the window's
// padding between them, so that each tap reads one run, whatever the size of the map: vectors go over the
// ends of rows and pictures.

namespace plait::inline PLAIT_TARGET {

/// How such runs lie for one window and size of map.
class flat_window {
public:
    flat_window() = default;
    flat_window(const window& w, extent size, extent made)
        : window_(w),
          size_(size),
          made_(made),
          rows_(made.height + (w.rows.reach() - 1) / w.rows.stride),
          pitch_(made.width + (w.columns.reach() - 1) / w.columns.stride) {
        for (int t = 0; t < w.taps(); ++t) {
            const int row = t / w.columns.kernel * w.rows.dilation;
            const int column = t % w.columns.kernel * w.columns.dilation;
            taps_.push_back({row % w.rows.stride * w.columns.stride + column % w.columns.stride,
                             row / w.rows.stride * pitch_ + column / w.columns.stride});
        }
    }

    /// Of strides.
    int phases() const { return window_.rows.stride * window_.columns.stride; }
    int taps() const { return static_cast<int>(taps_.size()); }
    /// Values that a phase has of so many pictures.
    int run(int pictures) const { return pictures * rows_ * pitch_; }
    /// The furthest that a tap reads after the value that it belongs to.
    int reach() const { return (rows_ - made_.height) * pitch_ + pitch_ - made_.width; }
    /// Values to reserve for a phase of so many pictures, with zeros before and after.
    int reserved(int pictures) const {
        return (run(pictures) + 2 * (reach() + 4 * native_lanes) + 15) / 16 * 16;
    }
    /// Where a phase's run begins in what is reserved.
    int begin() const { return (reach() + 4 * native_lanes + 15) / 16 * 16; }

    /// Lays pictures of the input out, phase after phase. `to` is what is reserved for all of them. What is
    /// read may be up to two vectors past the pictures.
    void spread(const float* pictures, int count, float* to) const {
        for_phases([&](int phase, int row_phase, int column_phase) {
            float* out = to + phase * reserved(count);
            std::fill_n(out, begin(), 0.0F);
            out += begin();
            const range columns = inside(window_.columns, column_phase, size_.width, pitch_);
            const int step = window_.columns.stride;
            for (int b = 0; b < count; ++b) {
                for (int y = 0; y < rows_; ++y, out += pitch_) {
                    const int row = y * window_.rows.stride + row_phase - window_.rows.before;
                    if (row < 0 || row >= size_.height) {
                        put_zeros(pitch_, out);
                        continue;
                    }
                    const float* from = pictures + (b * size_.height + row) * size_.width + column_phase -
                                        window_.columns.before + columns.begin * step;
                    put_zeros(columns.begin, out);
                    put_every(step, from, columns.end - columns.begin, out + columns.begin);
                    put_zeros(pitch_ - columns.end, out + columns.end);
                }
            }
            std::fill(out, to + (phase + 1) * reserved(count), 0.0F);
        });
    }

    /// Puts what lies so where pictures of the input's size, which were zeros, have it, and up to a vector
    /// more: what `spread` undoes.
    void collect(const float* from, int count, float* pictures) const {
        for_phases([&](int phase, int row_phase, int column_phase) {
            const float* in = from + phase * reserved(count) + begin();
            const range columns = inside(window_.columns, column_phase, size_.width, pitch_);
            const int step = window_.columns.stride;
            for (int b = 0; b < count; ++b) {
                for (int y = 0; y < rows_; ++y, in += pitch_) {
                    const int row = y * window_.rows.stride + row_phase - window_.rows.before;
                    if (row < 0 || row >= size_.height) continue;
                    float* to = pictures + (b * size_.height + row) * size_.width + column_phase -
                                window_.columns.before;
                    if (step == 1)
                        put_every(1, in + columns.begin, columns.end - columns.begin, to + columns.begin);
                    else
                        for (int x = columns.begin; x < columns.end; ++x) to[x * step] = in[x];
                }
            }
        });
    }

    /// Outputs from where the sums lie to where a map has them, and up to a vector more.
    void narrow(const float* sums, int count, float* to) const {
        for (int b = 0; b < count; ++b) {
            const float* from = sums + begin() + b * rows_ * pitch_;
            for (int y = 0; y < made_.height; ++y, to += made_.width, from += pitch_)
                put_every(1, from, made_.width, to);
        }
    }

    /// The other way, with zeros where there is no output, before and after.
    void widen(const float* made, int count, float* sums) const {
        std::fill_n(sums, begin(), 0.0F);
        float* to = sums + begin();
        for (int b = 0; b < count; ++b) {
            for (int y = 0; y < made_.height; ++y, made += made_.width, to += pitch_) {
                put_every(1, made, made_.width, to);
                put_zeros(pitch_ - made_.width, to + made_.width);
            }
            const int between = (rows_ - made_.height) * pitch_;
            put_zeros(between, to);
            to += between;
        }
        std::fill(to, sums + reserved(count), 0.0F);
    }

    /// sums[i] = sum over the taps of weight times what the tap reads.
    void sum(const float* weights, const float* spread, int count, float* sums) const {
        float* const to = sums + begin();
        for (int i = 0; i < run(count); i += 4 * native_lanes) {
            vector made[4]{vector(0.0F), vector(0.0F), vector(0.0F), vector(0.0F)};
            for (int t = 0; t < taps(); ++t)
                add_run(spread + taps_[static_cast<std::size_t>(t)].phase * reserved(count) + begin() +
                            taps_[static_cast<std::size_t>(t)].distance + i,
                        weights[t], made);
            for (int j = 0; j < 4; ++j) simd::store_unaligned(to + i + j * native_lanes, made[j]);
        }
    }

    /// The gradient of what `spread` made, given that of the sums.
    void give(const float* weights, const float* sums, int count, float* spread) const {
        for (int phase = 0; phase < phases(); ++phase) {
            float* const to = spread + phase * reserved(count) + begin();
            for (int i = 0; i < run(count); i += 4 * native_lanes) {
                vector made[4]{vector(0.0F), vector(0.0F), vector(0.0F), vector(0.0F)};
                for (int t = 0; t < taps(); ++t) {
                    const tap& at = taps_[static_cast<std::size_t>(t)];
                    if (at.phase == phase) add_run(sums + begin() - at.distance + i, weights[t], made);
                }
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
    };
    struct range {
        int begin = 0;
        int end = 0;
    };

    [[gnu::always_inline]] static inline void add_run(const float* from, float weight, vector (&to)[4]) {
        const vector by(weight);
        for (int j = 0; j < 4; ++j)
            to[j] = simd::multiply_add(by, simd::load_unaligned(from + j * native_lanes), to[j]);
    }

    /// to[i] = from[i * step], and up to a vector more.
    [[gnu::always_inline]] static inline void put_every(int step, const float* from, int count, float* to) {
        if (step == 1) {
            for (int i = 0; i < count; i += native_lanes)
                simd::store_unaligned(to + i, simd::load_unaligned(from + i));
        } else if (step == 2) {
            for (int i = 0; i < count; i += native_lanes)
                simd::store_unaligned(to + i,
                                      simd::even_lanes(simd::load_unaligned(from + 2 * i),
                                                       simd::load_unaligned(from + 2 * i + native_lanes)));
        } else {
            for (int i = 0; i < count; ++i) to[i] = from[i * step];
        }
    }
    [[gnu::always_inline]] static inline void put_zeros(int count, float* to) {
        for (int i = 0; i < count; i += native_lanes) simd::store_unaligned(to + i, vector(0.0F));
    }

    template <int Taps>
    void add_products_of(int first, const float* sums, const float* spread, int count, float* weights) const {
        const float* read[Taps];
        vector made[Taps];
        for (int t = 0; t < Taps; ++t) {
            const tap& at = taps_[static_cast<std::size_t>(first + t)];
            read[t] = spread + at.phase * reserved(count) + begin() + at.distance;
            made[t] = vector(0.0F);
        }
        const float* of_sums = sums + begin();
        for (int i = 0; i < run(count); i += native_lanes) {
            const vector gradient = simd::load_unaligned(of_sums + i);
            PLAIT_UNROLL
            for (int t = 0; t < Taps; ++t)
                made[t] = simd::multiply_add(gradient, simd::load_unaligned(read[t] + i), made[t]);
        }
        for (int t = 0; t < Taps; ++t) weights[first + t] += simd::sum_of_lanes(made[t]);
    }

    template <class Visit>
    void for_phases(Visit visit) const {
        for (int row = 0; row < window_.rows.stride; ++row)
            for (int column = 0; column < window_.columns.stride; ++column)
                visit(row * window_.columns.stride + column, row, column);
    }

    /// The values of a phase's row that lie in the map.
    static range inside(const window_axis& axis, int phase, int inputs, int values) {
        const int before = axis.before - phase;
        const int first = before > 0 ? (before + axis.stride - 1) / axis.stride : 0;
        const int last = inputs - 1 + before;
        const int end = last < 0 ? 0 : last / axis.stride + 1;
        return {std::min(first, values), std::max(std::min(first, values), std::min(end, values))};
    }

    window window_{};
    extent size_{};
    extent made_{};
    int rows_ = 0;
    int pitch_ = 0;
    std::vector<tap> taps_;
};

}  // namespace plait::inline PLAIT_TARGET
