// SPDX-License-Identifier: BSD-3-Clause
// Published networks, and networks of other widths, ratios and sizes, batch 1, one thread: time and
// percentage of the multiply-add peak of the same run.
#include "measure.hpp"
#include "published.hpp"

using namespace plait;

namespace {

/// All but those that differ from another in their number of classes alone.
template <class... Named>
void add_published(examples::network_list<Named...>) {
    const auto add = []<class Entry>(std::type_identity<Entry>) {
        if constexpr (Entry::network::output.channels != 100)
            measure::add<typename Entry::network>(std::string(Entry::name));
    };
    (add(std::type_identity<Named>{}), ...);
}

using augshufflenet_x0_75 =
    augshufflenet<augshufflenet_options{.width = 72, .split = {1, 4}, .input = {3, 48, 48}}>;
using augshufflenet_96x64 = augshufflenet<augshufflenet_options{.width = 48, .input = {3, 96, 64}}>;
using shufflenet_v2_90 =
    shufflenet_v2_cifar<shufflenet_v2_options{.width = 90, .classes = 10, .input = {3, 48, 48}}>;

}  // namespace

int main(int argc, char** argv) {
    add_published(published::timed_networks{});
    measure::add<augshufflenet_x0_75>("AugShuffleNet 0.75x, r 1/4, 48x48");
    measure::add<augshufflenet_96x64>("AugShuffleNet 0.5x, 96x64");
    measure::add<shufflenet_v2_90>("ShuffleNetV2 for CIFAR, 90 channels, 48x48");
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
}
