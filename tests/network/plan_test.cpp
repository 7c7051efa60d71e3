// SPDX-License-Identifier: BSD-3-Clause
// Plans against a simulation of the workspace, and how small they are.
#include "plait/network/plan.hpp"

#include <memory>

#include <doctest/doctest.h>

#include "plait/models/augshufflenet.hpp"
#include "plait/models/fastestdet.hpp"
#include "plait/models/mobilenet_v2.hpp"
#include "plait/models/resnet.hpp"
#include "plait/models/shufflenet_v2.hpp"
#include "plan_simulation.hpp"

using namespace plait;

namespace {

/// What a plan depends on beside its network.
struct setting {
    int lanes;
    layout_policy policy{};
};

constexpr setting settings[]{
    {16, {.groups_below_pixels = 64}},
    {8, {.groups_below_pixels = 32}},
    {4, {.groups_below_pixels = 16}},
    {16, {.groups_below_pixels = 0}},
    {4, {.groups_below_pixels = 0}},
    {16, {.groups_below_pixels = 1 << 20}},
    {8, {.groups_below_pixels = 1 << 20}},
    {16, {.groups_below_pixels = 200}},
    {16},
};

/// What first fit may leave unused: with groups from the first layer on, the few channels of a picture leave
/// a hole that the next maps do not fill.
constexpr int spare_per_cent(const layout_policy& policy) {
    return policy.groups_below_pixels > 1024 ? 12 : 3;
}

template <class Network>
void check_plans() {
    for (const setting& s : settings) {
        const int lanes = s.lanes;
        const layout_policy policy = s.policy;
        INFO("parameters " << Network::parameters << ", lanes " << lanes << ", groups below "
                           << policy.groups_below_pixels << " pixels");
        const auto where = std::make_unique<plan<Network::sizes>>(make_plan(Network::calls, policy, lanes));
        const plan_simulation workspace(placed_network(Network::calls, *where, lanes));
        CHECK(workspace.faults() == 0);
        CHECK(workspace.alive_at_most() <= where->lower_bound);
        const int used = where->size - 2 * where->margin;
        CHECK(used >= where->lower_bound);
        CHECK(used <= where->lower_bound + where->lower_bound * spare_per_cent(policy) / 100);
    }
}

}  // namespace

TEST_CASE("no two live channels of AugShuffleNet share a value") {
    check_plans<augshufflenet_x0_5<10>>();
    check_plans<augshufflenet_x0_5<10, order::article>>();
    check_plans<augshufflenet_x0_5<10, order::plus>>();
    check_plans<augshufflenet_x0_5<100, order::port, ratio{1, 4}>>();
    check_plans<augshufflenet_x0_5<10, order::port, ratio{1, 8}>>();
    check_plans<augshufflenet_x1_0<10>>();
    check_plans<augshufflenet_x1_5<10>>();
}

TEST_CASE("no two live channels of ShuffleNetV2 share a value") {
    check_plans<shufflenet_v2_cifar_x0_5<10>>();
    check_plans<shufflenet_v2_cifar_x1_0<10>>();
    check_plans<shufflenet_v2_cifar_x1_5<10>>();
    check_plans<shufflenet_v2_x0_5<>>();
    check_plans<shufflenet_v2_x1_0<>>();
    check_plans<shufflenet_v2_x1_5<>>();
    check_plans<shufflenet_v2_x2_0<>>();
}

TEST_CASE("no two live channels of ResNet-18 share a value") { check_plans<resnet18<>>(); }

TEST_CASE("no two live channels of FastestDet share a value") {
    check_plans<fastestdet<80>>();
    check_plans<fastestdet<80, shape{3, 64, 96}>>();
}

// Split, concat, crossover and shuffle are no calls.

