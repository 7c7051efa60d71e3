// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "plait/core/finite.hpp"
#include "plait/kernels/plain_activation.hpp"
#include "plait/network/fold.hpp"
#include "plait/network/network.hpp"
#include "plait/tensor/tensor.hpp"

// The oracle of tests and benchmarks: plain loops in double precision, one vector for each channel, no plan.

namespace plait::inline PLAIT_TARGET {

namespace detail {

inline double plain_combination(const binary& how, double map, double other) {
    const double a = how.other_first ? other : map;
    const double b = how.other_first ? map : other;
    switch (how.operation) {
        case binary_operation::add: return a + b;
        case binary_operation::subtract: return a - b;
        case binary_operation::multiply: return a * b;
        case binary_operation::divide: return a / b;
        case binary_operation::maximum: return a > b || is_nan(a) ? a : b;
        case binary_operation::minimum: return a < b || is_nan(a) ? a : b;
    }
    return a;
}

using plain_channel = std::vector<double>;

/// Calls `visit(tap, value)` for what lies under a window.
template <class Visit>
void under_window(const op& o, const plain_channel& in, int y, int x, Visit visit) {
    for (int t = 0; t < o.window.taps(); ++t) {
        const int row = o.window.rows.read_by(y, t / o.window.columns.kernel);
        const int column = o.window.columns.read_by(x, t % o.window.columns.kernel);
        if (row < 0 || row >= o.in.size.height || column < 0 || column >= o.in.size.width) continue;
        visit(t, in[static_cast<std::size_t>(row * o.in.size.width + column)]);
    }
}

/// One value of one output channel; `in` are all input channels of the call, then its other operand's.
template <class Layer>
double plain_value(const op& o, const std::vector<const plain_channel*>& in, const Layer& layer, int channel,
                   int y, int x) {
    const auto input = [&](int c) -> const plain_channel& { return *in[static_cast<std::size_t>(c)]; };
    const auto weight = [&](int i) {
        return static_cast<double>(layer.weights[static_cast<std::size_t>(i)]);
    };
    const auto pixel = static_cast<std::size_t>(y * o.out.size.width + x);
    const int taps = o.window.taps();
    double sum = o.has_weights() ? static_cast<double>(layer.bias[static_cast<std::size_t>(channel)]) : 0;
    switch (o.kind) {
        case op_kind::dense:
        case op_kind::pointwise:
            for (int c = 0; c < o.group_inputs(); ++c) {
                const int from = channel / o.group_outputs() * o.group_inputs() + c;
                under_window(o, input(from), y, x, [&](int t, double value) {
                    sum += weight((channel * o.group_inputs() + c) * taps + t) * value;
                });
            }
            return sum;
        case op_kind::linear:
            for (int i = 0; i < o.fan_in(); ++i) {
                const int pixels = o.in.size.pixels();
                sum += weight(channel * o.fan_in() + i) *
                       input(i / pixels)[static_cast<std::size_t>(i % pixels)];
            }
            return sum;
        case op_kind::depthwise:
            under_window(o, input(channel), y, x,
                         [&](int t, double value) { sum += weight(channel * taps + t) * value; });
            return sum;
        case op_kind::average_pool: {
            under_window(o, input(channel), y, x, [&](int, double value) { sum += value; });
            return sum / (o.window.rows.taps_of(y, o.in.size.height, o.count_include_pad) *
                          o.window.columns.taps_of(x, o.in.size.width, o.count_include_pad));
        }
        case op_kind::max_pool: {
            double most = -std::numeric_limits<double>::infinity();
            under_window(o, input(channel), y, x, [&](int, double value) {
                if (value > most || is_nan(value)) most = value;
            });
            return most;
        }
        case op_kind::global_average_pool:
            for (const double value : input(channel)) sum += value;
            return sum / o.in.size.pixels();
        case op_kind::global_max_pool: {
            double most = input(channel)[0];
            for (const double value : input(channel))
                if (value > most || is_nan(value)) most = value;
            return most;
        }
        case op_kind::binary: {
            if (o.binary.other == operand::constant)
                return plain_combination(o.binary, input(channel)[pixel], double{o.binary.constant});
            if (o.binary.other == operand::channel_values)
                return plain_combination(o.binary, input(channel)[pixel], weight(channel));
            const plain_channel& other =
                input(o.in.count + (o.binary.other == operand::one_a_pixel ? 0 : channel));
            return plain_combination(o.binary, input(channel)[pixel],
                                     other[o.binary.other == operand::one_a_channel ? 0 : pixel]);
        }
        case op_kind::resample: {
            const sample row = o.sampling.rows.of(y);
            const sample column = o.sampling.columns.of(x);
            if (row.first == sample::outside || column.first == sample::outside) return 0;
            const auto at = [&](int from_y, int from_x) {
                return input(channel)[static_cast<std::size_t>(from_y * o.in.size.width + from_x)];
            };
            if (o.sampling.rows.by != sampled_axis::rule::linear) return at(row.first, column.first);
            const auto between = [](double a, double b, float share_of_b) {
                const auto share = static_cast<double>(share_of_b);
                return a * (1 - share) + b * share;
            };
            return between(between(at(row.first, column.first), at(row.first, column.second), column.share),
                           between(at(row.second, column.first), at(row.second, column.second), column.share),
                           row.share);
        }
        case op_kind::pixel_shuffle:
            return input(
                channel * o.factor * o.factor + y % o.factor * o.factor +
                x % o.factor)[static_cast<std::size_t>(y / o.factor * o.in.size.width + x / o.factor)];
        case op_kind::pixel_unshuffle: {
            const int phase = channel % (o.factor * o.factor);
            return input(channel / (o.factor * o.factor))[static_cast<std::size_t>(
                (y * o.factor + phase / o.factor) * o.in.size.width + x * o.factor + phase % o.factor)];
        }
        case op_kind::fill: return 0;
        case op_kind::input:
        case op_kind::on_packs: break;
        case op_kind::activate: return input(channel)[pixel];
        case op_kind::prelu: {
            const double value = input(channel)[pixel];
            return value < 0 ? value * weight(o.one_slope ? 0 : channel) : value;
        }
        case op_kind::conv_transpose:
            for (int t = 0; t < taps; ++t) {
                const window_axis& rows = o.window.rows;
                const window_axis& columns = o.window.columns;
                const int row = y + rows.before - t / columns.kernel;
                const int column = x + columns.before - t % columns.kernel;
                if (row < 0 || row % rows.stride != 0 || row / rows.stride >= o.in.size.height) continue;
                if (column < 0 || column % columns.stride != 0 || column / columns.stride >= o.in.size.width)
                    continue;
                const int from = row / rows.stride * o.in.size.width + column / columns.stride;
                for (int c = 0; c < o.in.count; ++c)
                    sum += weight((channel * o.in.count + c) * taps + t) *
                           input(c)[static_cast<std::size_t>(from)];
            }
            return sum;
        case op_kind::batch_norm:
        case op_kind::dropout: break;
        case op_kind::softmax:
            for (int c = 0; c < o.in.count; ++c) sum += std::exp(input(c)[pixel] - input(channel)[pixel]);
            return 1 / sum;
    }
    return sum;
}

}  // namespace detail

/// Runs a network's calls over its logical channels. `layers` has one entry for each call; those without
/// weights are empty, and `further` each input beyond the first, channel by channel and row by row. Returns
/// every output of the network in that order.
template <class Network>
std::vector<std::vector<double>> reference_forward(const tensor<float, Network::input>& picture,
                                                   std::span<const folded_layer> layers,
                                                   std::vector<std::span<const float>> further = {}) {
    const auto& calls = Network::calls;
    std::vector<detail::plain_channel> channels(static_cast<std::size_t>(Network::sizes.channels));
    const auto channel = [&](feature_map map, int i) -> detail::plain_channel& {
        return channels[static_cast<std::size_t>(calls.channel(map, i))];
    };
    for (int c = 0; c < Network::input.channels; ++c)
        channel(calls.input, c).assign(picture.channel(c), picture.channel(c) + Network::input.pixels());

    int next_input = 0;
    for (int i = 0; i < Network::sizes.ops; ++i) {
        const op& o = calls.ops[i];
        if (o.kind == op_kind::input) {
            const float* from = further[static_cast<std::size_t>(next_input++)].data();
            for (int c = 0; c < o.out.count; ++c, from += o.out.size.pixels())
                channel(o.out, c).assign(from, from + o.out.size.pixels());
            continue;
        }
        std::vector<const detail::plain_channel*> in;
        for (const feature_map& map : {o.in, o.other})
            for (int c = 0; c < map.count; ++c) in.push_back(&channel(map, c));
        for (int c = 0; c < o.out.count; ++c) {
            for (int p = 0; p < o.out.size.pixels(); ++p) {
                const double value = detail::plain_value(o, in, layers[static_cast<std::size_t>(i)], c,
                                                         p / o.out.size.width, p % o.out.size.width);
                channel(o.out, c).push_back(plain_activation(o.act, value));
            }
        }
    }

    std::vector<std::vector<double>> outputs;
    for (const feature_map& map : calls.outputs) {
        outputs.emplace_back();
        for (int c = 0; c < map.count; ++c)
            outputs.back().insert(outputs.back().end(), channel(map, c).begin(), channel(map, c).end());
    }
    return outputs;
}

}  // namespace plait::inline PLAIT_TARGET
