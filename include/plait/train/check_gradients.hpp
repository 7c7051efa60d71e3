// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "plait/core/decimal.hpp"
#include "plait/core/in_quotes.hpp"
#include "plait/core/result.hpp"
#include "plait/network/reference.hpp"
#include "plait/train/trainer.hpp"

namespace plait::inline PLAIT_TARGET {

/// How gradients are checked.
struct gradient_check {
    double tolerance = 1e-4;      ///< as a part of the largest gradient of all
    int values_of_a_tensor = 24;  ///< that are checked at most, drawn by chance
    unsigned seed = 1;
};

namespace detail {

/// What one written call reads of the parameters, in double precision.
struct double_layer {
    std::vector<double> weights;
    std::vector<double> bias;
};

/// A network's training forward pass in plain double precision, one written call after another: norms take
/// mean and variance of the batch.
class plain_training {
public:
    plain_training(const training_network& network, const parameter_places& places)
        : net_(network), places_(places) {}

    /// Every channel of every picture. `inputs` are all inputs of all pictures, as `[picture][channel]`.
    std::vector<std::vector<plain_channel>> run(const std::vector<double>& parameters,
                                                const std::vector<std::vector<plain_channel>>& inputs) const {
        std::vector<std::vector<plain_channel>> channels = inputs;
        for (auto& of_picture : channels) of_picture.resize(static_cast<std::size_t>(net_.channels));
        for (int i = 0; i < net_.calls(); ++i) {
            const op& o = net_.call(i);
            if (o.kind == op_kind::input) continue;
            const double_layer layer = layer_of(i, parameters);
            for (auto& of_picture : channels) {
                std::vector<const plain_channel*> in;
                for (const feature_map& map : {o.in, o.other})
                    for (int c = 0; c < map.count; ++c) in.push_back(&of_picture[number(map, c)]);
                for (int c = 0; c < o.out.count; ++c) {
                    plain_channel& to = of_picture[number(o.out, c)];
                    to.clear();
                    for (int p = 0; p < o.out.size.pixels(); ++p) {
                        const bool passes = o.kind == op_kind::batch_norm || o.kind == op_kind::dropout;
                        const double value =
                            passes ? (*in[static_cast<std::size_t>(c)])[static_cast<std::size_t>(p)]
                                   : plain_value(o, in, layer, c, p / o.out.size.width, p % o.out.size.width);
                        to.push_back(plain_activation(o.act, value));
                    }
                }
            }
            if (o.kind == op_kind::batch_norm) normalise(i, parameters, channels);
        }
        return channels;
    }

    std::size_t number(feature_map map, int c) const {
        return static_cast<std::size_t>(net_.pool[static_cast<std::size_t>(map.first + c)]);
    }

private:
    double_layer layer_of(int i, const std::vector<double>& parameters) const {
        const op& o = net_.call(i);
        double_layer layer;
        const auto take = [&](tensor_role role, long long count, std::vector<double>& to) {
            const long long begin = places_.of(i, role);
            if (begin >= 0) to.assign(parameters.begin() + begin, parameters.begin() + begin + count);
        };
        take(tensor_role::bias, o.out.count, layer.bias);
        layer.bias.resize(static_cast<std::size_t>(o.out.count));
        take(tensor_role::weight, o.has_weights() ? o.weights() : o.channel_values(), layer.weights);
        take(tensor_role::values, o.channel_values(), layer.weights);
        if (o.kind != op_kind::conv_transpose) return layer;
        const std::vector<double> stored = layer.weights;
        const int taps = o.window.taps();
        for (int in = 0; in < o.in.count; ++in)
            for (int out = 0; out < o.out.count; ++out)
                for (int t = 0; t < taps; ++t)
                    layer.weights[static_cast<std::size_t>((out * o.in.count + in) * taps + t)] =
                        stored[static_cast<std::size_t>((in * o.out.count + out) * taps + t)];
        return layer;
    }

    void normalise(int i, const std::vector<double>& parameters,
                   std::vector<std::vector<plain_channel>>& channels) const {
        const op& o = net_.call(i);
        const auto parameter_at = [&](tensor_role role, int c, double otherwise) {
            const long long begin = places_.of(i, role);
            return begin < 0 ? otherwise : parameters[static_cast<std::size_t>(begin + c)];
        };
        const double count = static_cast<double>(channels.size()) * o.out.size.pixels();
        for (int c = 0; c < o.out.count; ++c) {
            double mean = 0;
            double variance = 0;
            for (const auto& of_picture : channels)
                for (const double x : of_picture[number(o.out, c)]) mean += x / count;
            for (const auto& of_picture : channels)
                for (const double x : of_picture[number(o.out, c)])
                    variance += (x - mean) * (x - mean) / count;
            const double scale = parameter_at(tensor_role::weight, c, 1) /
                                 std::sqrt(variance + static_cast<double>(o.normalisation.epsilon));
            for (auto& of_picture : channels)
                for (double& x : of_picture[number(o.out, c)])
                    x = (x - mean) * scale + parameter_at(tensor_role::bias, c, 0);
        }
    }

