// SPDX-License-Identifier: BSD-3-Clause
// Where the tensors of a network stand in a state_dict, as its blocks say it.
#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include "plait/blocks/blocks.hpp"
#include "plait/network/tensors.hpp"

using namespace plait;

namespace {

constexpr shape picture{3, 8, 8};

/// "0.0.weight 4 3 3 3", of every tensor; running statistics end with "running".
template <class Network>
std::vector<std::string> tensors() {
    std::vector<std::string> found;
    const network_tensors all = tensors_of<Network>();
    for (const parameter& row : all.rows) {
        std::string line = all.name(row);
        for (int d = 0; d < row.rank; ++d) line.append(" ").append(std::to_string(row.dimensions[d]));
        found.push_back(line.append(row.is_trained() ? "" : " running"));
    }
    return found;
}

/// The layers that have tensors, in order.
template <auto... Blocks>
std::vector<std::string> layers() {
    std::vector<std::string> found;
    const network_tensors all = tensors_of<network<picture, Blocks...>>();
    for (const parameter& row : all.rows) {
        const std::string name(all.layer_name(row.call));
        if (found.empty() || found.back() != name) found.push_back(name);
    }
    return found;
}

using names = std::vector<std::string>;

/// A block of a user that names nothing.
struct two_layers {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        x = g.conv(x, {.out = 6, .act = activation::relu});
        return g.conv(x, {.out = 4, .after = affine::bias});
    }
};

/// A composite of a user: its blocks are numbered with those around it.
struct pair_block {
    static constexpr bool composite = true;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g(x, conv{.out = 4}, conv{.out = 5});
    }
};

/// Scopes, numbers and names of calls side by side.
struct scopes_block {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        x = g(x, conv{.out = 4});
        x = g.in("left")(x, conv{.out = 4}, conv{.out = 4});
        x = g.in("")(x, conv{.out = 4});
        x = g.in_next()(x, conv{.out = 4});
        x = g.in("a")([&] { return g.in("b.c")(x, conv{.out = 4}); });
        x = g.flat([&] { return g(x, conv{.out = 4}, conv{.out = 4}); });
        x = g.conv(x, {.out = 4, .act = activation::relu, .name = "conv", .norm_name = "bn"});
        return g(x, conv{.out = 4});
    }
};

/// The layers of a scope are used once more.
template <bool Norm>
struct shared_block {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        constexpr conv head{.out = 3, .after = Norm ? affine::batch_norm : affine::bias};
        x = g.in("head")(x, head);
        x = g.share("head")(x, head);
        return g.share("head")(x, head);
    }
};

/// One convolution, norms of its own for each use.
struct shared_without_norm_block {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const auto convolve = [&] { return g.conv(x, {.out = 3, .after = affine::none, .name = "conv"}); };
        x = g.batch_norm(g.in("")(convolve), {}, "bn1");
        return g.batch_norm(g.share("")(convolve), {}, "bn2");
    }
};

/// One norm for two convolutions.
struct shared_norm_block {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        x = g.conv(x, {.out = 3, .name = "conv1", .norm_name = "bn"});
        x = g.conv(x, {.out = 3, .after = affine::none, .name = "conv2"});
        return g.share("")([&] { return g.batch_norm(x, {}, "bn"); });
    }
};

/// The norm of a convolution, then of what it is not alone to read, then of another convolution.
struct shared_norms_alone_block {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const auto norm = [&](feature_map of) {
            return g.share("")([&] { return g.batch_norm(of, {}, "bn"); });
        };
        x = g.conv(x, {.out = 3, .name = "conv1", .norm_name = "bn"});
        x = norm(x);
        x = norm(g.activate(x, activation::relu));
        return norm(g.conv(x, {.out = 3, .after = affine::none, .name = "conv2"}));
    }
};
struct one_norm_alone_block {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        x = g.batch_norm(x, {}, "bn");
        const auto again = [&] { return g.batch_norm(x, {}, "bn"); };
        return g.share("")(again);
    }
};
/// Normalised in its second place alone.
struct normalised_later_block {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const auto convolve = [&] { return g.conv(x, {.out = 3, .after = affine::none, .name = "conv"}); };
        x = g.activate(g.in("")(convolve), activation::relu);
        return g.batch_norm(g.share("")(convolve), {}, "bn");
    }
};

template <class Refusal>
constexpr bool is_collision = false;
template <class Name, int First, class FirstKind, int Second, class SecondKind>
constexpr bool is_collision<layers_have_one_name<Name, First, FirstKind, Second, SecondKind>> = true;

