// SPDX-License-Identifier: BSD-3-Clause
// Shuffle is free: an AugShuffle unit with its shuffle and the same unit with none, timed in turns.
#include "measure.hpp"
#include "plait/blocks/blocks.hpp"

using namespace plait;

namespace {

/// The mean time of a few forward passes over memory that both networks share, so that where it lies, which
/// matters more than any shuffle, is the same for both.
template <class Network>
double once(const float* weights, float* scratch, const float* picture) {
    constexpr int passes = 8;
    const auto start = measure::clock::now();
    for (int i = 0; i < passes; ++i) {
        executor<Network>::put_input(picture, scratch);
        executor<Network>::forward(weights, scratch);
        benchmark::ClobberMemory();
    }
    return measure::seconds_since(start) / passes;
}

template <shape Input, ratio Split>
void shuffled_against_none(benchmark::State& state) {
    // Two units, so that the second reads what the first shuffled.
    using shuffled = network<Input, repeat<2, aug_shuffle{.split = Split}>>;
    using plain = network<Input, repeat<2, aug_shuffle{.split = Split, .shuffle_groups = 1}>>;
    static_assert(executor<shuffled>::packed_size == executor<plain>::packed_size);
    static_assert(shuffled::workspace_bytes == plain::workspace_bytes);
    if (!measure::fixture<shuffled>().is_right(state) || !measure::fixture<plain>().is_right(state)) return;
    const auto weights = make_aligned<float>(executor<shuffled>::packed_size);
    const auto scratch = make_aligned<float>(executor<shuffled>::workspace_size);
    const auto picture = make_aligned<float>(Input.elements());

    std::vector<double> shuffled_times, plain_times, ratios;
    for (auto _ : state) {
        const bool first = ratios.size() % 2 == 0;  // neither always goes first
        if (first) shuffled_times.push_back(once<shuffled>(weights.get(), scratch.get(), picture.get()));
        plain_times.push_back(once<plain>(weights.get(), scratch.get(), picture.get()));
        if (!first) shuffled_times.push_back(once<shuffled>(weights.get(), scratch.get(), picture.get()));
        ratios.push_back(shuffled_times.back() / plain_times.back());
        state.SetIterationTime(shuffled_times.back());
    }
    state.counters["shuffled_us"] = 1e6 * measure::median(shuffled_times);
    state.counters["none_us"] = 1e6 * measure::median(plain_times);
    state.counters["difference_%"] = 100 * (measure::median(ratios) - 1);
}

template <shape Input, ratio Split>
void add(const char* name) {
    benchmark::RegisterBenchmark(name, shuffled_against_none<Input, Split>)
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
}

}  // namespace

int main(int argc, char** argv) {
    add<shape{48, 16, 16}, ratio{1, 2}>("two AugShuffle units, 48, 16x16");
    add<shape{96, 8, 8}, ratio{3, 8}>("two AugShuffle units, 96, 8x8");
    add<shape{192, 4, 4}, ratio{3, 8}>("two AugShuffle units, 192, 4x4");
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
}
