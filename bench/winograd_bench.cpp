// SPDX-License-Identifier: BSD-3-Clause
// Dense 3 x 3 convolutions of stride 1, and ResNet-18 whole: direct and by Winograd's algorithm in
// turns, F4 in tiles of up to 4 x 4 outputs and F2 of 2 x 2: percentage of the multiply-add peak of the same
// run, by the multiply-adds of a direct one, and the largest error against double as a part of the largest
// value.
#include <algorithm>
#include <cmath>

#include "measure.hpp"
#include "plait/blocks/blocks.hpp"
#include "plait/models/resnet.hpp"
#include "plait/network/winograd.hpp"

using namespace plait;

namespace {

template <int Channels, int Out, int Size>
using layer =
    network<shape{Channels, Size, Size}, conv{.out = Out, .kernel = 3, .activation = activation::none}>;

template <class Network>
double once(measure::fixture<Network>& f) {
    const auto start = measure::clock::now();
    f.model.run(*f.scratch);
    return measure::seconds_since(start);
}

/// The largest difference of the model's answer to what double made of the same numbers, as a part of the
/// largest value.
template <class Network>
double error_of(measure::fixture<Network>& f, const std::vector<double>& expected) {
    const auto found = f.model(*f.picture, *f.scratch);
    double largest = 0;
    double difference = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        largest = std::max(largest, std::abs(expected[i]));
        difference = std::max(difference, std::abs(static_cast<double>(found.values[i]) - expected[i]));
    }
    return difference / largest;
}

/// What a model has taken.
struct taken {
    std::string name;
    std::vector<double> seconds{};
    double error = 0;

    /// Of all turns, where neighbours disturb least.
    double least() const { return *std::min_element(seconds.begin(), seconds.end()); }
};

template <class Network>
void in_turns(benchmark::State& state) {
    static measure::fixture<Network> direct;
    static measure::fixture<winograd<Network>> tiles_of_4;
    static measure::fixture<winograd<Network, winograd_policy{.most_outputs = 2}>> tiles_of_2;
    static const auto expected = reference_forward<Network>(*direct.picture, direct.layers).back();
    taken all[]{{"direct"}, {"F4"}, {"F2"}};
    std::vector<double> peaks;
    for (auto _ : state) {
        peaks.push_back(measure::multiply_add_rate());
        all[0].seconds.push_back(once(direct));
        all[1].seconds.push_back(once(tiles_of_4));
        all[2].seconds.push_back(once(tiles_of_2));
        state.SetIterationTime(all[1].seconds.back());
    }
    all[0].error = error_of(direct, expected);
    all[1].error = error_of(tiles_of_4, expected);
    all[2].error = error_of(tiles_of_2, expected);
    const double peak = *std::max_element(peaks.begin(), peaks.end());
    const double of_direct = all[0].least();
    for (const taken& one : all) {
        const double seconds = one.least();
        state.counters[one.name + "_us"] = 1e6 * seconds;
        state.counters[one.name + "_peak_%"] = 100 * static_cast<double>(Network::macs) / seconds / peak;
        state.counters[one.name + "_times"] = of_direct / seconds;
        state.counters[one.name + "_error_1e-6"] = 1e6 * one.error;
    }
}

template <class Network>
void add(const std::string& name) {
    measure::add_row(name, in_turns<Network>);
}

}  // namespace

int main(int argc, char** argv) {
    add<layer<64, 64, 56>>("3x3, 64 channels, 56x56");
    add<layer<128, 128, 28>>("3x3, 128 channels, 28x28");
    add<layer<256, 256, 14>>("3x3, 256 channels, 14x14");
    add<layer<512, 512, 7>>("3x3, 512 channels, 7x7");
    add<layer<16, 16, 56>>("3x3, 16 channels, 56x56");
    add<layer<128, 32, 14>>("3x3, 128 to 32 channels, 14x14");
    add<resnet18<>>("ResNet-18");
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
}
