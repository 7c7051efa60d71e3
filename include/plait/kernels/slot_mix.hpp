// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "plait/core/as_size.hpp"
#include "plait/core/heap_array.hpp"
#include "plait/kernels/slot_rows.hpp"
#include "plait/kernels/slot_wiring.hpp"
#include "plait/kernels/tile.hpp"

// Convolutions over all channels and linear layers on packs: one tile for all precisions, which differ in the
// element and the dot product.

namespace plait::inline PLAIT_TARGET::detail {

/// What a panel of `Rows` outputs begins with: which slots it reads; of each row a bias, a scale, a zero and,
/// of an activation before bytes, an inverse.
template <slot_shape S, int Rows>
struct panel_head {
    static constexpr int bias = 4;
    static constexpr int scale = bias + Rows;
    static constexpr int zero = scale + Rows;
    static constexpr int inverse = zero + Rows;
    static constexpr int values = inverse + (acts_before_bytes<S> ? Rows : 0);
    static constexpr int values_of_row = acts_before_bytes<S> ? 4 : 3;
};

/// The numbers of a layer, whatever its precision.
template <slot_shape S>
class layer_numbers {
    static constexpr int width = channels_of_slot(S.in);
    using number = std::conditional_t<S.in == precision::int8, int, float>;

public:
    layer_numbers(const slot_wiring& w, int pixels)
        : wiring_(w),
          outputs_(w.call->group_outputs()),
          inputs_(w.call->group_inputs()),
          taps_(w.call->kind == op_kind::linear ? pixels : w.call->window.taps()),
          of_lane_(w.in.channels_of_lanes(width)) {}

    /// Of the channel that lies there, for one output; 0 where that does not read it.
    number weight(int output, int slot, int lane, int tap) const {
        const int input = of_lane_[slot * width + lane];
        if (output < 0 || input < 0 || input / inputs_ != output / outputs_) return 0;
        const int at = (output * inputs_ + input % inputs_) * taps_ + tap;
        if constexpr (S.in == precision::int8)
            return wiring_.bytes.weights[at];
        else
            return nearest_bf16(wiring_.weights[at]);
    }
    /// The four bytes of a part of all that lie in a slot.
    std::int32_t weights(int output, int slot, int tap, int part) const {
        number of_channel[as_size(width)];
        for (int lane = 0; lane < width; ++lane) of_channel[lane] = weight(output, slot, lane, tap);
        return simd::dot<S.in>::weight(of_channel, part);
    }
    /// The slots from the first to the last that an output reads.
    void widen_range(int output, int& first, int& last) const {
        if (output < 0) return;
        const int begin = output / outputs_ * inputs_;
        for (int i = begin; i < begin + inputs_; ++i) {
            const int entry = wiring_.in.entry[i];
            first = entry < first ? entry : first;
            last = entry > last ? entry : last;
        }
    }
    /// The head of a panel of so many rows, whose outputs are `of_row`; -1 for none.
    void put_head(panel_writer& to, const int* of_row, int rows, int first, int count) const {
        to.put(first), to.put(count), to.put(0), to.put(0);
        for (int r = 0; r < rows; ++r) {
            if constexpr (S.in == precision::int8) {
                std::int32_t bias = 0;
                if (of_row[r] >= 0) {
                    bias = wiring_.bytes.bias[of_row[r]];
                    const int fan_in = inputs_ * taps_;
                    int sum = 0;
                    for (int i = 0; simd::dot<S.in>::offset != 0 && i < fan_in; ++i)
                        sum += wiring_.bytes.weights[of_row[r] * fan_in + i];
                    bias += simd::dot<S.in>::offset * sum;
                }
                to.put(bias);
            } else {
                to.put(of_row[r] >= 0 ? wiring_.bias[of_row[r]] : 0.0F);
            }
        }
        for (int r = 0; r < rows; ++r) to.put(numbers(of_row[r]).scale);
        for (int r = 0; r < rows; ++r) to.put(numbers(of_row[r]).zero);
        for (int r = 0; acts_before_bytes<S> && r < rows; ++r) to.put(numbers(of_row[r]).inverse);
    }
    /// Which output each row of all is, or -1: rows are what lies in the packs that are made, up to a
    /// multiple of `step`.
    heap_array<int> outputs_of_rows(int step) const {
        heap_array<int> of_lane;
        if constexpr (S.out == precision::f32) {
            of_lane = heap_array<int>(wiring_.out.channels);
            for (int i = 0; i < of_lane.size(); ++i) of_lane[i] = i;
        } else {
            of_lane = wiring_.out.channels_of_lanes(width);
        }
        heap_array<int> all((of_lane.size() + step - 1) / step * step, -1);
        for (int i = 0; i < of_lane.size(); ++i) all[i] = of_lane[i];
        return all;
    }

private:
    channel_numbers numbers(int output) const {
        if (output < 0 || S.in != precision::int8) return {};
        const channel_code none{};
        return channel_numbers::of_layer(wiring_.bytes, output, act_of<S>,
                                         S.out == precision::int8 ? wiring_.out.code[output] : none);
    }

