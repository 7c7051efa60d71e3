// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "plait/network/calibrate.hpp"
#include "plait/network/quantised.hpp"

// From weights and ranges to int8. A layer's inputs have a scale for each channel, which goes into its
// weights before they are quantised, so that what a channel is scaled by never matters to who reads it.

namespace plait::inline PLAIT_TARGET {

namespace detail {

inline int nearest_byte(double value) { return static_cast<int>(std::lrint(std::clamp(value, 0.0, 255.0))); }

/// A range with 0 in it, as bytes.
inline channel_code code_of(value_range range, double least_scale) {
    const double low = std::min(0.0, static_cast<double>(range.low));
    const double high = std::max(0.0, static_cast<double>(range.high));
    double scale = std::max((high - low) / 255, least_scale);
    if (scale == 0) scale = 1;  // nothing but 0
    return {static_cast<float>(scale), nearest_byte(-low / scale)};
}

/// Quantises a network's layers one after another.
class quantiser {
public:
    quantiser(const plain_packing& packs, const network_tensors& tensors,
              std::span<const folded_layer> layers, const activation_ranges& ranges)
        : packs_(packs), tensors_(tensors), layers_(layers), ranges_(ranges) {}

    [[gnu::cold]] result<quantised_weights> make() {
        if (auto done = check_ranges(); !done) return failure{done.error()};
        made_.layers.resize(packs_.calls.size());
        made_.floats.resize(packs_.calls.size());
        for (const value_range range : ranges_.of) made_.codes.push_back(code_of(range, 0));
        for (std::size_t s = 0; s < packs_.steps.size(); ++s)
            if (auto done = take(static_cast<int>(s)); !done) return failure{done.error()};
        if (auto done = check_numbers(packs_, tensors_, made_); !done) return failure{done.error()};
        return std::move(made_);
    }

private:
    result<void> check_ranges() const {
        if (ranges_.of.size() != packs_.in_packs.size())
            return failure{"there are ranges of " + std::to_string(ranges_.of.size()) +
                           " channels where the network has " + std::to_string(packs_.in_packs.size())};
        const auto check = [&](feature_map map, int call) -> result<void> {
            for (int c = 0; c < map.count; ++c) {
                const value_range range = ranges_.of[static_cast<std::size_t>(packs_.pool[map.first + c])];
                const char* fault = nullptr;
                if (!is_finite(range.low) || !is_finite(range.high))
                    fault = "is not finite";
                else if (range.low > range.high)
                    fault = "is inverted";
                if (!fault) continue;
                text where = call < 0 ? text("the input") : words_of_call(tensors_, call);
                return failure{where << ", channel " << std::to_string(c) << ": its range "
                                     << std::to_string(range.low) << " to " << std::to_string(range.high)
                                     << " " << fault << ", where two numbers in order were expected"};
            }
            return {};
        };
        for (std::size_t i = 0; i < packs_.calls.size(); ++i)
            if (auto done = check(packs_.calls[i].out, static_cast<int>(i)); !done) return done;
        return {};
    }

    channel_code& code(feature_map map, int channel) {
        return made_.codes[static_cast<std::size_t>(packs_.pool[map.first + channel])];
    }
    value_range range(feature_map map, int channel) const {
        return ranges_.of[static_cast<std::size_t>(packs_.pool[map.first + channel])];
    }

    result<void> take(int index) {
        const packed_step& step = packs_.steps[static_cast<std::size_t>(index)];
        if (step.is_conversion()) return {};
        const op& o = packs_.calls[static_cast<std::size_t>(step.call)];
        const auto call = static_cast<std::size_t>(step.call);
        if (step.work == slot_work::floats) {
            if (o.is_packed()) made_.floats[call] = layers_[call];
            return {};
        }
        if (step.work == slot_work::largest || step.work == slot_work::move) {
            for (int c = 0; c < o.out.count; ++c) code(o.out, c) = code(o.in, c);
            return {};
        }
        if (o.has_weights()) return quantise_layer(step, o);
        // A mean of many, a sum or a product of two: what is rounded must fit.
        for (int c = 0; c < o.out.count; ++c) {
            const auto in = static_cast<double>(code(o.in, c).scale);
            const double other = o.other.count > 0 ? static_cast<double>(code(o.other, c).scale) : 0.0;
            const double least =
                step.work == slot_work::multiply ? in * other / 8192 : std::max(in, other) / 65536;
            code(o.out, c) = code_of(range(o.out, c), least * most_gain(o.act));
        }
        return {};
    }

