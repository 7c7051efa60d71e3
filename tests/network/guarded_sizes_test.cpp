// SPDX-License-Identifier: BSD-3-Clause
#include "guarded.hpp"
#include "plait/blocks/blocks.hpp"

using namespace plait;

namespace {

constexpr layout_policy planes_only{.groups_below_pixels = 0};
constexpr layout_policy groups_everywhere{.groups_below_pixels = 1 << 20};

template <int Height, int Width, int Channels = 3>
using small_network =
    network<shape{Channels, Height, Width},  //
            conv{.out = 20, .kernel = 3}, aug_shuffle{.split = {1, 2}}, shuffle_down{.out = 48},
            aug_shuffle{.split = {3, 8}, .shuffle_groups = 1}, depthwise{.kernel = 5}, conv{.out = 7},
            global_average_pool{}, linear{.out = 17}>;

template <class Network>
void check_policies() {
    guarded::check<Network>();
    guarded::check<Network, planes_only>();
    guarded::check<Network, groups_everywhere>();
}

}  // namespace

TEST_CASE("small networks of odd sizes touch nothing but their workspace, picture and output") {
    guarded::check<small_network<2, 2>>();
    guarded::check<small_network<14, 2>>();
    guarded::check<small_network<2, 34>>();
    guarded::check<small_network<10, 18>>();
    guarded::check<small_network<30, 28>>();
    check_policies<small_network<6, 14, 1>>();
    check_policies<small_network<16, 16, 5>>();
}

TEST_CASE("a first layer that reads the picture where it lies touches nothing beyond it") {
    guarded::check<network<shape{3, 5, 65}, conv{.out = 5, .kernel = 3, .stride = 2}, conv{.out = 4}>>();
    guarded::check<network<shape{3, 9, 64}, conv{.out = 9, .kernel = 7, .stride = 2}>, planes_only>();
    guarded::check<network<shape{1, 3, 48}, conv{.out = 5, .kernel = 3}>, planes_only>();
    guarded::check<network<shape{2, 8, 65}, conv{.out = 3, .kernel = 4, .stride = 4}>, planes_only>();
    guarded::check<network<shape{2, 1, 90}, conv{.out = 3, .kernel = 3, .stride = 5}>, planes_only>();
}

TEST_CASE("strided layers at the end of a workspace touch nothing beyond it") {
    // The first layer's maps are large: what the strided one makes then fits before its input.
    check_policies<network<shape{40, 16, 2}, conv{.out = 2}, depthwise{.kernel = 1, .stride = 2}>>();
    check_policies<network<shape{40, 16, 2}, conv{.out = 2}, conv{.out = 1, .kernel = 1, .stride = 2}>>();
    check_policies<network<shape{40, 16, 2}, conv{.out = 2}, max_pool{.kernel = 1, .stride = 2}>>();
    check_policies<network<shape{40, 16, 2}, conv{.out = 2}, depthwise{.kernel = 3, .stride = 2}>>();
    check_policies<network<shape{40, 5, 7}, conv{.out = 2}, conv{.out = 3, .kernel = 5}>>();
    check_policies<network<shape{40, 5, 33}, conv{.out = 2}, depthwise{.kernel = 7}>>();
    check_policies<network<shape{40, 5, 33}, conv{.out = 2}, upsample{}>>();
}
