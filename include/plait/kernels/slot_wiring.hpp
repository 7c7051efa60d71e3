// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <vector>

#include "plait/core/channel_code.hpp"
#include "plait/core/heap_array.hpp"
#include "plait/kernels/slot_shape.hpp"
#include "plait/simd/dot.hpp"
#include "plait/simd/dwords.hpp"

namespace plait::inline PLAIT_TARGET {

/// Where a step's channels lie in the slots that it reads or writes, and, in int8, what their bytes stand
/// for.
struct wired_map {
    int slots = 0;
    int channels = 0;
    heap_array<int> entry;  ///< of each channel, which of the slots
    heap_array<int> lane;
    heap_array<channel_code> code;

    wired_map() = default;
    /// Of no channel yet, and that many at most.
    explicit wired_map(int most) : entry(most), lane(most), code(most) {}

    /// One more channel.
    void add(int in_slot, int in_lane, channel_code stands_for) {
        entry[channels] = in_slot;
        lane[channels] = in_lane;
        code[channels++] = stands_for;
    }
    /// The channel that lies there, or -1: of each slot, `width` lanes.
    heap_array<int> channels_of_lanes(int width) const {
        heap_array<int> at(slots * width, -1);
        for (int c = 0; c < channels; ++c) at[entry[c] * width + lane[c]] = c;
        return at;
    }
};

/// Weights of a layer in int8: [output][input][kernel row][kernel column]. A sum is
/// `bias` + bytes * weights, and stands for the sum * scale: zero points are in the bias.
struct quantised_layer {
    std::vector<std::int8_t> weights;
    std::vector<float> scale;        ///< of each output
    std::vector<std::int32_t> bias;  ///< of each output
};

/// The same where it lies anywhere.
struct layer_bytes {
    const std::int8_t* weights = nullptr;
    const float* scale = nullptr;
    const std::int32_t* bias = nullptr;

    layer_bytes() = default;
    layer_bytes(const std::int8_t* of_weights, const float* of_scale, const std::int32_t* of_bias)
        : weights(of_weights), scale(of_scale), bias(of_bias) {}
    explicit(false) layer_bytes(const quantised_layer& layer)
        : layer_bytes(layer.weights.data(), layer.scale.data(), layer.bias.data()) {}
};

/// All that a step's kernel packs.
struct slot_wiring {
    const op* call = nullptr;
    int depth = 0;  ///< slots that the outputs of one slot read, at most
    wired_map in, other, out;
    layer_bytes bytes;               ///< of a layer in int8
    const float* weights = nullptr;  ///< of a layer in bf16
    const float* bias = nullptr;
};

/// Of one output channel: sum * scale, rounded to the nearest even, + zero, saturated, is its byte. Of a call
/// with an activation that bytes do not saturate to it is activation(sum * scale) * inverse. `weight` are
/// those of calls that have none of their own.
struct channel_numbers {
    std::int32_t bias = 0;
    float scale = 0;
    int zero = 0;
    float inverse = 1;
    int weight = 1;
    int other_weight = 0;

    /// Of a depthwise convolution or an output of a layer.
    static channel_numbers of_layer(const layer_bytes& layer, int output, activation act, channel_code out) {
        return {.bias = layer.bias[output],
                .scale = layer.scale[output] / divisor(act, out),
                .zero = out.zero,
                .inverse = 1 / out.scale};
    }
    /// Of a mean of so many bytes; of one, they are scaled alone.
    static channel_numbers of_mean(int count, channel_code in, activation act, channel_code out) {
        return {.bias = -count * in.zero,
                .scale = in.scale / static_cast<float>(count) / divisor(act, out),
                .zero = out.zero,
                .inverse = 1 / out.scale};
    }
    /// Of a sum of two, whose weights have 14 bits.
    static channel_numbers of_sum(channel_code a, channel_code b, activation act, channel_code out) {
        constexpr float one = 16384;
        const float unit = (a.scale > b.scale ? a.scale : b.scale) / one;
        channel_numbers made{.scale = unit / divisor(act, out), .zero = out.zero, .inverse = 1 / out.scale};
        made.weight = static_cast<int>(std::lrint(a.scale / unit));
        made.other_weight = static_cast<int>(std::lrint(b.scale / unit));
        made.bias = -(made.weight * a.zero + made.other_weight * b.zero);
        return made;
    }
    /// Of a product of two, of which each is less its zero.
    static channel_numbers of_product(channel_code a, channel_code b, activation act, channel_code out) {
        return {.scale = a.scale * b.scale / divisor(act, out), .zero = out.zero, .inverse = 1 / out.scale};
    }

private:
    /// What goes into the scale of sums of a byte's.
    static float divisor(activation act, channel_code out) { return saturates(act) ? out.scale : 1; }
};

/// Writes values of four bytes, one after another.
class panel_writer {
public:
    explicit panel_writer(float* to) : to_(to) {}

    /// Of any type of 32 bits: which of them is std::int32_t differs.
    template <std::integral Integer>
    void put(Integer value) {
        static_assert(sizeof value == sizeof *to_);
        std::memcpy(to_++, &value, sizeof value);
    }
    void put(float value) { *to_++ = value; }
    float* end() const { return to_; }
    /// Goes on at a multiple of 16 values from `begin`.
    void align(const float* begin) {
        while ((to_ - begin) % 16 != 0) put(0);
    }

private:
    float* to_;
};

/// What lies around the maps in a slot: bytes that stand for 0.
inline std::int32_t border_of_slot(const wired_map& map, const heap_array<int>& channels, int slot,
                                   precision p) {
    std::uint32_t made = 0;
    if (p != precision::int8) return 0;
    for (int lane = 0; lane < 4; ++lane) {
        const int channel = channels[slot * 4 + lane];
        if (channel >= 0)
            made |= static_cast<std::uint32_t>(map.code[channel].zero) << static_cast<unsigned>(8 * lane);
    }
    return static_cast<std::int32_t>(made);
}

/// The nearest bf16, as a float.
inline float nearest_bf16(float value) {
    const std::uint32_t bits = simd::nearest_bf16(simd::float_lanes{value})[0];
    return std::bit_cast<float>(bits);
}

}  // namespace plait::inline PLAIT_TARGET
