// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "plait/network/model.hpp"
#include "plait/network/reference.hpp"

// Times networks and blocks as a fraction of what the machine can do, measured in the same run. Machines are
// shared and clocks vary: only the ratio means something.

namespace measure {

using clock = std::chrono::steady_clock;

inline double seconds_since(clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
}

inline double median(std::vector<double> samples) {
    const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
    std::nth_element(samples.begin(), middle, samples.end());
    return *middle;
}

/// Multiply-adds a second of one core that does nothing but fused multiply-adds in registers.
[[gnu::noinline]] inline double multiply_add_rate() {
    using vector = plait::simd::batch<float>;
    constexpr int sums = plait::native_registers == 32 ? 24 : 12;  // more than latency times units
    constexpr int rounds = 2000;
    vector sum[sums];
    for (vector& s : sum) s = vector(1e-3F);
    const vector factor(0.999F);
    const vector addend(1e-9F);
    const auto start = clock::now();
    for (int i = 0; i < rounds; ++i) {
        PLAIT_UNROLL
        for (int j = 0; j < sums; ++j) sum[j] = plait::simd::multiply_add(sum[j], factor, addend);
        asm volatile("");  // keeps the loop from being folded, touches nothing
    }
    const double seconds = seconds_since(start);
    float total = 0;
    for (const vector& s : sum) total += plait::simd::sum_of_lanes(s);
    benchmark::DoNotOptimize(total);
    return double{rounds} * sums * plait::simd::lanes<float> / seconds;
}

/// Weights and a picture of plausible size, the same in every run.
template <class Network>
struct fixture {
    std::vector<plait::folded_layer> layers;
    plait::model<Network> model;
    std::unique_ptr<typename Network::workspace> scratch = std::make_unique<typename Network::workspace>();
    std::unique_ptr<plait::tensor<float, Network::input>> picture =
        std::make_unique<plait::tensor<float, Network::input>>();

    fixture() {
        std::mt19937 random(7);
        std::uniform_real_distribution<float> value(-1, 1);
        for (int i = 0; i < Network::sizes.ops; ++i) {
            const plait::op& o = Network::calls.ops[i];
            plait::folded_layer layer;
            if (o.has_weights()) {
                const float scale = 1.5F / std::sqrt(static_cast<float>(o.fan_in()));
                for (long long k = 0; k < o.weights(); ++k) layer.weights.push_back(scale * value(random));
                for (int k = 0; k < o.out.count; ++k) layer.bias.push_back(0.2F * value(random));
                model.set_weights(i, layer.weights.data(), layer.bias.data());
            }
            layers.push_back(layer);
        }
        for (float& x : *picture) x = value(random);
    }

    /// The largest difference from the scalar reference, as a fraction of the largest value.
    double error() {
        const auto found = model(*picture, *scratch);
        const std::vector<double> expected = plait::reference_forward<Network>(*picture, layers).back();
        double worst = 0, largest = 0;
        for (int i = 0; i < found.size(); ++i) {
            worst = std::max(worst, std::fabs(double{found[i]} - expected[static_cast<std::size_t>(i)]));
            largest = std::max(largest, std::fabs(expected[static_cast<std::size_t>(i)]));
        }
        return worst / largest;
    }
};

/// Checks the answer, then times forward passes with the peak sampled in between. Prints, beside the time,
/// the percentage of the peak, multiply-adds a second, the peak itself, and the memory it works in.
template <class Network>
void time_network(benchmark::State& state) {
    fixture<Network> f;
    if (const double error = f.error(); !(error <= 1e-4)) {
        state.SkipWithError(
            ("wrong answer: off by " + std::to_string(error) + " of the largest value").c_str());
        return;
    }
    std::vector<double> times, peaks;
    for (auto _ : state) {
        if (times.size() % 16 == 0) peaks.push_back(multiply_add_rate());
        const auto start = clock::now();
        benchmark::DoNotOptimize(f.model(*f.picture, *f.scratch));
        times.push_back(seconds_since(start));
        state.SetIterationTime(times.back());
    }
    const double time = median(times);
    const double peak = median(peaks);
    const auto macs = static_cast<double>(Network::macs);
    state.counters["median_us"] = time * 1e6;
    state.counters["peak_%"] = 100 * macs / time / peak;
    state.counters["GMAC/s"] = macs / time / 1e9;
    state.counters["peak_GMAC/s"] = peak / 1e9;
    state.counters["KiB"] = static_cast<double>(Network::workspace_bytes) / 1024;
}

/// Registers a network under a name: one line for each thing to time.
template <class Network>
void add(const std::string& name) {
    benchmark::RegisterBenchmark(name.c_str(), time_network<Network>)
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
}

}  // namespace measure
