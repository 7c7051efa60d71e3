// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "plait/core/as_size.hpp"
#include "plait/core/heap_array.hpp"
#include "plait/kernels/samples.hpp"
#include "plait/kernels/slot_rows.hpp"
#include "plait/kernels/slot_wiring.hpp"

// What makes each channel of packs of one channel: depthwise convolutions, average pools, activations, sums
// and products of two maps, max pools and resizing.

namespace plait::inline PLAIT_TARGET::detail {

/// The numbers of a slot: what lies around it; of each channel a bias, a scale, a zero and, of an activation
/// before bytes, an inverse; then weights of taps, four channels at a time.
template <slot_shape S>
struct slot_head {
    static constexpr int bias = 4;
    static constexpr int scale = 8;
    static constexpr int zero = 12;
    static constexpr int inverse = 16;
    static constexpr int values = acts_before_bytes<S> ? 20 : 16;
};

/// Reads numbers of a slot's channels as sums lie: four in turn, or one in all lanes.
template <precision P>
[[gnu::always_inline]] inline simd::dwords of_channel(const float* four, int channel) {
    if constexpr (simd::dot<P>::channels_in_lanes)
        return simd::spread_four(four);
    else
        return simd::spread_from(four + channel);
}

/// Writes the head of a slot whose channels have these numbers.
template <slot_shape S>
void put_slot_head(panel_writer& to, std::int32_t border, const channel_numbers (&of)[4],
                   const float (&bias)[4]) {
    to.put(border), to.put(0), to.put(0), to.put(0);
    for (int c = 0; c < 4; ++c) {
        if constexpr (S.in == precision::int8)
            to.put(of[c].bias);
        else
            to.put(bias[c]);
    }
    for (const channel_numbers& numbers : of) to.put(numbers.scale);
    for (const channel_numbers& numbers : of) to.put(numbers.zero);
    for (int c = 0; c < slot_head<S>::values - slot_head<S>::inverse; ++c) to.put(of[c].inverse);
}

/// Writes every slot's head, with nothing around it. `numbers_of(channel)` gives a lane's numbers, of -1
/// where no channel lies; `rest(writer, numbers, channels)` writes what follows.
template <slot_shape S, class NumbersOf, class Rest>
void pack_slots(const slot_wiring& w, float* to, NumbersOf numbers_of, Rest rest) {
    constexpr int width = channels_of_slot(S.in);
    const heap_array<int> channels = w.in.channels_of_lanes(width);
    panel_writer writer(to);
    for (int slot = 0; slot < w.in.slots; ++slot) {
        const int* const of_lane = channels.data() + slot * width;
        channel_numbers numbers[4];
        for (int lane = 0; lane < width; ++lane) numbers[lane] = numbers_of(of_lane[lane]);
        put_slot_head<S>(writer, 0, numbers, {});
        rest(writer, numbers, of_lane);
    }
}

/// Adds a few taps to the sums of a pack's channels. `weight` are those of the channels.
template <precision P>
[[gnu::always_inline]] inline void add_taps(const simd::dwords (&x)[as_size(simd::dot<P>::taps)],
                                            const float* weight,
                                            typename simd::dot<P>::sum (&sum)[as_size(channels_of_slot(P))]) {
    constexpr int width = channels_of_slot(P);
    simd::dwords joined[as_size(width)];
    simd::dot<P>::join_taps(x, joined);
    PLAIT_UNROLL
    for (int c = 0; c < width; ++c)
        sum[c] = simd::dot<P>::multiply_add_taps(joined[c], of_channel<P>(weight, c), sum[c]);
}

template <slot_shape S>
[[gnu::always_inline]] inline void begin_sums(
    const float* head, typename simd::dot<S.in>::sum (&sum)[as_size(channels_of_slot(S.in))]) {
    constexpr int width = channels_of_slot(S.in);
    PLAIT_UNROLL
    for (int c = 0; c < width; ++c)
        sum[c] = std::bit_cast<typename simd::dot<S.in>::sum>(of_channel<S.in>(head + slot_head<S>::bias, c));
}

template <slot_shape S>
[[gnu::always_inline]] inline simd::dwords end_sums(
    const float* head, const typename simd::dot<S.in>::sum (&sum)[as_size(channels_of_slot(S.in))]) {
    return pack_sums<S, simd::dot<S.in>::channels_in_lanes>(
        sum, [&](int c) { return of_channel<S.in>(head + slot_head<S>::scale, c); },
        [&](int c) { return of_channel<S.in>(head + slot_head<S>::inverse, c); },
        [&](int c) { return of_channel<S.in>(head + slot_head<S>::zero, c); });
}

/// Where a slot lies with its surroundings: several are copied at a time, before the first of them is read.
/// `border_of(i)` is that of the slot i after it.
template <plait::window W, class Border>
[[gnu::always_inline]] inline const float* surround_some(const kernel_call& call, slot_window around,
                                                         int slot, float* workspace, Border border_of) {
    const int some = surrounded_slots(W, call.out_size, call.in_count);
    float* const copies = workspace + call.scratch;
    const int size = around.values(W);
    if (slot % some == 0) {
        const int count = call.in_count - slot < some ? call.in_count - slot : some;
        for (int i = 0; i < count; ++i)
            surround<W>(workspace + call.in[slot + i], call.in_size, around, border_of(i), copies + i * size);
    }
    return copies + slot % some * size;
}

/// Windows over each channel.
template <slot_shape S>
struct slot_change {
    using dot = simd::dot<S.in>;
    static constexpr int width = channels_of_slot(S.in);
    static constexpr plait::window window = S.window;
    static constexpr int steps = (window.taps() + dot::taps - 1) / dot::taps;
    static constexpr int values = slot_head<S>::values + steps * 4;