    result<void> quantise_layer(const packed_step& step, const op& o) {
        const auto call = static_cast<std::size_t>(step.call);
        const folded_layer& floats = layers_[call];
        quantised_layer& layer = made_.layers[call];
        const auto outputs = static_cast<std::size_t>(o.out.count);
        const std::size_t fan_in = floats.weights.size() / outputs;
        layer.weights.resize(floats.weights.size());
        layer.scale.resize(outputs);
        layer.bias.resize(outputs);
        const int taps = o.kind == op_kind::linear ? o.in.size.pixels() : o.window.taps();
        const auto input_of = [&](int output, std::size_t k) {
            if (o.kind == op_kind::depthwise) return output;
            return output / o.group_outputs() * o.group_inputs() + static_cast<int>(k) / taps;
        };
        for (int output = 0; output < o.out.count; ++output) {
            const auto row = static_cast<std::size_t>(output);
            const float* const weights = floats.weights.data() + row * fan_in;
            const auto scaled = [&](std::size_t k) {
                return static_cast<double>(weights[k]) *
                       static_cast<double>(code(o.in, input_of(output, k)).scale);
            };
            double most = 0;
            for (std::size_t k = 0; k < fan_in; ++k) most = std::max(most, std::abs(scaled(k)));
            const auto bias = static_cast<double>(floats.bias[row]);
            // Of weights that are nothing beside it, the bias has 28 bits.
            double scale = std::max(most / 127, std::abs(bias) / 0x1p28);
            scale = scale > 0x1p-110 ? scale : 1;
            const auto kept = static_cast<double>(layer.scale[row] = static_cast<float>(scale));
            if (!is_finite(layer.scale[row]))
                return failure{words_of_call(tensors_, step.call)
                               << ", channel " << std::to_string(output)
                               << ": its weights and the ranges of its inputs have no scale that is a float"};
            long long sum = std::llrint(bias / kept);
            for (std::size_t k = 0; k < fan_in; ++k) {
                const auto weight =
                    static_cast<std::int8_t>(std::lrint(std::clamp(scaled(k) / kept, -127.0, 127.0)));
                layer.weights[row * fan_in + k] = weight;
                sum -= static_cast<long long>(weight) * code(o.in, input_of(output, k)).zero;
            }
            if (std::llabs(sum) > 0x7fffffffLL)
                return failure{words_of_call(tensors_, step.call)
                               << ", channel " << std::to_string(output)
                               << ": its bias leaves 32 bits at the scale of its weights"};
            layer.bias[row] = static_cast<std::int32_t>(sum);
            if (step.out == precision::f32) continue;
            const double least = most_of_sum(layer, output) * kept * most_gain(o.act) / (largest_rounded / 2);
            code(o.out, output) = code_of(range(o.out, output), least);
        }
        return {};
    }

    const plain_packing& packs_;
    const network_tensors& tensors_;
    std::span<const folded_layer> layers_;
    const activation_ranges& ranges_;
    quantised_weights made_;
};

}  // namespace detail

/// A network's numbers in int8, of the folded weights of its calls in fp32 and the ranges that `calibrate`
/// found; or the sentence that says which layer and channel cannot be.
template <class Network>
    requires(precision_of<Network> == precision::int8)
result<quantised_weights> quantise(std::span<const folded_layer> layers, const activation_ranges& ranges) {
    const detail::plain_packing packs = detail::packing_of<Network>();
    const network_tensors tensors = tensors_of<Network>();
    return detail::quantiser(packs, tensors, layers, ranges).make();
}

}  // namespace plait::inline PLAIT_TARGET
