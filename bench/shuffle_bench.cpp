// SPDX-License-Identifier: BSD-3-Clause
// Shuffle is free: an AugShuffle unit with its shuffle and the same unit with none, timed in turns.
#include "measure.hpp"
#include "plait/blocks/blocks.hpp"

using namespace plait;

namespace {

template <shape Input, ratio Split>
void shuffled_against_none(benchmark::State& state) {
    // Two units, so that the second reads what the first shuffled.
    constexpr aug_shuffle with{.split = Split};
    constexpr aug_shuffle without{.split = Split, .shuffle_groups = 1};
    measure::fixture<network<Input, repeat<2, with>>> shuffled;
    measure::fixture<network<Input, repeat<2, without>>> plain;
    if (!(shuffled.error() <= 1e-4 && plain.error() <= 1e-4)) {
        state.SkipWithError("wrong answer");
        return;
    }
    std::vector<double> with_times, without_times, ratios;
    const auto once = [](auto& f) {
        const auto start = measure::clock::now();
        for (int i = 0; i < 8; ++i) benchmark::DoNotOptimize(f.model(*f.picture, *f.scratch));
        return measure::seconds_since(start) / 8;
    };
    for (auto _ : state) {
        const bool first = with_times.size() % 2 == 0;  // neither always goes first
        if (first) with_times.push_back(once(shuffled));
        without_times.push_back(once(plain));
        if (!first) with_times.push_back(once(shuffled));
        ratios.push_back(with_times.back() / without_times.back());
        state.SetIterationTime(with_times.back());
    }
    state.counters["shuffled_us"] = 1e6 * measure::median(with_times);
    state.counters["none_us"] = 1e6 * measure::median(without_times);
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
