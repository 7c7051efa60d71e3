// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "plait/network/quantised.hpp"
#include "plait/network/reference.hpp"

// The oracle of int8: plain loops over integers, one vector of bytes or floats for each channel, no packs.
// All kernels give its bits.

namespace plait::inline PLAIT_TARGET {

/// What a network in int8 makes of a picture, channel by channel.
struct integer_channels {
    std::vector<std::vector<std::uint8_t>> bytes;  ///< of channels that lie in packs
    std::vector<std::vector<float>> floats;        ///< of those that lie in fp32
};

namespace detail {

/// sum * scale, rounded to the nearest even, + zero, saturated.
inline std::uint8_t plain_byte(std::int32_t sum, float scale, int zero) {
    const float scaled = static_cast<float>(sum) * scale;
    const long long byte = static_cast<long long>(std::nearbyint(scaled)) + zero;
    return static_cast<std::uint8_t>(byte < 0 ? 0 : byte > 255 ? 255 : byte);
}

/// What an activation that is the same bits everywhere makes: nothing is rounded together.
inline float plain_exact(activation act, float x) {
    const auto first = static_cast<float>(double{act.first}), second = static_cast<float>(double{act.second});
    const auto gate = [&](float slope, float offset) {
        const volatile float product = x * slope;
        const volatile float line = product + offset;
        return line < 0 ? 0.0F : line > 1 ? 1.0F : line;
    };
    switch (act.kind) {
        case activation_kind::relu: return x > 0 ? x : 0;
        case activation_kind::clip: return x < first ? first : x > second ? second : x;
        case activation_kind::leaky_relu: return x < 0 ? x * first : x;
        case activation_kind::hard_sigmoid: return gate(first, second);
        case activation_kind::hard_swish: return x * gate(static_cast<float>(1.0 / 6), 0.5F);
        default: return x;
    }
}

/// The same with an activation that bytes do not saturate to.
inline std::uint8_t plain_byte(std::int32_t sum, const channel_numbers& with, activation act) {
    if (saturates(act)) return plain_byte(sum, with.scale, with.zero);
    const volatile float scaled = static_cast<float>(sum) * with.scale;
    const volatile float made = plain_exact(act, scaled);
    const volatile float unrounded = made * with.inverse;
    return plain_byte(static_cast<std::int32_t>(std::nearbyint(unrounded)), 1.0F, with.zero);
}

inline std::uint8_t plain_narrowed(float value, channel_code code) {
    const float scaled = value * (1 / code.scale);
    // What is no number is the least.
    const float bounded = !(scaled > -1024.0F) ? -1024.0F : scaled < 1024.0F ? scaled : 1024.0F;
    const auto whole = static_cast<std::int32_t>(std::nearbyint(bounded));
    return plain_byte(whole, 1.0F, code.zero);
}

}  // namespace detail

/// Runs a network in int8 over its logical channels.
template <class Network>
integer_channels integer_forward(const tensor<float, Network::input>& picture,
                                 const quantised_weights& numbers) {
    const auto& calls = Network::calls;
    const auto& packs = Network::packs;
    integer_channels made;
    made.bytes.resize(static_cast<std::size_t>(Network::sizes.channels));
    made.floats.resize(static_cast<std::size_t>(Network::sizes.channels));
    const auto number_of = [&](feature_map map, int c) {
        return static_cast<std::size_t>(calls.channel(map, c));
    };
    for (int c = 0; c < Network::input.channels; ++c)
        made.floats[number_of(calls.input, c)].assign(picture.channel(c),
                                                      picture.channel(c) + Network::input.pixels());

    for (int s = 0; s < packs.slots.sizes.ops; ++s) {
        const packed_step& step = packs.steps[s];
        const feature_map slots = packs.slots.ops[s].out;
        const int first = packs.slots.pool[slots.first];
        const auto is_made = [&](const slot_place& at) {
            return first <= at.slot && at.slot < first + slots.count;
        };
        if (step.is_conversion()) {
            for (int c = 0; c < step.logical.count; ++c) {
                const std::size_t channel = number_of(step.logical, c);
                const channel_code code = numbers.codes[channel];
                if (step.work == slot_work::narrow && is_made(packs.in_packs[channel])) {
                    made.bytes[channel].clear();
                    for (const float value : made.floats[channel])
                        made.bytes[channel].push_back(detail::plain_narrowed(value, code));
                } else if (step.work == slot_work::widen && is_made(packs.in_floats[channel])) {
                    made.floats[channel].clear();
                    for (const std::uint8_t byte : made.bytes[channel])
                        made.floats[channel].push_back(code.value(byte));
                }
            }
            continue;
        }
        const op& o = calls.ops[step.call];
        const auto call = static_cast<std::size_t>(step.call);
        if (step.work == slot_work::floats) {
            std::vector<detail::plain_channel> read;
            for (const feature_map& map : {o.in, o.other})
                for (int c = 0; c < map.count; ++c) {
                    const auto& from = made.floats[number_of(map, c)];
                    read.emplace_back(from.begin(), from.end());
                }
            std::vector<const detail::plain_channel*> in;
            in.reserve(read.size());
            for (const detail::plain_channel& each : read) in.push_back(&each);
            for (int c = 0; c < o.out.count; ++c)
                for (int p = 0; p < o.out.size.pixels(); ++p)
                    made.floats[number_of(o.out, c)].push_back(static_cast<float>(plain_activation(
                        o.act, detail::plain_value(o, in, numbers.floats[call], c, p / o.out.size.width,
                                                   p % o.out.size.width))));
            continue;
        }
        const quantised_layer& layer = numbers.layers[call];
        const int taps = o.kind == op_kind::linear ? 1 : o.window.taps();
        for (int c = 0; c < o.out.count; ++c) {
            const std::size_t channel = number_of(o.out, c);
            const channel_code out = step.out == precision::f32 ? channel_code{} : numbers.codes[channel];
            const auto code = [&](feature_map map, int i) { return numbers.codes[number_of(map, i)]; };
            const auto byte = [&](feature_map map, int i, int pixel) {
                return static_cast<std::int32_t>(
                    made.bytes[number_of(map, i)][static_cast<std::size_t>(pixel)]);
            };
            for (int p = 0; p < o.out.size.pixels(); ++p) {
                const int y = p / o.out.size.width, x = p % o.out.size.width;
                // Calls `visit(tap, pixel)`, of a pixel outside of the map with -1.
                const auto under = [&](auto visit) {
                    for (int t = 0; t < taps; ++t) {
                        const int row = o.window.rows.read_by(y, t / o.window.columns.kernel);
                        const int column = o.window.columns.read_by(x, t % o.window.columns.kernel);
                        const bool outside =
                            row < 0 || row >= o.in.size.height || column < 0 || column >= o.in.size.width;
                        visit(t, outside ? -1 : row * o.in.size.width + column);
                    }
                };
                channel_numbers with;
                std::int32_t sum = 0;
                if (o.has_weights()) {
                    with = channel_numbers::of_layer(layer, c, o.act, out);
                    sum = with.bias;
                    const auto weight = [&](int i) {
                        return static_cast<std::int32_t>(layer.weights[static_cast<std::size_t>(i)]);
                    };
                    if (o.kind == op_kind::linear) {
                        for (int i = 0; i < o.fan_in(); ++i)
                            sum += weight(c * o.fan_in() + i) *
                                   byte(o.in, i / o.in.size.pixels(), i % o.in.size.pixels());
                    } else {
                        const bool alone = o.kind == op_kind::depthwise;
                        const int inputs = alone ? 1 : o.group_inputs();
                        for (int i = 0; i < inputs; ++i) {
                            const int from = alone ? c : c / o.group_outputs() * inputs + i;
                            under([&](int t, int pixel) {
                                const std::int32_t value =
                                    pixel < 0 ? code(o.in, from).zero : byte(o.in, from, pixel);
                                sum += weight((c * inputs + i) * taps + t) * value;
                            });
                        }
                    }
                } else if (step.work == slot_work::combine) {
                    with = channel_numbers::of_sum(code(o.in, c), code(o.other, c), o.act, out);
                    sum =
                        with.bias + with.weight * byte(o.in, c, p) + with.other_weight * byte(o.other, c, p);
                } else if (step.work == slot_work::multiply) {
                    with = channel_numbers::of_product(code(o.in, c), code(o.other, c), o.act, out);
                    const int other = o.binary.other == operand::one_a_channel ? 0 : p;
                    sum = (byte(o.in, c, p) - code(o.in, c).zero) *
                          (byte(o.other, c, other) - code(o.other, c).zero);
                } else if (step.work == slot_work::move) {
                    const int row = o.sampling.rows.of(y).first, column = o.sampling.columns.of(x).first;
                    const bool outside = row == sample::outside || column == sample::outside;
                    made.bytes[channel].push_back(static_cast<std::uint8_t>(
                        outside ? code(o.in, c).zero : byte(o.in, c, row * o.in.size.width + column)));
                    continue;
                } else if (step.work == slot_work::average) {
                    with = channel_numbers::of_mean(o.in.size.pixels(), code(o.in, c), o.act, out);
                    sum = with.bias;
                    for (int i = 0; i < o.in.size.pixels(); ++i) sum += byte(o.in, c, i);
                } else if (step.work == slot_work::largest) {
                    std::int32_t most = 0;
                    under([&](int, int pixel) {
                        if (pixel >= 0 && byte(o.in, c, pixel) > most) most = byte(o.in, c, pixel);
                    });
                    made.bytes[channel].push_back(static_cast<std::uint8_t>(most));
                    continue;
                } else {
                    with = channel_numbers::of_mean(taps, code(o.in, c), o.act, out);
                    sum = with.bias;
                    under([&](int, int pixel) {
                        sum += pixel < 0 ? code(o.in, c).zero : byte(o.in, c, pixel);
                    });
                }
                if (step.out == precision::f32)
                    made.floats[channel].push_back(static_cast<float>(
                        plain_activation(o.act, static_cast<double>(static_cast<float>(sum) * with.scale))));
                else
                    made.bytes[channel].push_back(detail::plain_byte(sum, with, o.act));
            }
        }
    }
    return made;
}

}  // namespace plait::inline PLAIT_TARGET