    const slot_wiring& wiring_;
    int outputs_;
    int inputs_;
    int taps_;
    heap_array<int> of_lane_;
};

/// Maps of more than one pixel: vectors run along pixels, weights are broadcast.
template <slot_shape S>
struct slot_mix {
    using dot = simd::dot<S.in>;
    static constexpr int width = channels_of_slot(S.in);
    static constexpr plait::window window = S.window;
    static constexpr int parts = dot::parts;
    using grid_of_vectors = vector_grid<window, S.short_row>;
    static constexpr bool splits = S.splits && parts == 2;

    static constexpr long long packed_size(const op& o, int depth, int in_slots, int out_slots) {
        const int packs = S.out == precision::f32 ? (o.out.count + width - 1) / width : out_slots;
        const int head = panel_head<S, 1>::values_of_row;
        const long long of_all = 1LL * packs * width * (head + 1LL * depth * window.taps() * parts);
        return rounded_up(in_slots, 16) + of_all + 4LL * (balanced::into(packs, S.most_rows).blocks);
    }

    static void pack(const slot_wiring& w, float* to) {
        const layer_numbers<S> numbers(w, 1);
        const heap_array<int> borders = w.in.channels_of_lanes(width);
        panel_writer writer(to);
        for (int slot = 0; slot < w.in.slots; ++slot) writer.put(border_of_slot(w.in, borders, slot, S.in));
        writer.align(to);
        const heap_array<int> rows = numbers.outputs_of_rows(width);
        for_each_block<S.rows, S.uneven_rows>(rows.size() / width, S.most_rows, [&](auto block, int begin) {
            pack_panel(numbers, w, rows.data() + begin * width, block * width, writer);
        });
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        const float* const borders = weights + call.weights;
        const slot_window around = slot_window::of(window, call.out_size);
        if constexpr (!window.is_point()) {
            for (int k = 0; k < call.in_count; ++k)
                surround<window>(workspace + call.in[k], call.in_size, around, simd::load_dword(borders + k),
                                 workspace + call.scratch + k * around.values(window));
        }
        const auto grid = grid_of_vectors::of(call.out_size);
        const int packs = S.out == precision::f32 ? (call.out_count + width - 1) / width : call.out_count;
        for_each_block<S.columns, S.uneven_columns>(
            grid.count, S.most_columns, [&](auto columns, int column) {
                if constexpr (splits) split<columns>(call, around, grid, column, workspace);
                const float* panel = borders + rounded_up(call.in_count, 16);
                for_each_block<S.rows, S.uneven_rows>(packs, S.most_rows, [&](auto rows, int row) {
                    panel = tile<rows, columns>(call, around, grid, column, row, panel, workspace);
                });
            });
    }

private:
    static void pack_panel(const layer_numbers<S>& numbers, const slot_wiring& w, const int* of_row, int rows,
                           panel_writer& writer) {
        int first = w.in.slots, last = 0;
        if (w.call->groups == 1) {
            first = 0, last = w.in.slots - 1;
        } else {
            for (int r = 0; r < rows; ++r) numbers.widen_range(of_row[r], first, last);
        }
        if (first > last) first = last = 0;
        numbers.put_head(writer, of_row, rows, first, last - first + 1);
        for (int slot = first; slot <= last; ++slot)
            for (int tap = 0; tap < window.taps(); ++tap)
                for (int part = 0; part < parts; ++part)
                    for (int r = 0; r < rows; ++r) writer.put(numbers.weights(of_row[r], slot, tap, part));
    }