template <auto... Blocks>
constexpr bool collides = is_collision<refusal_of<picture, Blocks...>>;

/// The block that a refusal names.
template <class Refusal>
struct block_of;
template <int Position, class Kind, auto Block, shape Input, refusal Why>
struct block_of<block_refuses_input<Position, Kind, Block, Input, Why>> {
    using type = Kind;
};

template <auto... Blocks>
using refused_kind = typename block_of<refusal_of<picture, Blocks...>>::type;

}  // namespace

TEST_CASE("a network is one nn.Sequential: blocks without weights have numbers, branches go on with them") {
    CHECK(layers<conv{4}, max_pool{}, conv{4}>() == names{"0.0", "0.1", "2.0", "2.1"});
    CHECK(layers<conv{4}, dropout{}, identity{}, channel_shuffle{}, activate{}, softmax{}, upsample{},
                 conv{.out = 4, .after = affine::none}>() == names{"0.0", "0.1", "7.0"});
    CHECK(layers<conv{4}, global_average_pool{}, flatten{}, dropout{}, linear{5}>() ==
          names{"0.0", "0.1", "4"});
    CHECK(layers<parallel<conv{4}, chain<>, conv{4}>, conv{4}>() ==
          names{"0.0", "0.1", "1.0", "1.1", "2.0", "2.1"});
    CHECK(layers<repeat<2, conv{3}>, residual<activation::relu, conv{3}>, also_output, norms{}, conv{3}>() ==
          names{"0.0", "0.1", "1.0", "1.1", "2.0", "2.1", "3.0", "3.1"});
}

TEST_CASE("a PReLU has a number and a weight, of one slope for each channel or for all") {
    CHECK(layers<conv{4}, prelu{}, conv{4}>() == names{"0.0", "0.1", "1", "2.0", "2.1"});
    CHECK(layers<conv{4}, activate{activation::gelu}, prelu{}>() == names{"0.0", "0.1", "2"});
    CHECK(layers<named<"act", prelu{}>>() == names{"act"});
    using each = network<shape{5, 4, 4}, prelu{}>;
    using shared = network<shape{5, 4, 4}, prelu{.one_slope = true}>;
    static_assert(each::parameters == 5 && each::macs == 0);
    static_assert(shared::parameters == 1);
    static_assert(each::parameter_rows.size == 1 && each::parameter_rows.rows[0].elements() == 5);
    static_assert(shared::parameter_rows.rows[0].elements() == 1);
    static_assert(each::parameter_rows.rows[0].role == tensor_role::weight);
}

TEST_CASE("a value for each channel has a name of its own, or is the weight of a number") {
    CHECK(layers<conv{4}, combine_values{}, combine_constant{.constant = 2}, conv{4}>() ==
          names{"0.0", "0.1", "1.weight", "2.0", "2.1"});
    CHECK(layers<named<"block", chain<combine_values{.name = "layer_scale"}>>>() ==
          names{"block.layer_scale"});
    using net = network<shape{5, 4, 4}, combine_values{}>;
    static_assert(net::parameters == 5 && net::macs == 0);
    static_assert(net::parameter_rows.size == 1 && net::parameter_rows.rows[0].is_trained());
}

TEST_CASE("a Sequential within another, and the layers of one that is flat") {
    CHECK(layers<sequential<conv{4}, sequential<conv{4}>, conv{4}>, conv{4}>() ==
          names{"0.0.0", "0.0.1", "0.1.0.0", "0.1.0.1", "0.2.0", "0.2.1", "1.0", "1.1"});
    CHECK(layers<flat<conv{4}, conv{.out = 4, .activation = activation::none}, depthwise{}, dropout{},
                      conv{.out = 4, .after = affine::none}, conv{4}>>() ==
          names{"0", "1", "3", "4", "5", "6", "9", "11", "12"});
    CHECK(layers<flat<conv{.out = 4, .after = affine::none, .activation = activation::none}, batch_norm{},
                      activate{}, conv{4}>>() == names{"0", "1", "3", "4"});
    CHECK(layers<flat<conv{4}, sequential<conv{4}>>, conv{4}>() ==
          names{"0", "1", "3.0", "3.1", "4.0", "4.1"});
    CHECK(layers<flat<named<"stem", conv{4}>, conv{4}>>() == names{"stem.0", "stem.1", "0", "1"});
    CHECK(layers<flat<two_layers{}, conv{4}>>() == names{"0.0", "0.1", "0.3", "1", "2"});
}

