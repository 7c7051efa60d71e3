// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "plait/network/quantised.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a call of a network loses in int8.
struct call_loss {
    int call = 0;  ///< of `Network::calls`
    double signal = 0;
    double noise = 0;         ///< of what it makes, to what fp32 makes: sums of squares
    long long saturated = 0;  ///< values that lie beyond the range of their channel
    long long values = 0;

    /// In decibels; infinite where nothing is lost.
    double signal_to_noise() const { return 10 * std::log10(signal / noise); }
    /// Of its values, from 0 to 1.
    double saturated_share() const {
        return values > 0 ? static_cast<double>(saturated) / static_cast<double>(values) : 0;
    }
};

/// What every call's outputs are in int8 beside what a model in fp32 makes of the same pictures: losses of
/// the calls before are in those of the calls after.
template <class Network>
std::vector<call_loss> measure_losses(const model<typename Network::in_floats>& floats,
                                      const model<Network>& bytes, const quantised_weights& numbers,
                                      std::span<const typename model<Network>::input_tensor> pictures) {
    std::vector<call_loss> losses(static_cast<std::size_t>(Network::sizes.ops));
    const auto of_floats = std::make_unique<typename model<typename Network::in_floats>::workspace>();
    const auto of_bytes = std::make_unique<typename model<Network>::workspace>();
    std::vector<std::vector<float>> made(losses.size());
    for (const auto& picture : pictures) {
        floats.observe(picture, *of_floats, [&](int call, const op& o, const map_view& map) {
            auto& values = made[static_cast<std::size_t>(call)];
            values.resize(static_cast<std::size_t>(o.out.count * o.out.size.pixels()));
            map.copy_to(values.data());
        });
        std::vector<float> found;
        bytes.observe(picture, *of_bytes, [&](int call, const op& o, const map_view& map) {
            const auto& expected = made[static_cast<std::size_t>(call)];
            call_loss& loss = losses[static_cast<std::size_t>(call)];
            loss.call = call;
            found.resize(expected.size());
            map.copy_to(found.data());
            const auto pixels = static_cast<std::size_t>(o.out.size.pixels());
            for (std::size_t i = 0; i < found.size(); ++i) {
                const auto value = static_cast<double>(expected[i]);
                const double error = static_cast<double>(found[i]) - value;
                loss.signal += value * value;
                loss.noise += error * error;
                ++loss.values;
                const int channel = Network::calls.channel(o.out, static_cast<int>(i / pixels));
                if (Network::packs.is_in_floats(channel)) continue;
                const channel_code code = numbers.codes[static_cast<std::size_t>(channel)];
                const auto half = static_cast<double>(code.scale) / 2;
                loss.saturated += value > static_cast<double>(code.value(255)) + half ||
                                  value < static_cast<double>(code.value(0)) - half;
            }
        });
    }
    return losses;
}

}  // namespace plait::inline PLAIT_TARGET