    static constexpr long long packed_size(const op&, int, int in_slots, int) {
        return 1LL * in_slots * values;
    }

    static void pack(const slot_wiring& w, float* to) {
        constexpr int taps = window.taps();
        const heap_array<int> channels = w.in.channels_of_lanes(width);
        const bool has_weights = w.call->has_weights();
        panel_writer writer(to);
        for (int slot = 0; slot < w.in.slots; ++slot) {
            channel_numbers numbers[4];
            float bias[4]{};
            const int* of_lane = channels.data() + slot * width;
            for (int lane = 0; lane < width; ++lane) {
                const int c = of_lane[lane];
                if (c < 0) continue;
                if constexpr (S.in == precision::int8)
                    numbers[lane] =
                        has_weights ? channel_numbers::of_layer(w.bytes, c, act_of<S>, w.out.code[c])
                                    : channel_numbers::of_mean(taps, w.in.code[c], act_of<S>, w.out.code[c]);
                else if (has_weights)
                    bias[lane] = w.bias[c];
            }
            put_slot_head<S>(writer, border_of_slot(w.in, channels, slot, S.in), numbers, bias);
            for (int step = 0; step < steps; ++step)
                for (int lane = 0; lane < 4; ++lane)
                    writer.put(weights(w, lane < width ? of_lane[lane] : -1, step));
        }
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        const slot_window around = slot_window::of(window, call.out_size);
        const auto grid = vector_grid<window, S.short_row>::of(call.out_size);
        const float* head = weights + call.weights;
        for (int slot = 0; slot < call.in_count; ++slot, head += values) {
            const float* from = workspace + call.in[slot];
            if constexpr (!window.is_point())
                from = surround_some<window>(call, around, slot, workspace,
                                             [&](int i) { return simd::load_dword(head + i * values); });
            float* const to = workspace + call.out[slot];
            grid.for_each([&](int read, int write) __attribute__((always_inline)) {
                store_slots(to + write, vector(from + read, around, grid, head), grid.writable_at(write));
            });
        }
    }

private:
    /// The four bytes of a channel's weights at one step.
    static std::int32_t weights(const slot_wiring& w, int channel, int step) {
        using number = std::conditional_t<S.in == precision::int8, int, float>;
        constexpr int taps = window.taps();
        number of_tap[2]{};
        for (int t = 0; t < dot::taps; ++t) {
            const int tap = step * dot::taps + t;
            if (channel < 0 || tap >= taps) continue;
            const int at = channel * taps + tap;
            if constexpr (S.in == precision::int8)
                of_tap[t] = w.call->has_weights() ? w.bytes.weights[at] : 1;
            else
                of_tap[t] =
                    w.call->has_weights() ? nearest_bf16(w.weights[at]) : 1.0F / static_cast<float>(taps);
        }
        return dot::tap_weight(of_tap);
    }