TEST_CASE("names that count on take the place of numbers") {
    CHECK(
        layers<conv{4}, numbered<"unit1", conv{4}, max_pool{}, repeat<2, conv{4}>>, conv{4}>() ==
        names{"0.0", "0.1", "unit1.0", "unit1.1", "unit3.0", "unit3.1", "unit4.0", "unit4.1", "1.0", "1.1"});
    CHECK(layers<scope<"stage", numbered<"block2-9", sequential<conv{4}>, linear{5}>>>() ==
          names{"stage.block2-9.0.0", "stage.block2-9.0.1", "stage.block2-10"});
    CHECK(layers<numbered<"7", named<"stem", conv{4}>, scope<"a", conv{4}>, conv{4}>>() ==
          names{"stem.0", "stem.1", "a.0.0", "a.0.1", "7.0", "7.1"});
    CHECK(layers<numbered<"a.b0", flat<conv{4}>>>() == names{"a.b0", "a.b1"});
}

namespace {

constexpr inverted_residual units[]{{.out = 4, .expansion = 1}, {.out = 5, .stride = 2, .expansion = 1}};
constexpr conv refused_units[]{{4}, {5}, {0}};

}  // namespace

TEST_CASE("blocks of an array are numbered as if they had been written down") {
    CHECK(layers<conv{4}, each<units>, conv{4}>() == layers<conv{4}, units[0], units[1], conv{4}>());
    static_assert(std::is_same_v<refused_kind<each<refused_units>>, conv>);
    static_assert(std::is_same_v<refusal_of<picture, conv{3}, scope<"a", each<refused_units>>>,
                                 block_refuses_input<1, conv, refused_units[2], shape{5, 8, 8},
                                                     refusals::output_channels_must_be_positive>>);
}

TEST_CASE("units of one kind under the names of several articles' code") {
    CHECK(layers<inverted_residual{.out = 4, .flat = true}>() ==
          names{"0.layers.0", "0.layers.1", "0.layers.3", "0.layers.4", "0.layers.6", "0.layers.7"});
    CHECK(layers<inverted_residual{.out = 4}>() ==
          names{"0.conv.0.0", "0.conv.0.1", "0.conv.1.0", "0.conv.1.1", "0.conv.2", "0.conv.3"});
    CHECK(layers<bottleneck_residual{.out = 4, .width = 2}>() == names{"0.conv1", "0.bn1", "0.conv2", "0.bn2",
                                                                       "0.conv3", "0.bn3", "0.downsample.0",
                                                                       "0.downsample.1"});
    CHECK(layers<bottleneck_residual{.out = 4, .width = 2, .names = bottleneck_names::letters}>() ==
          names{"0.f.a.0", "0.f.a.1", "0.f.b.0", "0.f.b.1", "0.f.c.0", "0.f.c.1", "0.proj.0", "0.proj.1"});
    CHECK(layers<dense_unit{.growth = 2}>() == names{"0.norm1", "0.conv1", "0.norm2", "0.conv2"});
    CHECK(layers<named<"a", inception{.out = {1, 2, 3, 4}, .reduced = {5, 6}}>>() ==
          names{"a.branch1.conv", "a.branch1.bn", "a.branch2.0.conv", "a.branch2.0.bn", "a.branch2.1.conv",
                "a.branch2.1.bn", "a.branch3.0.conv", "a.branch3.0.bn", "a.branch3.1.conv", "a.branch3.1.bn",
                "a.branch4.1.conv", "a.branch4.1.bn"});
    using mixed = network<picture, inception{.out = {1, 2, 3, 4}, .reduced = {5, 6}, .third_kernel = 5}>;
    static_assert(mixed::output == shape{10, 8, 8});
    static_assert(mixed::macs == 64 * (3 * 1 + 3 * 5 + 5 * 2 * 9 + 3 * 6 + 6 * 3 * 25 + 3 * 4));
    static_assert(network<picture, dense_unit{.growth = 2, .bottleneck = 3}>::output == shape{5, 8, 8});
}

