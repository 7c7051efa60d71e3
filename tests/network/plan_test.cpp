// SPDX-License-Identifier: BSD-3-Clause
// Holds plans against a simulation of the workspace, value by value, that knows nothing of how they are made.
#include "plait/network/plan.hpp"

#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "plait/models/augshufflenet.hpp"
#include "plait/models/fastestdet.hpp"
#include "plait/models/mobilenet_v2.hpp"
#include "plait/models/resnet.hpp"
#include "plait/models/shufflenet_v2.hpp"

using namespace plait;

namespace {

constexpr int nobody = -1;
constexpr int scratch_of_a_call = -2;

/// Goes through a network's calls and keeps, for every value of the workspace, which channel it belongs to.
template <class Network>
class simulation {
public:
    using plan_type = plan<Network::sizes>;

    simulation(const plan_type& where, layout_policy policy)
        : where_(where), policy_(policy), owner_(static_cast<std::size_t>(where.size), nobody) {
        find_last_readers();
    }

    void run() {
        check_addresses();
        write(calls().input, where_.input_step, 0);
        for (int i = 0; i < Network::sizes.ops; ++i) {
            const op& o = calls().ops[i];
            const op_layout layout = where_.layout[i];
            check_owned(o.in, layout.in_step);
            check_margins(o);
            const int scratch = scratch_size(select(o, layout, policy_.lanes), o);
            take(where_.scratch[i], scratch, scratch_of_a_call, i);
            write(o.out, layout.out_step, i);
            check_owned(o.out, layout.out_step);
            check_range(where_.scratch[i], scratch, scratch_of_a_call);
            alive_at_most_ = std::max(alive_at_most_, alive(i, scratch));
        }
        for (const feature_map& map : calls().outputs) check_owned(map, step_of(map));
        CHECK(faults_ == 0);
    }

    /// Values that hold a channel still to be read, or scratch, at the call where they are most.
    int alive_at_most() const { return alive_at_most_; }

private:
    static constexpr const auto& calls() { return Network::calls; }
    static int channel(feature_map map, int i) { return calls().pool[map.first + i]; }

    void expect(bool holds) { faults_ += holds ? 0 : 1; }

    void find_last_readers() {
        last_.assign(static_cast<std::size_t>(Network::sizes.channels), nobody);
        step_.assign(static_cast<std::size_t>(Network::sizes.channels), where_.input_step);
        for (int i = 0; i < Network::sizes.ops; ++i) {
            const op& o = calls().ops[i];
            for (int c = 0; c < o.in.count; ++c) last(channel(o.in, c)) = i;
            for (int c = 0; c < o.out.count; ++c)
                step_[static_cast<std::size_t>(channel(o.out, c))] = where_.layout[i].out_step;
        }
        for (const feature_map& map : calls().outputs) {
            for (int c = 0; c < map.count; ++c) last(channel(map, c)) = Network::sizes.ops;
        }
    }
    int& last(int channel) { return last_[static_cast<std::size_t>(channel)]; }
    int step_of(feature_map map) const { return step_[static_cast<std::size_t>(channel(map, 0))]; }

    /// A channel lies in one place wherever it is named, in the layout that its readers are told.
    void check_addresses() {
        std::vector<int> address(static_cast<std::size_t>(Network::sizes.channels), nobody);
        for (int i = 0; i < Network::sizes.pool; ++i) {
            int& known = address[static_cast<std::size_t>(calls().pool[i])];
            expect(known == nobody || known == where_.offset[i]);
            known = where_.offset[i];
        }
        for (int i = 0; i < Network::sizes.ops; ++i) {
            const feature_map in = calls().ops[i].in;
            for (int c = 0; c < in.count; ++c)
                expect(step_[static_cast<std::size_t>(channel(in, c))] == where_.layout[i].in_step);
        }
    }

    void check_owned(feature_map map, int step) {
        for (int c = 0; c < map.count; ++c) {
            for (int p = 0; p < map.size.pixels(); ++p)
                expect(owner(where_.offset[map.first + c] + p * step) == channel(map, c));
        }
    }