    [[gnu::always_inline]] static inline simd::dwords vector(const float* from, slot_window around,
                                                             const vector_grid<window, S.short_row>& grid,
                                                             const float* head) {
        typename dot::sum sum[as_size(width)];
        begin_sums<S>(head, sum);
        const auto tap = [&](int i) {
            if (i >= window.taps()) return simd::dwords{};
            return grid.load(from + around.tap(window, i / window.columns.kernel, i % window.columns.kernel));
        };
        const auto add = [&](int step) __attribute__((always_inline)) {
            simd::dwords x[as_size(dot::taps)];
            PLAIT_UNROLL
            for (int t = 0; t < dot::taps; ++t) x[t] = tap(step * dot::taps + t);
            add_taps<S.in>(x, head + slot_head<S>::values + 4 * step, sum);
        };
        if constexpr (steps <= 25) {
            PLAIT_UNROLL
            for (int step = 0; step < steps; ++step) add(step);
        } else {
            for (int step = 0; step < steps; ++step) add(step);
        }
        return end_sums<S>(head, sum);
    }
};

/// The sum of two maps.
template <slot_shape S>
struct slot_combine {
    using dot = simd::dot<S.in>;
    static constexpr int width = channels_of_slot(S.in);
    static constexpr int steps = 2 / dot::taps;
    static constexpr int values = slot_head<S>::values + steps * 4;

    static constexpr long long packed_size(const op&, int, int in_slots, int) {
        return 1LL * in_slots * values;
    }

    static void pack(const slot_wiring& w, float* to) {
        const auto numbers_of = [&](int c) {
            if (S.in != precision::int8) return channel_numbers{};
            if (c < 0) return channel_numbers{.weight = 0};
            return channel_numbers::of_sum(w.in.code[c], w.other.code[c], act_of<S>, w.out.code[c]);
        };
        pack_slots<S>(w, to, numbers_of,
                      [](panel_writer& writer, const channel_numbers(&numbers)[4], const int*) {
                          for (int step = 0; step < steps; ++step) {
                              for (const channel_numbers& of : numbers) {
                                  if constexpr (S.in == precision::int8) {
                                      const int both[2]{of.weight, of.other_weight};
                                      const int second[2]{of.other_weight, 0};
                                      writer.put(dot::tap_weight(step == 0 ? both : second));
                                  } else {
                                      writer.put(1.0F);
                                  }
                              }
                          }
                      });
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        const auto grid = vector_grid<plait::window{}, 0>::of(call.out_size);
        const float* head = weights + call.weights;
        for (int slot = 0; slot < call.in_count; ++slot, head += values) {
            const float* const a = workspace + call.in[slot];
            const float* const b = workspace + call.other[slot];
            float* const to = workspace + call.out[slot];
            for (int v = 0; v < grid.of_row; ++v) {
                const int at = v * native_lanes;
                const simd::dwords both[2]{simd::load_dwords(a + at), simd::load_dwords(b + at)};
                typename dot::sum sum[as_size(width)];
                begin_sums<S>(head, sum);
                PLAIT_UNROLL
                for (int step = 0; step < steps; ++step) {
                    simd::dwords x[as_size(dot::taps)];
                    PLAIT_UNROLL
                    for (int t = 0; t < dot::taps; ++t) x[t] = both[step * dot::taps + t];
                    add_taps<S.in>(x, head + slot_head<S>::values + 4 * step, sum);
                }
                store_slots(to + at, end_sums<S>(head, sum), grid.writable(v));
            }
        }
    }
};

/// Products of two maps, or of a map and the single pixels of another.
template <slot_shape S>
struct slot_multiply {
    using dot = simd::dot<S.in>;
    static constexpr int width = channels_of_slot(S.in);
    static constexpr int values =
        slot_head<S>::values + 4;  ///< then the second's zeros; a bias is the first's

    static constexpr long long packed_size(const op&, int, int in_slots, int) {
        return 1LL * in_slots * values;
    }