TEST_CASE("scopes have numbers of their own and end with their blocks") {
    CHECK(layers<conv{4}, scope<"a", conv{4}, scope<"b", conv{4}>, conv{4}>, conv{4}>() ==
          names{"0.0", "0.1", "a.0.0", "a.0.1", "a.b.0.0", "a.b.0.1", "a.1.0", "a.1.1", "1.0", "1.1"});
    CHECK(layers<scopes_block{}>() ==
          names{"0.0.0", "0.0.1",   "0.left.0.0", "0.left.0.1",  "0.left.1.0",  "0.left.1.1", "0.1.0",
                "0.1.1", "0.2.0.0", "0.2.0.1",    "0.a.b.c.0.0", "0.a.b.c.0.1", "0.3",        "0.4",
                "0.6",   "0.7",     "0.conv",     "0.bn",        "0.9.0",       "0.9.1"});
}

TEST_CASE("a block with a name takes no number, whatever it does") {
    CHECK(layers<named<"stem", conv{4}>, conv{4}, named<"drop", dropout{}>,
                 named<"pool", global_average_pool{}>, named<"fc", linear{5}>>() ==
          names{"stem.0", "stem.1", "0.0", "0.1", "fc"});
    CHECK(layers<named<"features", chain<conv{4}, conv{4}>>, conv{4}>() ==
          names{"features.0.0", "features.0.1", "features.1.0", "features.1.1", "0.0", "0.1"});
    constexpr conv by_name{.out = 4, .name = "conv1", .norm_name = "bn1"};
    constexpr conv without_activation{
        .out = 4, .activation = activation::none, .name = "conv1", .norm_name = "bn1"};
    CHECK(layers<by_name, conv{4}>() == names{"conv1", "bn1", "0.0", "0.1"});
    CHECK(layers<without_activation, conv{4}>() == names{"conv1", "bn1", "0.0", "0.1"});
    CHECK(layers<named<"stem", by_name>, by_name>() == names{"stem.conv1", "stem.bn1", "conv1", "bn1"});
    CHECK(layers<conv{.out = 4, .after = affine::bias, .name = "head"}>() == names{"head"});
}

TEST_CASE("blocks of a user") {
    CHECK(layers<two_layers{}, two_layers{}>() == names{"0.0", "0.1", "0.3", "1.0", "1.1", "1.3"});
    CHECK(layers<pair_block{}, pair_block{}>() ==
          names{"0.0", "0.1", "1.0", "1.1", "2.0", "2.1", "3.0", "3.1"});
    CHECK(layers<scope<"left", pair_block{}>, named<"right", pair_block{}>>() ==
          names{"left.0.0", "left.0.1", "left.1.0", "left.1.1", "right.0.0", "right.0.1", "right.1.0",
                "right.1.1"});
}

TEST_CASE("every tensor has its shape, and is trained or a running statistic") {
    CHECK(tensors<network<picture, conv{.out = 4, .kernel = 3, .after = affine::bias_and_batch_norm},
                          depthwise{.kernel = 5, .after = {.scales = false}},
                          conv{.out = 8, .groups = 2, .after = affine::bias},
                          conv{.out = 8, .kernel = 3, .groups = 8, .after = affine::none},
                          conv{.out = 16, .kernel = 3, .groups = 8, .after = affine::none}, linear{.out = 5},
                          linear{.out = 2, .bias = false}>>() ==
          names{"0.0.weight 4 3 3 3", "0.0.bias 4", "0.1.weight 4", "0.1.bias 4",
                "0.1.running_mean 4 running", "0.1.running_var 4 running", "1.0.weight 4 1 5 5",
                "1.1.running_mean 4 running", "1.1.running_var 4 running", "2.0.weight 8 2 1 1", "2.0.bias 8",
                "3.0.weight 8 1 3 3", "4.0.weight 16 1 3 3", "5.weight 5 1024", "5.bias 5", "6.weight 2 5"});
}

TEST_CASE("a transposed convolution has its inputs first") {
    CHECK(tensors<network<picture, conv_transpose{.out = 5, .kernel = extent{2, 4}, .padding = extent{0, 1}},
                          conv_transpose{.out = 2, .after = affine::bias, .name = "up"}>>() ==
          names{"0.0.weight 3 5 2 4", "0.1.weight 5", "0.1.bias 5", "0.1.running_mean 5 running",
                "0.1.running_var 5 running", "up.weight 5 2 2 2", "up.bias 2"});
}