    void check_range(int begin, int count, int who) {
        for (int i = begin; i < begin + count; ++i) expect(owner(i) == who);
    }

    /// A window reads as far as it reaches above and below a plane, and whole vectors.
    void check_margins(const op& o) {
        const int half = o.kernel / 2;
        const int reach = half * (o.in.size.width / o.stride) + half;
        for (int c = 0; c < o.in.count; ++c) {
            const int begin = where_.offset[o.in.first + c];
            expect(begin - reach >= 0);
            const int end = begin + o.in.size.pixels() + reach;
            expect(end + policy_.lanes <= where_.size);
        }
    }

    /// Whoever writes finds nobody here who is still to be read, now or later.
    void take(int begin, int count, int who, int now) {
        for (int i = begin; i < begin + count; ++i) {
            expect(0 <= i && i < where_.size);
            expect(owner(i) < 0 || last(owner(i)) < now);
            owner(i) = who;
        }
    }

    /// Kernels write whole vectors of a plane, and all lanes of a group.
    void write(feature_map map, int step, int now) {
        for (int i = 0; i < map.count; ++i) {
            const int begin = where_.offset[map.first + i];
            const int pixels = map.size.pixels();
            if (step == 1) take(begin, rounded_up(pixels, policy_.lanes), channel(map, i), now);
            if (step > 1 && i % step == 0) take(begin, pixels * step, nobody, now);
            if (step > 1) {
                expect(begin == where_.offset[map.first + i / step * step] + i % step);
                expect((begin - i % step) % step == 0);
                for (int p = 0; p < pixels; ++p) owner(begin + p * step) = channel(map, i);
            }
        }
    }

    int& owner(int i) {
        static int outside;
        outside = nobody;
        return 0 <= i && i < where_.size ? owner_[static_cast<std::size_t>(i)] : outside;
    }

    /// What must be kept during call `now`: channels still to be read, those that it writes, and its scratch.
    int alive(int now, int scratch) {
        int values = scratch;
        std::vector<bool> written(static_cast<std::size_t>(Network::sizes.channels));
        const feature_map out = calls().ops[now].out;
        for (int c = 0; c < out.count; ++c) written[static_cast<std::size_t>(channel(out, c))] = true;
        for (int who : owner_) {
            if (who >= 0 && (last(who) >= now || written[static_cast<std::size_t>(who)])) ++values;
        }
        return values;
    }

    const plan_type& where_;
    layout_policy policy_;
    std::vector<int> owner_;
    std::vector<int> last_;
    std::vector<int> step_;
    int alive_at_most_ = 0;
    int faults_ = 0;
};

constexpr layout_policy policies[]{
    {.lanes = 16, .groups_below_pixels = 64},
    {.lanes = 8, .groups_below_pixels = 32},
    {.lanes = 4, .groups_below_pixels = 16},
    {.lanes = 16, .groups_below_pixels = 0},
    {.lanes = 4, .groups_below_pixels = 0},
    {.lanes = 16, .groups_below_pixels = 1 << 20},
    {.lanes = 8, .groups_below_pixels = 1 << 20},
    {.lanes = 16, .groups_below_pixels = 200},
    {.lanes = 16},
};

/// What first fit may leave unused: with groups from the first layer on, the few channels of a picture leave
/// a hole that the next maps do not fill.
constexpr int spare_per_cent(const layout_policy& policy) {
    return policy.groups_below_pixels > 1024 ? 12 : 3;
}

template <class Network>
void check_plans() {
    for (const layout_policy& policy : policies) {
        INFO("parameters " << Network::parameters << ", lanes " << policy.lanes << ", groups below "
                           << policy.groups_below_pixels << " pixels");
        const auto where = std::make_unique<plan<Network::sizes>>(make_plan(Network::calls, policy));
        simulation<Network> workspace(*where, policy);
        workspace.run();
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
    const auto where = make_plan(Network::calls, layout_policy{.lanes = 16});
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
