// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "plait/core/agreement.hpp"
#include "plait/core/precision.hpp"
#include "plait/network/model.hpp"
#include "plait/network/reference.hpp"
#include "plait/simd/dot.hpp"
#include "timing.hpp"

// Times networks and blocks as a fraction of what the machine can do, measured in the same run. Machines are
// shared and clocks vary: only the ratio means something.

namespace measure {

/// How often a second one core does `step` to values in registers, more of them than latency times units.
template <class Value, class Step>
[[gnu::always_inline]] inline double steps_a_second(Value first, Step step) {
    constexpr int values = plait::native_registers == 32 ? 24 : 12;
    constexpr int rounds = 2000;
    Value value[values];
    for (Value& each : value) each = first;
    const auto start = clock::now();
    for (int i = 0; i < rounds; ++i) {
        PLAIT_UNROLL
        for (int j = 0; j < values; ++j) value[j] = step(value[j]);  // NOLINT
        asm volatile("");  // keeps the loop from being folded, touches nothing
    }
    const double seconds = seconds_since(start);
    for (Value& each : value) benchmark::DoNotOptimize(each);
    return double{rounds} * values / seconds;
}

/// Multiply-adds a second of one core that does nothing but fused multiply-adds in registers.
[[gnu::noinline]] inline double multiply_add_rate() {
    using vector = plait::simd::batch<float>;
    const vector factor(0.999F);
    const vector addend(1e-9F);
    return plait::simd::lanes<float> * steps_a_second(vector(1e-3F), [=](vector x) {
               return plait::simd::multiply_add(x, factor, addend);
           });
}

/// The same of packs of a precision: of int8 or bf16, with what there is of dot products.
template <plait::precision Precision>
[[gnu::noinline]] double multiply_add_rate_in() {
    if constexpr (Precision == plait::precision::f32) {
        return multiply_add_rate();
    } else {
        using dot = plait::simd::dot<Precision>;
        plait::simd::dwords factor = plait::simd::spread(0x00010001);
        asm volatile("" : "+m"(factor));
        const auto step = [x = factor](typename dot::sum to) { return dot::multiply_add(x, x, to); };
        return plait::native_lanes * steps_a_second(typename dot::sum{}, step) * dot::channels / dot::parts;
    }
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
            if (o.is_packed()) {
                const float scale = 1.5F / std::sqrt(static_cast<float>(o.fan_in()));
                for (long long k = 0; k < o.weights() + o.channel_values(); ++k)
                    layer.weights.push_back(scale * value(random));
                for (int k = 0; k < o.out.count; ++k) layer.bias.push_back(0.2F * value(random));
                model.set_weights(i, layer.weights.data(), layer.bias.data());
            }
            layers.push_back(layer);
        }
        for (float& x : *picture) x = value(random);
    }

    /// Whether the answer is the scalar reference's; else the benchmark is skipped with what is wrong.
    bool is_right(benchmark::State& state) {
        const auto expected = plait::reference_forward<Network>(*picture, layers).back();
        const auto agreed = plait::agrees(model(*picture, *scratch), expected, 1e-4);
        if (!agreed) state.SkipWithError(("wrong answer: " + agreed.error()).c_str());
        return bool(agreed);
    }
};

enum class caches { warm, cold };

/// Reads more than the last-level cache holds.
inline void flush_caches() {
    static std::vector<float> large(24U << 20U, 1.0F);
    float sum = 0;
    for (std::size_t i = 0; i < large.size(); i += 16) sum += large[i];
    benchmark::DoNotOptimize(sum);
}

/// What a run has to compute, and to read and write at least.
struct cost {
    long long macs = 0;
    long long values = 0;  ///< of input, output and weights
};

/// Times `run` with the peak sampled in between. Prints, beside the time, the percentage of the peak,
/// multiply-adds and bytes a second, and the peak itself.
template <caches Caches = caches::warm, int Repeats = 1, class Run>
void time_run(benchmark::State& state, cost of, Run run) {
    std::vector<double> times, peaks;
    for (auto _ : state) {
        if (times.size() % 16 == 0) peaks.push_back(multiply_add_rate());
        if (Caches == caches::cold) flush_caches();
        const auto start = clock::now();
        for (int i = 0; i < Repeats; ++i) {
            run();
            benchmark::ClobberMemory();
        }
        times.push_back(seconds_since(start) / Repeats);
        state.SetIterationTime(times.back());
    }
    const double time = median(times);
    const double peak = median(peaks);
    state.counters["median_us"] = time * 1e6;
    state.counters["peak_%"] = 100 * static_cast<double>(of.macs) / time / peak;
    state.counters["GMAC/s"] = static_cast<double>(of.macs) / time / 1e9;
    state.counters["peak_GMAC/s"] = peak / 1e9;
    state.counters["GB/s"] = static_cast<double>(of.values) * 4 / time / 1e9;
}

/// Checks the answer, then times forward passes. Prints the memory that they work in too.
template <class Network, caches Caches = caches::warm>
void time_network(benchmark::State& state) {
    fixture<Network> f;
    if (!f.is_right(state)) return;
    cost of{Network::macs, Network::input.elements() + Network::output.elements()};
    for (int i = 0; i < Network::sizes.ops; ++i) of.values += Network::calls.ops[i].weights();
    time_run<Caches>(state, of, [&] { benchmark::DoNotOptimize(f.model(*f.picture, *f.scratch)); });
    state.counters["KiB"] = static_cast<double>(Network::workspace_bytes) / 1024;
}

/// Registers a row; cold ones, which are slow to prepare, run a few times.
inline void add_row(const std::string& name, void (*time)(benchmark::State&), caches in = caches::warm) {
    auto* row =
        benchmark::RegisterBenchmark(name.c_str(), time)->UseManualTime()->Unit(benchmark::kMicrosecond);
    if (in == caches::cold) row->Iterations(20);
}

/// A network under a name: one line for each thing to time.
template <class Network>
void add(const std::string& name) {
    add_row(name, time_network<Network>);
}

/// The same warm and with the caches flushed.
template <class Network>
void add_warm_and_cold(const std::string& name) {
    add_row(name + ", warm", time_network<Network, caches::warm>);
    add_row(name + ", cold", time_network<Network, caches::cold>, caches::cold);
}

}  // namespace measure