TEST_CASE("weights that are shared are one tensor") {
    CHECK(tensors<network<picture, shared_block<false>{}>>() ==
          names{"0.head.0.0.weight 3 3 1 1", "0.head.0.0.bias 3"});
    CHECK(layers<shared_block<true>{}>() == names{"0.head.0.0", "0.head.0.1"});
    CHECK(layers<shared_without_norm_block{}>() == names{"0.conv", "0.bn1", "0.bn2"});
    CHECK(layers<shared_norm_block{}>() == names{"0.conv1", "0.bn", "0.conv2"});

    static_assert(network<picture, shared_block<false>{}>::parameters == 9 + 3);
    static_assert(network<picture, shared_block<true>{}>::parameters == 9 + 6);
    static_assert(network<picture, shared_without_norm_block{}>::parameters == 9 + 6 + 6);
    static_assert(network<picture, shared_norm_block{}>::parameters == 9 + 9 + 6);

    static_assert(network<picture, shared_norms_alone_block{}>::parameters == 9 + 6 + 9);
    static_assert(network<picture, shared_norms_alone_block{}>::macs == 64 * (9 + 9));
    static_assert(network<picture, one_norm_alone_block{}>::parameters == 6);
    CHECK(tensors<network<picture, one_norm_alone_block{}>>() ==
          names{"0.bn.weight 3", "0.bn.bias 3", "0.bn.running_mean 3 running", "0.bn.running_var 3 running"});

    // Packed once, where the norm that is folded in is the same one.
    static_assert(network<picture, one_norm_alone_block{}>::calls.ops[1].weights_of == 0);
    static_assert(network<picture, shared_norms_alone_block{}>::calls.ops[1].weights_of == op::none);
    static_assert(network<picture, shared_norms_alone_block{}>::calls.ops[3].weights_of == op::none);
    static_assert(network<picture, normalised_later_block{}>::calls.ops[1].weights_of == op::none);
    static_assert(network<picture, shared_block<true>{}>::calls.ops[2].weights_of == 0);
    static_assert(network<picture, shared_without_norm_block{}>::calls.ops[1].weights_of == op::none);
    static_assert(network<picture, shared_norm_block{}>::calls.ops[1].weights_of == op::none);
}

namespace {

struct in_twice {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.in("a")(g.in("a")(x, conv{3}), conv{3});
    }
};

/// The word of its layer is lost, since the layer has one.
struct one_named_layer {
    static constexpr bool layer = true;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.conv(x, {.out = 3, .after = affine::none, .name = "own"});
    }
};

struct shares_nothing {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.share("a")(x, conv{3}); }
};

/// The second use has another epsilon, so that one tensor would be two things.
struct shares_another_norm {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.share("a")(g.in("a")(x, conv{3}), conv{.out = 3, .after = {.epsilon = 1e-3}});
    }
};

template <auto... Blocks>
constexpr bool is_refused = !is_accepted<network<picture, Blocks...>>;

}  // namespace

TEST_CASE("no two layers get one tensor unless that was asked for") {
    static_assert(collides<in_twice{}>);
    static_assert(collides<scope<"a", conv{3}>, scope<"a", conv{3}>>);
    static_assert(collides<repeat<2, scope<"a", conv{3}>>>);
    static_assert(collides<repeat<2, named<"a", conv{3}>>>);
    static_assert(collides<named<"0", conv{3}>, conv{3}>);
    static_assert(collides<scope<"a", scope<"b", conv{3}>>, scope<"a.b", conv{3}>>);
    static_assert(collides<conv{.out = 3, .name = "a", .norm_name = "a"}>);
    static_assert(collides<conv{.out = 3, .name = "a", .norm_name = "b"},
                           conv{.out = 3, .name = "b", .norm_name = "c"}>);
    static_assert(!collides<scope<"a", conv{3}>, scope<"b", conv{3}>>);

    static_assert(is_refused<named<"other", one_named_layer{}>>);
    static_assert(!is_refused<one_named_layer{}>);
    static_assert(is_refused<shares_nothing{}>);
    static_assert(is_refused<shares_another_norm{}>);
    static_assert(is_refused<scope<"a..b", conv{3}>>);
    static_assert(is_refused<scope<"a.", conv{3}>>);
    static_assert(collides<numbered<"a1", conv{3}>, numbered<"a1", conv{3}>>);
    static_assert(collides<numbered<"a1", repeat<2, conv{3}>>, named<"a2", conv{3}>>);
    static_assert(!collides<numbered<"a1", conv{3}>, numbered<"a2", conv{3}>>);
    static_assert(is_refused<numbered<"a", conv{3}>>);
    static_assert(is_refused<numbered<"", conv{3}>>);
    static_assert(is_refused<numbered<"a01", conv{3}>>);
    static_assert(is_refused<numbered<"a1234567", conv{3}>>);
    static_assert(is_refused<numbered<"a..0", conv{3}>>);
    static_assert(is_refused<numbered<".0", conv{3}>>);
    static_assert(!is_refused<numbered<"a0", conv{3}>>);
    static_assert(!is_refused<numbered<"a123456", conv{3}>>);
}

