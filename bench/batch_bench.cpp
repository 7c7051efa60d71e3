// SPDX-License-Identifier: BSD-3-Clause
// 64 pictures in one call beside the same pictures one by one, one thread, in turns: time for each picture,
// and the ratio, which is below 1 where a batch gains.
#include <cstring>

#include "measure.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/models/shufflenet_v2.hpp"

using namespace plait;

namespace {

constexpr std::size_t pictures = 64;

template <class Network>
void time_batch(benchmark::State& state) {
    measure::fixture<Network> f;
    if (!f.is_right(state)) return;
    std::vector<tensor<float, Network::input>> batch(pictures);
    std::mt19937 random(9);
    std::uniform_real_distribution<float> value(-1, 1);
    for (auto& picture : batch) {
        for (float& x : picture) x = value(random);
    }
    std::vector<tensor<float, Network::output>> at_once(pictures), one_by_one(pictures);
    const auto batch_scratch = std::make_unique<typename model<Network>::batch_workspace>();

    const auto seconds_a_picture = [](auto run) {
        const auto start = measure::clock::now();
        run();
        benchmark::ClobberMemory();
        return measure::seconds_since(start) / pictures;
    };
    const auto time_at_once = [&] {
        return seconds_a_picture([&] { (void)f.model.forward(batch, at_once, *batch_scratch); });
    };
    const auto time_one_by_one = [&] {
        return seconds_a_picture([&] {
            for (std::size_t i = 0; i < pictures; ++i) one_by_one[i] = f.model(batch[i], *f.scratch);
        });
    };

    std::vector<double> batch_times, single_times, ratios;
    for (auto _ : state) {
        const bool first = ratios.size() % 2 == 0;  // neither always goes first
        if (first) batch_times.push_back(time_at_once());
        single_times.push_back(time_one_by_one());
        if (!first) batch_times.push_back(time_at_once());
        ratios.push_back(batch_times.back() / single_times.back());
        state.SetIterationTime(batch_times.back());
    }
    if (std::memcmp(at_once.data(), one_by_one.data(), pictures * sizeof at_once[0]) != 0) {
        state.SkipWithError("a batch has other bits than its pictures one by one");
        return;
    }
    state.counters["batch_us"] = 1e6 * measure::median(batch_times);
    state.counters["single_us"] = 1e6 * measure::median(single_times);
    state.counters["ratio"] = measure::median(ratios);
}

template <class Network>
void add(const char* name) {
    benchmark::RegisterBenchmark(name, time_batch<Network>)
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond)
        ->Iterations(25);
}

}  // namespace

int main(int argc, char** argv) {
    add<augshufflenet_x0_5<10>>("augshufflenet_x0_5_cifar10, batch 64");
    add<shufflenet_v2_x0_5<>>("torchvision_shufflenet_v2_x0_5, batch 64");
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
}
