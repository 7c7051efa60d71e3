// SPDX-License-Identifier: BSD-3-Clause
// Networks that are not chains, and runs of blocks, against the calls of the lowered network one by one.
#include "comparison.hpp"

using namespace plait;
using namespace comparison;

namespace {

/// A branch, a residual add, a tap that is used again later, and two outputs.
struct tapped_block {
    static constexpr bool composite = true;

    constexpr refusal check(shape) const { return {}; }
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

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map y = g(x, conv{.out = 2 * channels + second, .activation = activation::none});
        return g.add(y.slice(0, channels), y.slice(second, second + channels), activation::none);
    }
};

/// Channels from the middle of one group up to the middle of the next, after a whole group.
struct unaligned_block {
    static constexpr bool composite = true;
    int begin = 4;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map y = g.concat(x.slice(0, 16), x.slice(begin, begin + 16));
        return g(y, depthwise{});
    }
};

/// One call reads channels twice.
struct twice_block {
    static constexpr bool composite = true;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map y = g(x, conv{.out = 12});
        return g(g.concat(y, y.slice(3, 9), y), depthwise{}, conv{.out = 5});
    }
};

/// Nobody reads one call, and half of another.
struct unread_block {
    static constexpr bool composite = true;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        (void)g(x, conv{.out = 3});
        const feature_map y = g(x.slice(1, 4), conv{.out = 36});
        return g(y.slice(17, 36), depthwise{}, conv{.out = 4});
    }
};

/// The weights of one head for two feature maps, and an output for each.
struct shared_head_block {
    static constexpr bool composite = true;
    int second_out = 7;
    bool shared = true;  ///< else the second has weights of its own

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map picture) const {
        const auto scores = [](int out) {
            return conv{.out = out, .after = affine::bias, .activation = activation::none};
        };
        const feature_map large =
            g.in("large")(picture, conv{.out = 18, .kernel = 3, .activation = activation::relu6});
        const feature_map small =
            g.in("small")(large, conv{.out = 18, .kernel = 3, .stride = 2, .groups = 3});
        g.output(g.in("head")(large, depthwise{.kernel = 5}, scores(7)));
        const graph_scope second = shared ? g.share("head") : g.in("second_head");
        return second(small, depthwise{.kernel = 5}, scores(second_out));
    }
};

