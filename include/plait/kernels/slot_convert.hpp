// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>

#include "plait/core/as_size.hpp"
#include "plait/core/heap_array.hpp"
#include "plait/kernels/slot_rows.hpp"
#include "plait/kernels/slot_wiring.hpp"

// From packs to fp32 and back.

namespace plait::inline PLAIT_TARGET::detail {

/// Channels of packs as maps in fp32.
template <slot_shape S>
struct slot_widen {
    static constexpr int values = 4;  ///< of a channel: its slot, its bits' distance, scale and zero

    static constexpr long long packed_size(const op& o, int, int, int) { return 1LL * o.out.count * values; }

    static void pack(const slot_wiring& w, float* to) {
        panel_writer writer(to);
        for (int c = 0; c < w.in.channels; ++c) {
            const channel_code code = S.in == precision::int8 ? w.in.code[c] : channel_code{};
            writer.put(w.in.entry[c]);
            writer.put(w.in.lane[c] * 32 / channels_of_slot(S.in));
            writer.put(code.scale);
            writer.put(code.zero);
        }
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        const int pixels = call.out_size.pixels();
        const float* numbers = weights + call.weights;
        for (int c = 0; c < call.out_count; ++c, numbers += values) {
            const float* const from = workspace + call.in[simd::load_dword(numbers)];
            const auto shift = static_cast<unsigned>(simd::load_dword(numbers + 1));
            float* const to = workspace + call.out[c];
            for (int i = 0; i < pixels; i += native_lanes) {
                const simd::dwords x = simd::load_dwords(from + i);
                simd::float_lanes made;
                if constexpr (S.in == precision::int8) {
                    const auto bytes =
                        std::bit_cast<simd::dwords>(std::bit_cast<simd::unsigned_dwords>(x) >> shift) &
                        simd::spread(0xff);
                    made = simd::as_floats(bytes - simd::spread_from(numbers + 3)) *
                           std::bit_cast<simd::float_lanes>(simd::spread_from(numbers + 2));
                } else {
                    made = std::bit_cast<simd::float_lanes>(std::bit_cast<simd::unsigned_dwords>(x) >>
                                                            shift << 16U);
                }
                store_slots(to + i, std::bit_cast<simd::dwords>(made), pixels == 1 ? 1 : native_lanes);
            }
        }
    }
};

/// Maps in fp32 as packs. What is not a number is the least byte.
template <slot_shape S>
struct slot_narrow {
    static constexpr int width = channels_of_slot(S.out);
    static constexpr int values = 12;  ///< of a slot: each channel's map, or -1; inverse scale; zero

    static constexpr long long packed_size(const op& o, int, int, int) { return 1LL * o.out.count * values; }

    static void pack(const slot_wiring& w, float* to) {
        const heap_array<int> channels = w.out.channels_of_lanes(width);
        panel_writer writer(to);
        for (int slot = 0; slot < w.out.slots; ++slot) {
            int of[4]{-1, -1, -1, -1};
            channel_code code[4];
            for (int lane = 0; lane < width; ++lane) {
                of[lane] = channels[slot * width + lane];
                if (S.out == precision::int8 && of[lane] >= 0) code[lane] = w.out.code[of[lane]];
                if (of[lane] >= 0) of[lane] = w.in.entry[of[lane]];
            }
            for (const int entry : of) writer.put(entry);
            for (const channel_code c : code) writer.put(1 / c.scale);
            for (const channel_code c : code) writer.put(c.zero);
        }
    }

    [[gnu::noinline]] static void run(const kernel_call& call, const float* weights, float* workspace) {
        const int pixels = call.out_size.pixels();
        const float* numbers = weights + call.weights;
        for (int slot = 0; slot < call.out_count; ++slot, numbers += values) {
            float* const to = workspace + call.out[slot];
            for (int i = 0; i < pixels; i += native_lanes) {
                simd::dwords q[as_size(width)];
                simd::float_lanes x[as_size(width)];
                PLAIT_UNROLL
                for (int c = 0; c < width; ++c) {
                    const int entry = simd::load_dword(numbers + c);
                    x[c] = entry < 0 ? simd::float_lanes{}
                                     : std::bit_cast<simd::float_lanes>(
                                           simd::load_dwords(workspace + call.in[entry] + i));
                    if constexpr (S.out == precision::int8)
                        q[c] = byte_of(x[c], numbers[4 + c]) + simd::spread_from(numbers + 8 + c);
                }
                simd::dwords made;
                if constexpr (S.out == precision::int8)
                    made = simd::dot<S.out>::template packed<false>(q);
                else
                    made = simd::dot<S.out>::packed(x);
                store_slots(to + i, made, pixels == 1 ? 1 : native_lanes);
            }
        }
    }

private:
    /// Before the zero is added; bounded, since it may be anything.
    [[gnu::always_inline]] static inline simd::dwords byte_of(simd::float_lanes x, float inverse) {
        const simd::float_lanes most = simd::float_lanes{} + 1024.0F;
        simd::float_lanes scaled = x * inverse;
        scaled = scaled > -most ? scaled : -most;
        scaled = scaled < most ? scaled : most;
        return simd::to_nearest(scaled);
    }
};

}  // namespace plait::inline PLAIT_TARGET::detail