    template <int Packs, int Columns>
    [[gnu::always_inline]] static inline const float* tile(const kernel_call& call, slot_window around,
                                                           const grid_of_vectors& grid, int column, int row,
                                                           const float* panel, float* workspace) {
        constexpr int rows = Packs * width;
        using head = panel_head<S, rows>;
        typename dot::sum sum[as_size(rows)][as_size(Columns)];
        PLAIT_UNROLL
        for (int r = 0; r < rows; ++r) {
            PLAIT_UNROLL
            for (int c = 0; c < Columns; ++c)
                sum[r][c] =
                    std::bit_cast<typename dot::sum>(simd::pinned(simd::spread_from(panel + head::bias + r)));
        }
        const float* weight = panel + head::values;
        const int first = simd::load_dword(panel), depth = simd::load_dword(panel + 1);
        if constexpr (splits) {
            constexpr int values = parts * Columns * native_lanes;
            const float* x = split_to(call, workspace) + first * window.taps() * values;
            for (int k = depth * window.taps(); k > 0; --k, x += values, weight += parts * rows)
                multiply<rows, Columns>(
                    sum,
                    [&](int c, int part) __attribute__((always_inline)) {
                        return simd::load_dwords(x + (part * Columns + c) * native_lanes);
                    },
                    weight);
        } else {
            visit_taps<Columns>(
                call, around, grid, column, first, depth,
                workspace, [&](const simd::dwords(&x)[as_size(Columns)]) __attribute__((always_inline)) {
                    multiply<rows, Columns>(
                        sum,
                        [&](int c, int part)
                            __attribute__((always_inline)) { return dot::part_of(x[c], part); },
                        weight);
                    weight += parts * rows;
                });
        }
        store<Packs, Columns>(call, grid, column, row, panel, sum, workspace);
        return weight;
    }

    /// Calls `use(vectors)` with what a tile reads, slot by slot and tap by tap.
    template <int Columns, class Use>
    [[gnu::always_inline]] static inline void visit_taps(const kernel_call& call, slot_window around,
                                                         const grid_of_vectors& grid, int column, int first,
                                                         int depth, const float* workspace, Use use) {
        const float* at[as_size(Columns)];
        PLAIT_UNROLL
        for (int c = 0; c < Columns; ++c)
            at[c] = workspace + (window.is_point() ? 0 : call.scratch) + grid.read_at(column + c);
        for (int k = first; k < first + depth; ++k) {
            const int slot = window.is_point() ? call.in[k] : k * around.values(window);
            for (int y = 0; y < window.rows.kernel; ++y) {
                for (int x = 0; x < window.columns.kernel; ++x) {
                    const int offset = slot + around.tap(window, y, x);
                    simd::dwords values[as_size(Columns)];
                    PLAIT_UNROLL
                    for (int c = 0; c < Columns; ++c) values[c] = simd::pinned(grid.load(at[c] + offset));
                    use(values);
                }
            }
        }
    }

    /// Where the parts of what a tile reads lie.
    [[gnu::always_inline]] static inline float* split_to(const kernel_call& call, float* workspace) {
        const int surrounded =
            window.is_point() ? 0 : call.in_count * slot_window::of(window, call.out_size).values(window);
        return workspace + call.scratch + surrounded;
    }

    /// Keeps what all tiles of some pixels read in parts.
    template <int Columns>
    [[gnu::always_inline]] static inline void split(const kernel_call& call, slot_window around,
                                                    const grid_of_vectors& grid, int column,
                                                    float* workspace) {
        float* to = split_to(call, workspace);
        visit_taps<Columns>(
            call, around, grid, column, 0, call.in_count,
            workspace, [&](const simd::dwords(&x)[as_size(Columns)]) __attribute__((always_inline)) {
                PLAIT_UNROLL
                for (int part = 0; part < parts; ++part) {
                    PLAIT_UNROLL
                    for (int c = 0; c < Columns; ++c, to += native_lanes)
                        simd::store_dwords(to, dot::part_of(x[c], part));
                }
            });
    }