    const training_network& net_;
    const parameter_places& places_;
};

}  // namespace detail

/// Holds the gradients of a network's parameters against finite differences in double precision, with random
/// parameters and pictures. Gives how far the worst is off, as a part of the largest; or one sentence that
/// names it.
template <class Network, int Batch = 3>
result<double> check_gradients(const gradient_check& how = {}) {
    constexpr training options{.batch = Batch, .drops = false};
    using of = detail::training_of<Network, options>;
    trainer<Network, options> learning;
    static const training_network net = of::network();
    std::mt19937 random(how.seed);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (float& value : learning.parameters()) value = uniform(random);
    for (std::size_t i = 0; i < net.tensors.rows.size(); ++i) {
        const parameter& row = net.tensors.rows[i];
        const op& o = net.tensors.written[static_cast<std::size_t>(row.call)];
        if (!o.has_weights() || row.role != tensor_role::weight) continue;
        const float scale = std::sqrt(3.0F / static_cast<float>(o.fan_in()));
        for (float& value :
             learning.parameters().subspan(static_cast<std::size_t>(learning.places().begin(i)),
                                           static_cast<std::size_t>(row.elements())))
            value *= scale;
    }

    std::vector<std::vector<detail::plain_channel>> inputs(
        Batch, std::vector<detail::plain_channel>(static_cast<std::size_t>(net.channels)));
    const detail::plain_training plain(net, learning.places());
    const auto put = [&](feature_map map) {
        for (int c = 0; c < map.count; ++c) {
            float* to = learning.run_of(map, c);
            for (auto& of_picture : inputs) {
                for (int p = 0; p < map.size.pixels(); ++p)
                    of_picture[plain.number(map, c)].push_back(static_cast<double>(*to++ = uniform(random)));
            }
        }
    };
    put(net.input);
    for (const op& o : net.tensors.written)
        if (o.kind == op_kind::input) put(o.out);

    // The loss is the sum of all outputs, each value times a number of its own.
    std::vector<std::vector<float>> factors;
    for (const feature_map& map : net.outputs) {
        const int run = padded_pixels(Batch * map.size.pixels());
        factors.emplace_back(static_cast<std::size_t>(map.count * run));
        for (float& factor : factors.back()) factor = uniform(random);
    }
    learning.forward(Batch);
    learning.clear_gradients();
    for (std::size_t i = 0; i < net.outputs.size(); ++i)
        learning.put_output_gradient(
            net.outputs[i], {factors[i].data(), padded_pixels(Batch * net.outputs[i].size.pixels())});
    learning.backward();
    std::vector<double> parameters(learning.parameters().begin(), learning.parameters().end());
    const auto loss = [&] {
        const auto channels = plain.run(parameters, inputs);
        double sum = 0;
        for (std::size_t i = 0; i < net.outputs.size(); ++i) {
            const feature_map& map = net.outputs[i];
            const int pixels = map.size.pixels();
            const int run = padded_pixels(Batch * pixels);
            for (int c = 0; c < map.count; ++c)
                for (int n = 0; n < Batch; ++n)
                    for (int p = 0; p < pixels; ++p)
                        sum += static_cast<double>(
                                   factors[i][static_cast<std::size_t>(c * run + n * pixels + p)]) *
                               channels[static_cast<std::size_t>(n)][plain.number(map, c)]
                                       [static_cast<std::size_t>(p)];
        }
        return sum;
    };

    double largest = 0;
    for (const float gradient : learning.gradients()) {
        if (!std::isfinite(gradient)) return failure{"a gradient is not finite where numbers were expected"};
        largest = std::max(largest, std::abs(static_cast<double>(gradient)));
    }
    double worst = 0;
    for (std::size_t i = 0; i < net.tensors.rows.size(); ++i) {
        const parameter& row = net.tensors.rows[i];
        if (!row.is_trained()) continue;
        const auto elements = static_cast<int>(row.elements());
        const int checked = std::min(elements, how.values_of_a_tensor);
        for (int k = 0; k < checked; ++k) {
            const int element =
                checked == elements ? k : static_cast<int>(random() % static_cast<unsigned>(elements));
            const auto at = static_cast<std::size_t>(learning.places().begin(i) + element);
            constexpr double step = 1e-6;
            const double before = parameters[at];
            parameters[at] = before + step;
            const double above = loss();
            parameters[at] = before - step;
            const double below = loss();
            parameters[at] = before;
            const double expected = (above - below) / (2 * step);
            const auto found = static_cast<double>(learning.gradients()[at]);
            const double off = std::abs(found - expected) / largest;
            worst = std::max(worst, off);
            if (off <= how.tolerance) continue;
            return failure{detail::text("the gradient of ")
                           << detail::in_quotes(net.tensors.name(row)) << " at " << element << " is "
                           << short_decimal(found) << " where " << short_decimal(expected)
                           << " was expected, the largest of all being " << short_decimal(largest)};
        }
    }
    return worst;
}

}  // namespace plait::inline PLAIT_TARGET
