// SPDX-License-Identifier: BSD-3-Clause
// Networks of hundreds of calls, within what compilers allow a constant to cost without a flag.
#include <doctest/doctest.h>

#include "comparison.hpp"
#include "plait/blocks/blocks.hpp"

using namespace plait;

namespace {

/// ResNet's bottleneck (arXiv 1512.03385), the stride in its 3 x 3 convolution.
struct bottleneck {
    int width;
    int stride = 1;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        feature_map y = g.conv(x, {.out = width, .act = activation::relu});
        y = g.conv(y, {.out = width, .kernel = 3, .stride = stride, .act = activation::relu});
        y = g.conv(y, {.out = 4 * width});
        const bool same = y.dimensions() == x.dimensions();
        return g.add(same ? x : g.conv(x, {.out = 4 * width, .stride = stride}), y, activation::relu);
    }
};

/// DenseNet's layer (arXiv 1608.06993) with its convolutions before its norms.
struct dense_layer {
    int growth = 32;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map y = g.conv(x, {.out = 4 * growth, .act = activation::relu});
        return g.concat(x, g.conv(y, {.out = growth, .kernel = 3, .act = activation::relu}));
    }
};

/// Half of the channels at half of the size.
struct transition {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.average_pool(g.conv(x, {.out = x.count / 2, .act = activation::relu}), {});
    }
};

constexpr shape picture{3, 224, 224};
constexpr conv stem{.out = 64, .kernel = 7, .stride = 2};
constexpr linear classifier{.out = 1000};

using resnet50 = network<picture, stem, max_pool{}, repeat<3, bottleneck{64}>, bottleneck{128, 2},
                         repeat<3, bottleneck{128}>, bottleneck{256, 2}, repeat<5, bottleneck{256}>,
                         bottleneck{512, 2}, repeat<2, bottleneck{512}>, global_average_pool{}, classifier>;
// torchvision's table.
static_assert(resnet50::parameters == 25'557'032);
static_assert(resnet50::macs == 4'089'184'256);
static_assert(resnet50::sizes.ops == 1 + 1 + 16 * 4 + 4 + 2);

using densenet121 = network<picture, stem, max_pool{}, repeat<6, dense_layer{}>, transition{},
                            repeat<12, dense_layer{}>, transition{}, repeat<24, dense_layer{}>, transition{},
                            repeat<16, dense_layer{}>, global_average_pool{}, classifier>;
constexpr int dense_layers = 6 + 12 + 24 + 16;
static_assert(densenet121::sizes.ops == 2 + 2 * dense_layers + 2 * 3 + 2);
static_assert(densenet121::layer<8>::output == shape{1024, 7, 7});

using fifty_blocks = network<shape{64, 56, 56}, repeat<50, bottleneck{16}>, global_average_pool{}>;
static_assert(fifty_blocks::sizes.ops == 50 * 4 + 1);

constexpr int units = 200;
using many_units = network<shape{96, 16, 16}, repeat<units, aug_shuffle{.split = {3, 8}}>,
                           global_average_pool{}, linear{.out = 10}>;
static_assert(many_units::sizes.ops == 3 * units + 2);
static_assert(many_units::parameters ==
              units * ((36 * 36 + 2 * 36) + (36 * 9 + 2 * 36) + (48 * 48 + 2 * 48)) + 970);

template <class Network>
constexpr bool is_planned = planned<Network>::where.size >= planned<Network>::where.lower_bound;
static_assert(is_planned<resnet50> && is_planned<densenet121> && is_planned<fifty_blocks>);

}  // namespace

TEST_CASE("two hundred units compute what plain loops do") { comparison::check<many_units>(); }