    /// Multiplies one slot of a tap, `x(column, part)`, with every row's weights.
    template <int Rows, int Columns, class X>
    [[gnu::always_inline]] static inline void multiply(
        typename dot::sum (&sum)[as_size(Rows)][as_size(Columns)], X x, const float* weight) {
        PLAIT_UNROLL
        for (int part = 0; part < parts; ++part) {
            simd::dwords of_part[as_size(Columns)];
            PLAIT_UNROLL
            for (int c = 0; c < Columns; ++c) of_part[c] = simd::pinned(x(c, part));
            PLAIT_UNROLL
            for (int r = 0; r < Rows; ++r) {
                const simd::dwords w = simd::pinned(simd::spread_from(weight + part * Rows + r));
                PLAIT_UNROLL
                for (int c = 0; c < Columns; ++c) sum[r][c] = dot::multiply_add(of_part[c], w, sum[r][c]);
            }
        }
    }

    template <int Packs, int Columns>
    [[gnu::always_inline]] static inline void store(
        const kernel_call& call, const grid_of_vectors& grid, int column, int row, const float* panel,
        const typename dot::sum (&sum)[as_size(Packs * width)][as_size(Columns)], float* workspace) {
        constexpr int rows = Packs * width;
        using head = panel_head<S, rows>;
        PLAIT_UNROLL
        for (int p = 0; p < Packs; ++p) {
            PLAIT_UNROLL
            for (int c = 0; c < Columns; ++c) {
                const int to = grid.write_at(column + c), count = grid.writable(column + c);
                if constexpr (S.out == precision::f32) {
                    PLAIT_UNROLL
                    for (int r = p * width; r < (p + 1) * width; ++r) {
                        const int output = row * width + r;
                        if (output >= call.out_count) continue;
                        simd::float_lanes x = as_floats(sum[r][c], panel + head::scale + r);
                        x = activated_lanes<S.act>(x);
                        store_slots(workspace + call.out[output] + to, std::bit_cast<simd::dwords>(x), count);
                    }
                } else {
                    typename dot::sum of_pack[as_size(width)];
                    PLAIT_UNROLL
                    for (int i = 0; i < width; ++i) of_pack[i] = sum[p * width + i][c];
                    const simd::dwords made = pack_sums<S, false>(
                        of_pack,
                        [&](int i) { return simd::spread_from(panel + head::scale + p * width + i); },
                        [&](int i) { return simd::spread_from(panel + head::inverse + p * width + i); },
                        [&](int i) { return simd::spread_from(panel + head::zero + p * width + i); });
                    store_slots(workspace + call.out[row + p] + to, made, count);
                }
            }
        }
    }

public:
    /// What a sum in fp32 is, of a scale at `scale`.
    [[gnu::always_inline]] static inline simd::float_lanes as_floats(typename dot::sum sum,
                                                                     const float* scale) {
        if constexpr (S.in == precision::int8)
            return simd::as_floats(sum) * std::bit_cast<simd::float_lanes>(simd::spread_from(scale));
        else
            return sum;
    }
};

/// Maps of single pixels: lanes are outputs, inputs are broadcast. A linear layer reads all pixels of its
/// inputs.
template <slot_shape S>
struct slot_mix_single {
    using dot = simd::dot<S.in>;
    static constexpr int width = channels_of_slot(S.in);
    static constexpr int parts = dot::parts;
    static constexpr int lanes = native_lanes;

    static constexpr long long packed_size(const op& o, int, int in_slots, int out_slots) {
        const long long outputs = S.out == precision::f32 ? o.out.count : out_slots * width;
        const long long vectors = (outputs + lanes - 1) / lanes;
        const long long depth = 1LL * in_slots * o.in.size.pixels() * parts;
        return vectors * lanes * (panel_head<S, 1>::values_of_row + depth) +
               4LL * balanced::into(static_cast<int>(vectors), S.most_rows).blocks;
    }