    static void pack(const slot_wiring& w, float* to) {
        const auto is_there = [](int c) { return S.in == precision::int8 && c >= 0; };
        const auto numbers_of = [&](int c) {
            if (!is_there(c)) return channel_numbers{};
            channel_numbers made =
                channel_numbers::of_product(w.in.code[c], w.other.code[c], act_of<S>, w.out.code[c]);
            made.bias = w.in.code[c].zero;
            return made;
        };
        pack_slots<S>(
            w, to, numbers_of, [&](panel_writer& writer, const channel_numbers(&)[4], const int* of_lane) {
                for (int lane = 0; lane < 4; ++lane)
                    writer.put(lane < width && is_there(of_lane[lane]) ? w.other.code[of_lane[lane]].zero
                                                                       : 0);
            });
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        const auto grid = vector_grid<plait::window{}, 0>::of(call.out_size);
        const float* head = weights + call.weights;
        for (int slot = 0; slot < call.in_count; ++slot, head += values) {
            const float* const a = workspace + call.in[slot];
            const float* const b = workspace + call.other[slot];
            float* const to = workspace + call.out[slot];
            simd::float_lanes first[as_size(width)], second[as_size(width)];
            if constexpr (S.one_a_channel) widen(simd::spread_from(b), head + slot_head<S>::values, second);
            for (int v = 0; v < grid.of_row; ++v) {
                const int at = v * native_lanes;
                widen(simd::load_dwords(a + at), head + slot_head<S>::bias, first);
                if constexpr (!S.one_a_channel)
                    widen(simd::load_dwords(b + at), head + slot_head<S>::values, second);
                simd::float_lanes products[as_size(width)];
                PLAIT_UNROLL
                for (int c = 0; c < width; ++c) {
                    products[c] = first[c] * second[c];
                    if constexpr (S.in == precision::int8)
                        products[c] = products[c] * std::bit_cast<simd::float_lanes>(
                                                        of_channel<S.in>(head + slot_head<S>::scale, c));
                }
                const simd::dwords made = pack_values<S, dot::channels_in_lanes>(
                    products, [&](int c) { return of_channel<S.in>(head + slot_head<S>::inverse, c); },
                    [&](int c) { return of_channel<S.in>(head + slot_head<S>::zero, c); });
                store_slots(to + at, made, grid.writable(v));
            }
        }
    }

private:
    /// The channels of packs as floats; bytes are less their zeros.
    [[gnu::always_inline]] static inline void widen(simd::dwords x, const float* zeros,
                                                    simd::float_lanes (&to)[as_size(width)]) {
        simd::dwords given[as_size(dot::taps)]{x};
        simd::dwords joined[as_size(width)];
        dot::join_taps(given, joined);
        PLAIT_UNROLL
        for (int c = 0; c < width; ++c) {
            if constexpr (S.in == precision::int8)
                to[c] = simd::as_floats(joined[c] - of_channel<S.in>(zeros, c));
            else
                to[c] = std::bit_cast<simd::float_lanes>(joined[c]);
        }
    }
};

/// Resizing by nearest pixels, padding and cutting.
template <slot_shape S>
struct slot_move {
    static constexpr sampled_axis rows = S.sampling.rows;
    static constexpr sampled_axis columns = S.sampling.columns;
    static constexpr bool has_border = rows.has_zeros() || columns.has_zeros();

    static constexpr long long packed_size(const op&, int, int in_slots, int) {
        return has_border ? in_slots : 0;
    }
    static void pack(const slot_wiring& w, float* to) {
        if (!has_border) return;
        const heap_array<int> channels = w.in.channels_of_lanes(channels_of_slot(S.in));
        panel_writer writer(to);
        for (int slot = 0; slot < w.in.slots; ++slot) writer.put(border_of_slot(w.in, channels, slot, S.in));
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        for (int slot = 0; slot < call.in_count; ++slot) {
            const float* const from = workspace + call.in[slot];
            float* to = workspace + call.out[slot];
            const std::int32_t border = has_border ? simd::load_dword(weights + call.weights + slot) : 0;
            for (const sample& row : samples_of<rows>) {
                for (const sample& column : samples_of<columns>) {
                    const bool is_outside =
                        has_border && (row.first == sample::outside || column.first == sample::outside);
                    const std::int32_t value =
                        is_outside ? border : simd::load_dword(from + row.first * columns.in + column.first);
                    std::memcpy(to++, &value, sizeof value);
                }
            }
        }
    }
};

/// The largest under a window; what lies around maps is less than anything.
template <slot_shape S>
struct slot_largest {
    static constexpr plait::window window = S.window;

