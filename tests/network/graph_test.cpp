// SPDX-License-Identifier: BSD-3-Clause
// Networks that are not chains, and runs of blocks, against the calls of the lowered network one by one.
#include "comparison.hpp"

using namespace plait;
using namespace comparison;

namespace {

/// A branch, a residual add, a tap that is used again later, and two outputs.
struct tapped_block {
    static constexpr bool composite = true;

    constexpr fault check(shape) const { return fault::none; }
    constexpr feature_map lower(graph& g, feature_map picture) const {
        const feature_map stem = g(picture, conv{.out = 20, .kernel = 3});
        const feature_map tap = g(stem, shuffle_unit{});
        const feature_map left = g(tap, depthwise{.kernel = 5});
        const feature_map right = g(tap, conv{.out = 12}, depthwise{});
        const feature_map branch = g(g.concat(left, right), conv{.out = 20, .activation = activation::none});
        const feature_map sum = g.add(stem, branch, activation::relu);
        g.output(sum);
        const feature_map deep = g(sum, shuffle_down{.out = 24}, aug_shuffle{.split = {1, 2}}, upsample{});
        return g(g.concat(deep, tap.slice(4, 10)), channel_shuffle{.groups = 3}, conv{.out = 9});
    }
};
constexpr tapped_block tapped{};

/// Both sides of an add are slices of one map, or begin in the middle of a group.
struct add_of_slices_block {
    static constexpr bool composite = true;
    int channels = 8;
    int second = 8;  ///< where the second summand begins

    constexpr fault check(shape) const { return fault::none; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map y = g(x, conv{.out = 2 * channels + second, .activation = activation::none});
        return g.add(y.slice(0, channels), y.slice(second, second + channels), activation::none);
    }
};

/// Channels from the middle of one group up to the middle of the next, after a whole group.
struct unaligned_block {
    static constexpr bool composite = true;
    int begin = 4;

    constexpr fault check(shape) const { return fault::none; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map y = g.concat(x.slice(0, 16), x.slice(begin, begin + 16));
        return g(y, depthwise{});
    }
};

/// One call reads channels twice.
struct twice_block {
    static constexpr bool composite = true;
    constexpr fault check(shape) const { return fault::none; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map y = g(x, conv{.out = 12});
        return g(g.concat(y, y.slice(3, 9), y), depthwise{}, conv{.out = 5});
    }
};

/// Nobody reads one call, and half of another.
struct unread_block {
    static constexpr bool composite = true;
    constexpr fault check(shape) const { return fault::none; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        (void)g(x, conv{.out = 3});
        const feature_map y = g(x.slice(1, 4), conv{.out = 36});
        return g(y.slice(17, 36), depthwise{}, conv{.out = 4});
    }
};

template <extent Size>
void check_tapped() {
    check_all_policies<network<shape{3, Size.height, Size.width}, tapped>>();
}

template <int Pixels, int Channels, int Second>
void check_add() {
    constexpr add_of_slices_block block{.channels = Channels, .second = Second};
    check_all_policies<network<shape{5, Pixels, Pixels}, block>>();
}

}  // namespace

TEST_CASE("a branch, a residual add, a tap used again and two outputs") {
    using net = network<shape{3, 8, 6}, tapped>;
    static_assert(net::sizes.outputs == 2);
    static_assert(net::calls.outputs[0].dimensions() == shape{20, 8, 6});
    static_assert(net::output == shape{9, 8, 6});
    check_tapped<extent{8, 6}>();
    check_tapped<extent{2, 2}>();
    check_tapped<extent{14, 18}>();
}

TEST_CASE("residual, parallel, chain and a further output as blocks") {
    constexpr conv plain{.out = 24, .activation = activation::none};
    using net =
        network<shape{6, 7, 9},                                                                           //
                conv{.out = 24, .kernel = 3}, residual<activation::relu, depthwise{.kernel = 3}, plain>,  //
                also_output,                                                                              //
                parallel<chain<>, depthwise{.kernel = 5}, chain<conv{.out = 10}, depthwise{}>>,
                conv{.out = 7}>;
    static_assert(net::sizes.outputs == 2);
    static_assert(net::template layer<3>::output == shape{58, 7, 9});
    check_all_policies<net>();
}

TEST_CASE("an add of slices of one map") {
    check_add<3, 8, 8>();
    check_add<3, 20, 20>();
    check_add<3, 16, 16>();
    check_add<1, 8, 8>();
    check_add<1, 20, 20>();
    check_add<1, 32, 32>();
    check_add<3, 16, 4>();
    check_add<1, 16, 4>();
}

TEST_CASE("a map of single pixels that is not whole groups") {
    check_all_policies<network<shape{36, 1, 1}, unaligned_block{.begin = 4}>>();
    check_all_policies<network<shape{36, 1, 1}, unaligned_block{.begin = 8}>>();
    check_all_policies<network<shape{36, 1, 1}, unaligned_block{.begin = 16}>>();
    check_all_policies<network<shape{36, 2, 2}, unaligned_block{.begin = 4}>>();
}

TEST_CASE("a channel that is read twice by one call, and a channel that nobody reads") {
    check_all_policies<network<shape{4, 6, 7}, twice_block{}>>();
    check_all_policies<network<shape{6, 6, 7}, unread_block{}>>();
}

TEST_CASE("an output that is the input, or that is put out twice") {
    check<network<shape{6, 4, 5}, also_output, conv{.out = 4}>>();
    check<network<shape{6, 2, 2}, conv{.out = 4}, also_output, also_output>, groups_everywhere>();
}

TEST_CASE("a network without a call only renames") {
    check<network<shape{6, 4, 5}, channel_shuffle{.groups = 3}>>();
    check<network<shape{6, 1, 1}, channel_shuffle{.groups = 2}>>();
}

TEST_CASE("runs of blocks") {
    check_all_policies<
        network<shape{3, 16, 24},  //
                conv{.out = 24, .kernel = 3, .stride = 2}, max_pool{}, shuffle_down{.out = 20},
                repeat<2, shuffle_unit{}>, conv{.out = 17}, global_average_pool{}, linear{.out = 11}>>();
    check_all_policies<network<shape{5, 14, 10},  //
                               conv{.out = 24, .kernel = 5}, repeat<3, aug_shuffle{.split = {1, 2}}>,
                               shuffle_down{.out = 48}, repeat<2, aug_shuffle{.variant = order::article}>,
                               global_average_pool{}, linear{.out = 1}>>();
}