    static void pack(const slot_wiring& w, float* to) {
        const int pixels = w.call->in.size.pixels();
        const layer_numbers<S> numbers(w, pixels);
        const heap_array<int> rows = numbers.outputs_of_rows(lanes);
        panel_writer writer(to);
        for_each_block<S.rows, S.uneven_rows>(rows.size() / lanes, S.most_rows, [&](auto block, int begin) {
            const int* const of_row = rows.data() + begin * lanes;
            numbers.put_head(writer, of_row, block * lanes, 0, w.in.slots);
            for (int slot = 0; slot < w.in.slots; ++slot)
                for (int pixel = 0; pixel < pixels; ++pixel)
                    for (int part = 0; part < parts; ++part)
                        for (int r = 0; r < block * lanes; ++r)
                            writer.put(numbers.weights(of_row[r], slot, pixel, part));
        });
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        const float* panel = weights + call.weights;
        const int rows_of_slot = S.out == precision::f32 ? 1 : width;
        const int outputs = call.out_count * rows_of_slot;
        for_each_block<S.rows, S.uneven_rows>(
            (outputs + lanes - 1) / lanes, S.most_rows,
            [&](auto rows, int row) { panel = tile<rows>(call, panel, row, outputs, workspace); });
    }

private:
    template <int Vectors>
    [[gnu::always_inline]] static inline const float* tile(const kernel_call& call, const float* panel,
                                                           int row, int outputs, float* workspace) {
        constexpr int rows = Vectors * lanes;
        using head = panel_head<S, rows>;
        typename dot::sum sum[as_size(Vectors)];
        PLAIT_UNROLL
        for (int v = 0; v < Vectors; ++v)
            sum[v] = std::bit_cast<typename dot::sum>(simd::load_dwords(panel + head::bias + v * lanes));
        const float* weight = panel + head::values;
        const int pixels = call.in_size.pixels();
        for (int k = 0; k < call.in_count; ++k) {
            for (int pixel = 0; pixel < pixels; ++pixel) {
                const simd::dwords x = simd::spread_from(workspace + call.in[k] + pixel);
                PLAIT_UNROLL
                for (int part = 0; part < parts; ++part) {
                    const simd::dwords of_part = dot::part_of(x, part);
                    PLAIT_UNROLL
                    for (int v = 0; v < Vectors; ++v)
                        sum[v] = dot::multiply_add(
                            of_part, simd::load_dwords(weight + (part * Vectors + v) * lanes), sum[v]);
                }
                weight += parts * rows;
            }
        }
        PLAIT_UNROLL
        for (int v = 0; v < Vectors; ++v)
            store(call, panel, v, rows, (row + v) * lanes, outputs, sum[v], workspace);
        return weight;
    }

    [[gnu::always_inline]] static inline void store(const kernel_call& call, const float* panel, int vector,
                                                    int rows, int first, int outputs, typename dot::sum sum,
                                                    float* workspace) {
        const float* const scale = panel + 4 + rows + vector * lanes;
        const float* const zero = scale + rows;
        const int count = outputs - first < lanes ? outputs - first : lanes;
        const auto scales = std::bit_cast<simd::float_lanes>(simd::load_dwords(scale));
        if constexpr (S.out == precision::f32) {
            simd::float_lanes x;
            if constexpr (S.in == precision::int8)
                x = simd::as_floats(sum) * scales;
            else
                x = sum;
            x = activated_lanes<S.act>(x);
            for (int i = 0; i < count; ++i) workspace[call.out[first + i]] = x[i];
        } else {
            simd::dwords made;
            if constexpr (S.out == precision::int8) {
                simd::float_lanes x = simd::as_floats(sum) * scales;
                if constexpr (acts_before_bytes<S>)
                    x = activated_exactly<S.act>(x) *
                        std::bit_cast<simd::float_lanes>(simd::load_dwords(zero + rows));
                made = simd::as_bytes(simd::to_nearest(x) + simd::load_dwords(zero));
            } else {
                const simd::float_lanes x = activated_lanes<S.act>(sum);
                made = std::bit_cast<simd::dwords>(simd::nearest_bf16(x) >> 16U);
            }
            constexpr unsigned bits = 32 / width;
            constexpr int together = lanes < width ? lanes : width;
            for (int i = 0; i < count; i += together) {
                // A vector that is shorter than a pack adds to it.
                const int begin = (first + i) % width;
                float* const to = workspace + call.out[(first + i) / width];
                std::uint32_t pack = begin == 0 ? 0 : static_cast<std::uint32_t>(simd::load_dword(to));
                for (int lane = 0; lane < together; ++lane)
                    pack |= static_cast<std::uint32_t>(made[i + lane])
                            << (bits * static_cast<unsigned>(begin + lane));
                std::memcpy(to, &pack, sizeof pack);
            }
        }
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