    static constexpr long long packed_size(const op&, int, int, int) { return 0; }
    static void pack(const slot_wiring&, float*) {}

    [[gnu::noinline]] static void run(const kernel_call& call, const float*, float* workspace) {
        constexpr auto least = static_cast<std::int32_t>(S.in == precision::int8 ? 0U : 0xff80'ff80U);
        const slot_window around = slot_window::of(window, call.out_size);
        const auto grid = vector_grid<window, S.short_row>::of(call.out_size);
        for (int slot = 0; slot < call.in_count; ++slot) {
            const float* from = workspace + call.in[slot];
            if constexpr (!window.is_point())
                from = surround_some<window>(call, around, slot, workspace, [](int) { return least; });
            float* const to = workspace + call.out[slot];
            grid.for_each([&](int read, int write) {
                const float* const at = from + read;
                simd::dwords most = grid.load(at);
                for (int y = 0; y < window.rows.kernel; ++y)
                    for (int x = 0; x < window.columns.kernel; ++x)
                        most = simd::largest_channels<S.in>(most, grid.load(at + around.tap(window, y, x)));
                store_slots(to + write, most, grid.writable_at(write));
            });
        }
    }
};

/// The mean of each channel of whole maps.
template <slot_shape S>
struct slot_average {
    static constexpr int width = channels_of_slot(S.in);

    static constexpr long long packed_size(const op&, int, int in_slots, int) {
        return 1LL * in_slots * slot_head<S>::values;
    }

    static void pack(const slot_wiring& w, float* to) {
        const int pixels = w.call->in.size.pixels();
        const auto numbers_of = [&](int c) {
            if (S.in != precision::int8) return channel_numbers{.scale = 1.0F / static_cast<float>(pixels)};
            if (c < 0) return channel_numbers{};
            return channel_numbers::of_mean(pixels, w.in.code[c], act_of<S>, w.out.code[c]);
        };
        pack_slots<S>(w, to, numbers_of, [](panel_writer&, const channel_numbers(&)[4], const int*) {});
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        using number = std::conditional_t<S.in == precision::int8, std::int32_t, float>;
        const int pixels = call.in_size.pixels();
        const float* head = weights + call.weights;
        for (int slot = 0; slot < call.in_count; ++slot, head += slot_head<S>::values) {
            const float* const from = workspace + call.in[slot];
            number sum[4]{};
            for (int i = 0; i < pixels; ++i) {
                const auto pack = static_cast<std::uint32_t>(simd::load_dword(from + i));
                for (unsigned c = 0; c < width; ++c) {
                    if constexpr (S.in == precision::int8)
                        sum[c] += static_cast<std::int32_t>(pack >> (8 * c) & 0xffU);
                    else
                        sum[c] += std::bit_cast<float>(c == 0 ? pack << 16U : pack & 0xffff'0000U);
                }
            }
            float scaled[as_size(width)];
            for (int c = 0; c < width; ++c) {
                if constexpr (S.in == precision::int8)
                    sum[c] += simd::load_dword(head + slot_head<S>::bias + c);
                scaled[c] = static_cast<float>(sum[c]) * head[slot_head<S>::scale + c];
            }
            std::uint32_t made = 0;
            if constexpr (S.in == precision::int8) {
                for (int c = 0; c < width; ++c) {
                    const simd::dwords byte =
                        simd::as_bytes(simd::to_nearest(simd::float_lanes{scaled[c]}) +
                                       simd::spread_from(head + slot_head<S>::zero + c));
                    made |= static_cast<std::uint32_t>(byte[0]) << static_cast<unsigned>(8 * c);
                }
            } else {
                const simd::float_lanes both[2]{simd::float_lanes{scaled[0]}, simd::float_lanes{scaled[1]}};
                made = static_cast<std::uint32_t>(simd::dot<S.in>::packed(both)[0]);
            }
            std::memcpy(workspace + call.out[slot], &made, sizeof made);
        }
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