namespace {

template <class Network>
constexpr int calls_of(op_kind kind) {
    int count = 0;
    for (const op& o : Network::calls.ops) count += o.kind == kind;
    return count;
}

template <class Network>
constexpr bool only_layers =
    Network::sizes.ops ==
    calls_of<Network>(op_kind::dense) + calls_of<Network>(op_kind::pointwise) +
        calls_of<Network>(op_kind::depthwise) + calls_of<Network>(op_kind::max_pool) +
        calls_of<Network>(op_kind::global_average_pool) + calls_of<Network>(op_kind::linear);

// A stem, three down units of five layers, thirteen units of three, the head, pool and classifier.
static_assert(only_layers<augshufflenet_x0_5<10>> &&
              augshufflenet_x0_5<10>::sizes.ops == 1 + 3 * 5 + 13 * 3 + 3);
static_assert(only_layers<shufflenet_v2_x1_0<>> && shufflenet_v2_x1_0<>::sizes.ops == 2 + 3 * 5 + 13 * 3 + 3);

template <aug_shuffle Unit>
using unit = network<shape{96, 8, 8}, Unit>;
using shuffled = unit<aug_shuffle{.shuffle_groups = 2}>;
using in_order = unit<aug_shuffle{.shuffle_groups = 1}>;
static_assert(shuffled::sizes.ops == 3 && in_order::sizes.ops == 3);
static_assert(shuffled::macs == in_order::macs);
static_assert(shuffled::workspace_bytes == in_order::workspace_bytes);

// A window's copies of planes are no more than it has channels.
using one_channel =
    network<shape{.channels = 1, .height = 1000, .width = 1000}, max_pool{.kernel = 3, .stride = 10}>;
static_assert(one_channel::workspace_bytes < 9'000'000);
static_assert(network<shape{96, 8, 8}, channel_shuffle{.groups = 4}>::sizes.ops == 0);

/// The offset of a channel of the output is that of the input channel that passes to there.
template <class Network>
constexpr bool passes(int output_channel, int input_channel) {
    const auto& where = planned<Network>::where;
    const feature_map out = Network::calls.outputs[0];
    return where.offset[out.first + output_channel] ==
           where.offset[Network::calls.input.first + input_channel];
}

// port at r = 3/8: the bank is channels 0 to 59, [t1, b1, y] goes out, 18, 30 and 48 channels.
static_assert(passes<in_order>(18, 0) && passes<in_order>(18 + 29, 29));
static_assert(passes<shuffled>(2 * 18, 0) && passes<shuffled>(2 * 18 + 2, 1));

// The memory of a forward pass, by the default policy of a machine with 16 lanes.
template <class Network>
constexpr long long kibibytes() {
    const auto where = make_plan(Network::calls, layout_policy{}, 16);
    return (4LL * where.size + 1023) / 1024;
}

// Groups where pixels would leave lanes idle, or fill one vector: 4 x 4 and 7 x 7, but with 4 lanes nowhere.
static_assert(cheapest_switch(augshufflenet_x0_5<10>::calls, 16) == 4 * 4 + 1);
static_assert(cheapest_switch(augshufflenet_x0_5<10>::calls, 8) == 4 * 4 + 1);
static_assert(cheapest_switch(augshufflenet_x0_5<10>::calls, 4) == 0);
static_assert(cheapest_switch(shufflenet_v2_x1_0<>::calls, 16) == 7 * 7 + 1);
static_assert(cheapest_switch(shufflenet_v2_x1_0<>::calls, 8) == 7 * 7 + 1);
static_assert(cheapest_switch(shufflenet_v2_x1_0<>::calls, 4) == 0);
// Planes where outputs would leave lanes idle.
static_assert(cheapest_switch(network<shape{16, 7, 7}, conv{.out = 48}>::calls, 16) == 7 * 7 + 1);
static_assert(cheapest_switch(network<shape{16, 7, 7}, conv{.out = 34}>::calls, 16) == 0);
// Groups from the first layer on where convolutions are dense and fill groups: they skip taps at the edges.
static_assert(cheapest_switch(resnet18<>::calls, 16) == 112 * 112 + 1);
static_assert(cheapest_switch(resnet18<>::calls, 8) == 112 * 112 + 1);
static_assert(cheapest_switch(resnet18<>::calls, 4) == 112 * 112 + 1);
static_assert(cheapest_switch(mobilenet_v2<>::calls, 16) == 7 * 7 + 1);
static_assert(cheapest_switch(fastestdet<>::calls, 16) == 0);
static_assert(cheapest_switch(network<shape{24, 16, 16}, conv{.out = 24, .kernel = 3}>::calls, 16) == 0);

}  // namespace

TEST_CASE("a workspace is small") {
    CHECK(kibibytes<augshufflenet_x0_5<10>>() <= 320);
    CHECK(kibibytes<augshufflenet_x1_0<10>>() <= 640);
    CHECK(kibibytes<augshufflenet_x1_5<10>>() <= 960);
    CHECK(kibibytes<shufflenet_v2_x0_5<>>() <= 3072);
    CHECK(kibibytes<shufflenet_v2_x1_0<>>() <= 3072);
    MESSAGE("workspace of AugShuffleNet 0.5x: "
            << kibibytes<augshufflenet_x0_5<10>>() << " KiB, 1.0x: " << kibibytes<augshufflenet_x1_0<10>>()
            << " KiB, 1.5x: " << kibibytes<augshufflenet_x1_5<10>>() << " KiB");
}