/// DenseNet's layer: what it makes of all before joins them.
struct dense_layer_block {
    static constexpr bool composite = true;
    int growth = 5;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        constexpr conv bare{.out = 8, .after = affine::none, .activation = activation::none};
        return g.concat(
            x, g(x, batch_norm{}, activate{}, bare, batch_norm{}, activate{},
                 conv{.out = growth, .kernel = 3, .after = affine::none, .activation = activation::none}));
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

TEST_CASE("one head's weights at two places, outputs of two sizes") {
    using net = network<shape{3, 22, 22}, shared_head_block{}>;
    static_assert(net::calls.outputs[0].dimensions() == shape{7, 22, 22});
    static_assert(net::output == shape{7, 11, 11});
    constexpr int head = 18 * 25 + 2 * 18 + 18 * 7 + 7;
    static_assert(net::parameters == 3 * 9 * 18 + 2 * 18 + 18 * 6 * 9 + 2 * 18 + head);
    static_assert(net::macs ==
                  22 * 22 * (3 * 9 * 18 + 18 * 25 + 18 * 7) + 11 * 11 * (18 * 6 * 9 + 18 * 25 + 18 * 7));
    check_all_policies<net>();
    check_all_policies<network<shape{3, 4, 6}, shared_head_block{}>>();

    // Where both places read the weights alike, they are kept once.
    using apart = network<shape{3, 22, 22}, shared_head_block{.shared = false}>;
    static_assert(apart::parameters == net::parameters + head);
    static_assert(executor<net, groups_everywhere>::packed_size + head <
                  executor<apart, groups_everywhere>::packed_size);

    constexpr shared_head_block other{.second_out = 8};
    static_assert(
        std::is_same_v<refusal_of<shape{3, 8, 8}, other>,
                       block_refuses_join<0, shared_head_block, other, shape{18, 8, 8}, shape{18, 4, 4},
                                          refusals::shared_weights_must_have_one_shape>>);
}

TEST_CASE("grouped convolutions") {
    using net = network<shape{12, 10, 14}, conv{.out = 60, .groups = 3}, channel_shuffle{.groups = 3},
                        conv{.out = 24, .kernel = 3, .groups = 4},
                        conv{.out = 48, .kernel = 5, .stride = 2, .groups = 2},
                        conv{.out = 48, .groups = 48, .activation = activation::sigmoid}>;
    static_assert(net::parameters == 60 * 4 + 120 + 24 * 15 * 9 + 48 + 48 * 12 * 25 + 96 + 48 + 96);
    static_assert(net::sizes.ops == 5);
    check_all_policies<net>();
    // As in ResNeXt, in RegNet, and of many groups.
    check_all_policies<
        network<shape{32, 7, 6}, conv{.out = 32, .kernel = 3, .groups = 8}, conv{.out = 20}>>();
    check_all_policies<
        network<shape{48, 8, 5}, conv{.out = 48, .kernel = 3, .stride = 2, .groups = 3}, also_output,
                residual<activation::relu, conv{.out = 48, .kernel = 3, .groups = 3}>>>();
    check_all_policies<
        network<shape{80, 3, 3}, conv{.out = 160, .groups = 40}, conv{.out = 80, .groups = 40}>>();
    static_assert(std::is_same_v<refusal_of<shape{12, 4, 4}, conv{.out = 10, .groups = 3}>,
                                 block_refuses_input<0, conv, conv{.out = 10, .groups = 3}, shape{12, 4, 4},
                                                     refusals::groups_must_divide_the_channels>>);
}

TEST_CASE("a depthwise convolution that makes several channels of each") {
    using net = network<shape{7, 6, 9}, conv{.out = 21, .kernel = 3, .groups = 7}, conv{.out = 5},
                        conv{.out = 10, .kernel = 5, .stride = 2, .groups = 5, .after = affine::bias}>;
    static_assert(net::sizes.ops == 3);
    static_assert(net::calls.ops[0].kind == op_kind::depthwise);
    static_assert(net::parameters == 21 * 9 + 42 + 21 * 5 + 10 + 10 * 25 + 10);
    static_assert(net::macs == 54 * (21 * 9 + 21 * 5) + 15 * 10 * 25);
    check_all_policies<net>();
    check_all_policies<network<shape{16, 4, 4}, conv{.out = 64, .kernel = 3, .groups = 16}, depthwise{},
                               channel_shuffle{.groups = 4}, conv{.out = 128, .groups = 64}>>();
    check_all_policies<network<shape{17, 1, 1}, conv{.out = 34, .kernel = 3, .groups = 17}>>();
}

TEST_CASE("a linear layer of all values of a map") {
    using net = network<shape{3, 12, 9}, conv{.out = 20, .kernel = 3, .stride = 2}, max_pool{}, flatten{},
                        linear{.out = 33}, activate{}, dropout{}, linear{.out = 7, .bias = false}>;
    static_assert(net::output == shape{7, 1, 1});
    static_assert(net::parameters == 20 * 27 + 40 + 33 * 20 * 9 + 33 + 7 * 33);
    static_assert(net::macs == 30 * 20 * 27 + 33 * 20 * 9 + 7 * 33);
    check_all_policies<net>();
    check_all_policies<
        network<shape{5, 6, 6}, channel_shuffle{.groups = 5}, linear{.out = 40, .bias = false}>>();
    check_all_policies<network<shape{18, 4, 5}, conv{24}, also_output, linear{.out = 3}>>();
}

TEST_CASE("transposed convolutions") {
    using net = network<shape{5, 6, 4}, conv_transpose{.out = 20}, conv{.out = 12, .kernel = 3},
                        conv_transpose{.out = 9,
                                       .kernel = 3,
                                       .padding = 1,
                                       .output_padding = 1,
                                       .after = affine::bias,
                                       .activation = activation::sigmoid},
                        conv_transpose{.out = 4, .kernel = 4, .padding = 1, .after = affine::none}>;
    static_assert(net::sizes.ops == 5);
    static_assert(net::layer<2>::output == shape{9, 24, 16});
    static_assert(net::output == shape{4, 48, 32});
    static_assert(net::parameters == 20 * 5 * 4 + 40 + 12 * 20 * 9 + 24 + 9 * 12 * 9 + 9 + 4 * 9 * 16);
    static_assert(net::macs == 24 * 20 * 5 * 4 + 96 * 12 * 20 * 9 + 96 * 9 * 12 * 9 + 384 * 4 * 9 * 16);
    check_all_policies<net>();
    check_all_policies<
        network<shape{3, 5, 3}, conv_transpose{.out = 18, .kernel = 3}, also_output, depthwise{},
                conv_transpose{.out = 3, .kernel = 5, .stride = 3, .padding = 1}, batch_norm{}>>();
    check_all_policies<
        network<shape{18, 1, 1}, conv_transpose{.out = 5, .kernel = extent{4, 3}, .stride = extent{4, 2}}>>();
}

TEST_CASE("norms that no convolution takes") {
    using dense = network<shape{7, 6, 5}, repeat<3, dense_layer_block{}>, batch_norm{}, activate{}>;
    static_assert(dense::sizes.ops == 3 * 3 + 1);
    static_assert(dense::parameters ==
                  2 * 7 + 2 * 12 + 2 * 17 + 8 * (7 + 12 + 17) + 3 * 16 + 3 * 8 * 5 * 9 + 2 * 22);
    static_assert(dense::macs == 30 * (8 * (7 + 12 + 17) + 3 * 8 * 5 * 9));
    check_all_policies<dense>();
    check_all_policies<network<shape{20, 3, 9}, batch_norm{}, also_output, activate{activation::sigmoid},
                               batch_norm{.scales = false}, max_pool{}, batch_norm{}>>();
    check_all_policies<network<shape{17, 1, 1}, batch_norm{}, conv{4}, batch_norm{}>>();
}

TEST_CASE("activations, softmax and both kinds of average pool") {
    check_all_policies<
        network<shape{5, 12, 10}, conv{.out = 20, .activation = activation::relu6},
                average_pool{.count_include_pad = false}, depthwise{.activation = activation::sigmoid},
                average_pool{.kernel = 5, .stride = 1}, activate{activation::relu6},
                residual<activation::sigmoid, conv{.out = 20, .activation = activation::none}>, softmax{}>>();
    using plait::activation;
    check_all_policies<
        network<shape{5, 12, 10}, conv{.out = 20, .activation = activation::silu}, prelu{},
                depthwise{.stride = 2, .activation = activation::gelu}, prelu{.one_slope = true},
                residual<activation::hard_swish, conv{.out = 20, .activation = activation::elu()}>>>();
}

TEST_CASE("a value for each channel, and constants, on either side") {
    using enum binary_operation;
    using net =
        network<shape{6, 5, 7}, combine_values{}, conv{.out = 20, .kernel = 3, .after = affine::bias},
                combine_values{.operation = subtract, .value_first = true, .name = "offset"},
                combine_constant{.operation = divide, .constant = 0.5}, combine_values{.operation = maximum},
                combine_constant{.operation = subtract, .constant = 2, .constant_first = true},
                channel_shuffle{.groups = 4}, combine_values{.operation = add}, global_average_pool{},
                combine_values{.operation = minimum}, linear{.out = 3}>;
    static_assert(net::parameters == 6 + 20 * 6 * 9 + 20 + 4 * 20 + 3 * 20 + 3);
    static_assert(net::macs == 35 * 20 * 6 * 9 + 60);
    check_all_policies<net>();
}

/// Asks for a map to add and a gate for each channel, and uses a third input at the end.
struct with_further_inputs {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map gate = g.input({x.count, 1, 1});
        const feature_map beside = g.input({5, x.size.height, x.size.width});
        const feature_map late = g.input({3, 2, 2});
        feature_map y = g.conv(g.concat(x, beside), {.out = x.count, .kernel = 3, .name = "mixed"});
        y = g.multiply(g.add(y, x), gate, activation::relu);
        y = g.conv(y, {.out = 18, .stride = 2, .name = "down"});
        g.output(late);
        g.output(g.conv(late, {.out = 4, .name = "late"}));
        return y;
    }
};

/// An input that nobody reads.
struct with_an_idle_input {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.input({4, 3, 3}), x; }
};

TEST_CASE("several inputs") {
    using net = network<shape{7, 9, 6}, conv{.out = 12, .kernel = 3}, with_further_inputs{},
                        with_an_idle_input{}, conv{.out = 9}>;
    static_assert(net::input_count == 5);
    static_assert(net::input_shape<0> == shape{7, 9, 6} && net::input_shape<2> == shape{5, 9, 6});
    static_assert(net::sizes.outputs == 3);
    check_all_policies<net>();
    check_all_policies<network<shape{1, 1, 1}, with_further_inputs{}>>();

    using only_further = network<shape{2, 4, 4}, with_an_idle_input{}>;
    static_assert(only_further::input_count == 2);
    check_all_policies<only_further>();
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