namespace {

/// Concatenated before it is normalised: of the join, only the norm's half is read.
struct joined_before_norm {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map a = g.conv(x, {.out = 4, .after = affine::none});
        const feature_map b = g.conv(x, {.out = 4});
        const feature_map both = g.concat(b, a);
        return g.add(g.batch_norm(both.slice(4, 8), {}), both.slice(0, 4), activation::none);
    }
};

/// What it puts out is normalised by the next block.
struct two_sums {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.concat(g.conv(x, {.out = 4}), g.conv(x, {.out = 4, .after = affine::none}));
    }
};
struct norm_of_half {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.concat(x.slice(0, 4), g.batch_norm(x.slice(4, 8), {}));
    }
};

template <auto... Blocks>
constexpr int kernel_calls = network<picture, Blocks...>::sizes.ops;

}  // namespace

TEST_CASE("a refusal in a block with a name is that block's") {
    static_assert(std::is_same_v<refused_kind<named<"a", conv{.out = 0}>>, conv>);
    static_assert(std::is_same_v<refused_kind<conv{3}, scope<"a", conv{3}, conv{.out = 0}>>, conv>);
    static_assert(std::is_same_v<refused_kind<named<"a", chain<conv{3}, linear{0}>>>, linear>);
}

TEST_CASE("what one kernel computes is one call, in whichever blocks it was written") {
    constexpr conv bare{.out = 4, .after = affine::none, .activation = activation::none};
    static_assert(kernel_calls<conv{4}> == 1);
    static_assert(kernel_calls<bare, batch_norm{}, activate{}> == 1);
    static_assert(kernel_calls<bare, dropout{}, batch_norm{}, dropout{}, activate{}, dropout{}> == 1);
    static_assert(kernel_calls<bare, activate{}, dropout{}, conv{4}, dropout{}> == 2);
    static_assert(kernel_calls<dropout{}, conv{4}> == 1);
    static_assert(kernel_calls<bare, also_output, activate{}> == 2);
    static_assert(kernel_calls<bare, also_output, batch_norm{}> == 2);
    static_assert(kernel_calls<bare, batch_norm{}, batch_norm{}> == 2);
    static_assert(kernel_calls<bare, activate{}, batch_norm{}> == 2);
    static_assert(kernel_calls<batch_norm{}, activate{}> == 1);
    static_assert(kernel_calls<batch_norm{}, dropout{}, activate{activation::relu6}, dropout{}, bare> == 2);
    static_assert(kernel_calls<max_pool{}, batch_norm{}, also_output, activate{}> == 3);
    static_assert(kernel_calls<joined_before_norm{}> == 3);
    static_assert(network<picture, joined_before_norm{}>::workspace_bytes > 0);

    using halves = network<picture, two_sums{}, norm_of_half{}>;
    static_assert(halves::sizes.ops == 2);
    static_assert(halves::workspace_bytes > 0);
    static_assert(halves::layer<0>::output_map.count == 0);
    static_assert(halves::layer<1>::output_map.count == 8);
}

TEST_CASE("a norm has the network's epsilon unless it says its own") {
    using net = network<picture, conv{3}, norms{.epsilon = 1e-3, .momentum = 0.01}, conv{3},
                        conv{.out = 3, .after = {.epsilon = 1e-2}}, norms{}, conv{3}>;
    static_assert(net::calls.ops[0].normalisation == batch_norm_options{1e-5, 0.1, true});
    static_assert(net::calls.ops[1].normalisation == batch_norm_options{1e-3, 0.01, true});
    static_assert(net::calls.ops[2].normalisation == batch_norm_options{1e-2, 0.01, true});
    static_assert(net::calls.ops[3].normalisation == batch_norm_options{1e-5, 0.1, true});
    static_assert(is_refused<norms{.epsilon = -1.0}, conv{3}>);
    static_assert(is_refused<conv{.out = 3, .after = {.epsilon = -1e-5}}>);
    static_assert(is_refused<conv{.out = 3, .after = {.momentum = 2.0}}>);
}
