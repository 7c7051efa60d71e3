// SPDX-License-Identifier: BSD-3-Clause
#include "plait/network/summary.hpp"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "../../examples/support/graph_picture.hpp"
#include "../../examples/support/plan_picture.hpp"
#include "../../examples/support/weave_picture.hpp"
#include "../foreign_locale.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/models/fastestdet.hpp"
#include "plait/models/mobilenet_v2.hpp"
#include "plait/models/resnet.hpp"
#include "plait/models/shufflenet_v2.hpp"
#include "plait/network/memory_map.hpp"

namespace {

using plait::shape;

/// Has no word for itself but its type's.
struct bottleneck {
    constexpr plait::refusal check(shape) const { return {}; }
    constexpr plait::feature_map lower(plait::graph& g, plait::feature_map x) const {
        plait::feature_map y = g.conv(x, {.out = x.count});
        y = g.depthwise(y, {});
        return g.conv(y, {.out = x.count});
    }
};

using residual_network =
    plait::network<shape{8, 16, 16}, plait::residual<plait::activation::relu, bottleneck{}>,
                   plait::channel_shuffle{}, plait::depthwise{.kernel = 5, .stride = 2}, plait::max_pool{},
                   plait::upsample{.factor = 4}>;

/// Asks for an input and adds it.
struct takes_another {
    constexpr plait::refusal check(shape) const { return {}; }
    constexpr plait::feature_map lower(plait::graph& g, plait::feature_map x) const {
        const plait::feature_map made = g.conv(x, {.out = 4});
        return g.add(made, g.input({4, x.size.height, x.size.width}));
    }
};

/// Has a call of every kind, and binary ones of every operand.
struct every_kind {
    static constexpr bool composite = true;

    constexpr plait::refusal check(shape) const { return {}; }
    constexpr plait::feature_map lower(plait::graph& g, plait::feature_map picture) const {
        using namespace plait;
        const feature_map a = g(picture, conv{.out = 16, .kernel = 3}, prelu{}, depthwise{});
        const feature_map b = g(a, conv{.out = 16}, batch_norm{.scales = false}, dropout{});
        feature_map x = g.add(a, b);
        x = g.multiply(x, g.global_average_pool(a));
        x = g.maximum(b.slice(3, 4), x);
        x = g.subtract(real(1), x);
        const feature_map most = g.minimum(g.global_max_pool(b), real(2));
        x = g(g.divide(x, most), combine_values{});
        x = g.multiply(x, g.input({1, 12, 12}));
        x = g(g.multiply(x, real(0.5)), activate{activation::tanh}, softmax{}, max_pool{},
              average_pool{.stride = 1}, conv_transpose{.out = 8}, pixel_unshuffle{}, pixel_shuffle{},
              pad_channels{.before = 1, .after = 3}, pad{.sides = {1, 0, 0, 2}});
        return g(x, flatten{}, linear{.out = 10}, activate{}, dropout{}, linear{.out = 3});
    }
};
using network_of_every_kind = plait::network<shape{8, 12, 12}, every_kind{}>;

template <plait::communication Communication, plait::order Variant, plait::activation Activation>
using augmented =
    plait::network<shape{16, 8, 8}, plait::repeat<2, plait::aug_shuffle{.split = {1, 4},
                                                                        .communication = Communication,
                                                                        .variant = Variant,
                                                                        .expand_activation = Activation}>>;

template <class Network>
std::string weave_of_first_stage() {
    const plait::blueprint b = plait::blueprint_of<Network>();
    const plait::network_summary summary = plait::summarise(b);
    const examples::woven_stage stage = examples::weave_of(b, summary, 1);
    return examples::weaver(b, stage).draw("units");
}

int count_of(const std::string& words, const std::string& text) {
    int count = 0;
    for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++count;
    return count;
}

template <class Network>
void check_totals() {
    const plait::network_summary summary = plait::summarise<Network>();
    long long parameters = 0, macs = 0;
    int op = 0;
    for (const plait::layer_summary& layer : summary.layers) {
        CHECK(layer.first_op == op);
        op = layer.end_op;
        parameters += layer.parameters;
        macs += layer.macs;
    }
    CHECK(op == Network::sizes.ops);
    CHECK(parameters == Network::parameters);
    CHECK(macs == Network::macs);
    CHECK(summary.parameters == Network::parameters);
    CHECK(summary.macs == Network::macs);
    CHECK(summary.workspace_bytes == Network::workspace_bytes);
    CHECK(summary.input == Network::input);
}

std::vector<std::string> names_of(const plait::network_summary& summary) {
    std::vector<std::string> names;
    for (const plait::layer_summary& layer : summary.layers) names.push_back(layer.name);
    return names;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

template <class Network>
void check_plan() {
    const plait::blueprint b = plait::blueprint_of<Network>();
    const std::vector<plait::tenancy> all = plait::tenancies_of(b);
    int most = 0;
    for (int i = 0; i < b.op_count(); ++i) most = std::max(most, plait::live_values(all, i));
    CHECK(most == b.lower_bound);

    for (const plait::tenancy& t : all) {
        CHECK(t.begin >= b.margin);
        CHECK(t.end <= b.size - b.margin);
        const bool shared = std::any_of(all.begin(), all.end(), [&](const plait::tenancy& other) {
            return &other != &t && other.from <= t.until && t.from <= other.until && other.begin < t.end &&
                   t.begin < other.end;
        });
        CHECK_FALSE(shared);
    }
}

}  // namespace

TEST_CASE("a summary's rows add up to the network's constants") {
    check_totals<plait::augshufflenet_x0_5<10>>();
    check_totals<plait::augshufflenet_x1_0<100, plait::order::article>>();
    check_totals<plait::augshufflenet_x1_5<10, plait::order::plus>>();
    check_totals<plait::shufflenet_v2_cifar_x1_0<10>>();
    check_totals<plait::shufflenet_v2_x2_0<1000>>();
    check_totals<plait::fastestdet<80>>();
    check_totals<plait::mobilenet_v2<>>();
    check_totals<plait::resnet18<>>();
    check_totals<residual_network>();
}

TEST_CASE("every row of AugShuffleNet 0.5x has its shape, stage and name") {
    const plait::network_summary summary = plait::summarise<plait::augshufflenet_x0_5<10>>();
    struct row {
        const char* name;
        int stage;
        shape output;
    };
    std::vector<row> expected{{"conv 3x3", 1, {24, 32, 32}}};
    const auto add_stage = [&](int stage, int units, shape output) {
        expected.push_back({"down unit", stage, output});
        for (int i = 0; i < units; ++i) expected.push_back({"AugShuffle unit", stage, output});
    };
    add_stage(2, 3, {48, 16, 16});
    add_stage(3, 7, {96, 8, 8});
    add_stage(4, 3, {192, 4, 4});
    expected.push_back({"conv 1x1", 5, {1024, 4, 4}});
    expected.push_back({"global average pool", 5, {1024, 1, 1}});
    expected.push_back({"linear", 5, {10, 1, 1}});

    REQUIRE(summary.layers.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        CHECK(summary.layers[i].name == expected[i].name);
        CHECK(summary.layers[i].stage == expected[i].stage);
        CHECK(summary.layers[i].output == expected[i].output);
    }
}

TEST_CASE("layers are named in words") {
    const std::vector<std::string> expected{"bottleneck", "add", "depthwise 5x5 / 2", "max pool 3x3 / 2",
                                            "upsample x4"};
    const plait::network_summary summary = plait::summarise<residual_network>();
    CHECK(names_of(summary) == expected);
    CHECK(summary.layers.front().output == shape{8, 16, 16});

    using shuffled = plait::network<shape{24, 8, 8}, plait::grouped_shuffle_unit{.out = 60, .stride = 2},
                                    plait::grouped_shuffle_unit{.out = 60}, plait::max_pool{}>;
    const plait::network_summary grouped = plait::summarise<shuffled>();
    CHECK(names_of(grouped) == std::vector<std::string>{"down unit", "residual unit", "max pool 3x3 / 2"});
    CHECK(grouped.layers[0].output == shape{60, 4, 4});
    CHECK(grouped.layers[1].output == shape{60, 4, 4});

    using normalised = plait::network<shape{3, 8, 8}, plait::batch_norm{}, plait::activate{}, plait::conv{4}>;
    using widened = plait::network<shape{8, 8, 8}, plait::conv{.out = 8, .kernel = 3, .groups = 4},
                                   plait::conv_transpose{.out = 4}>;
    CHECK(names_of(plait::summarise<widened>()) ==
          std::vector<std::string>{"conv 3x3, 4 groups", "transposed conv 2x2 / 2"});
    const plait::network_summary norm = plait::summarise<normalised>();
    CHECK(names_of(norm) == std::vector<std::string>{"batch norm", "conv 1x1"});
    CHECK(norm.layers[0].parameters == 6);
    CHECK(norm.layers[0].macs == 0);
    using moved = plait::network<shape{8, 6, 6}, plait::squeeze_excitation{.squeezed = 2},
                                 plait::pad{.sides = {0, 1, 2, 3}},
                                 plait::pad{.sides = {1, 1, 1, 1}, .mode = plait::padding_mode::reflection},
                                 plait::interpolate{.to = {7, 5}, .by = plait::interpolation::bilinear},
                                 plait::interpolate{.to = {4, 4}}, plait::slice_pixels{.rows = {.step = 2}},
                                 plait::pixel_shuffle{}, plait::pixel_unshuffle{}, plait::global_max_pool{}>;
    CHECK(names_of(plait::summarise<moved>()) ==
          std::vector<std::string>{"squeeze-and-excitation", "pad", "reflection pad", "bilinear 7x5",
                                   "nearest 4x4", "slice of pixels", "pixel shuffle x2", "pixel unshuffle x2",
                                   "global max pool"});

    const auto mobilenet = names_of(plait::summarise<plait::mobilenet_v2<>>());
    CHECK(std::count(mobilenet.begin(), mobilenet.end(), "residual unit") == 10);
    CHECK(std::count(mobilenet.begin(), mobilenet.end(), "bottleneck") == 3);
    CHECK(std::count(mobilenet.begin(), mobilenet.end(), "bottleneck / 2") == 4);

    const auto resnet = names_of(plait::summarise<plait::resnet18<>>());
    CHECK(std::count(resnet.begin(), resnet.end(), "residual unit") == 5);
    CHECK(std::count(resnet.begin(), resnet.end(), "residual unit / 2") == 3);

    const auto torchvision = names_of(plait::summarise<plait::shufflenet_v2_x0_5<>>());
    CHECK(std::count(torchvision.begin(), torchvision.end(), "ShuffleNetV2 unit") == 13);
    CHECK(std::count(torchvision.begin(), torchvision.end(), "down unit") == 3);
}

TEST_CASE("numbers are printed for people") {
    CHECK(plait::with_commas(0) == "0");
    CHECK(plait::with_commas(999) == "999");
    CHECK(plait::with_commas(1000) == "1,000");
    CHECK(plait::with_commas(-1234567) == "-1,234,567");
    CHECK(plait::to_string(shape{24, 32, 16}) == "24 x 32 x 16");
    CHECK(plait::in_kib(1536) == "1.5 KiB");
    CHECK(plait::percent(1, 8) == "12.5 %");
}

TEST_CASE("tables are the same in any locale") {
    const auto summary = plait::summarise<plait::augshufflenet_x0_5<10>>();
    const auto blueprint = plait::blueprint_of<plait::augshufflenet_x0_5<10>>();
    const auto texts = [&] {
        return plait::to_table(summary) + plait::plan_table(blueprint) + plait::memory_map(blueprint);
    };
    const std::string expected = texts();
    const foreign_locale here;
    CHECK(texts() == expected);
}

TEST_CASE("the table has a head, a row a layer, and totals") {
    const plait::network_summary summary = plait::summarise<plait::augshufflenet_x0_5<10>>();
    const std::vector<std::string> lines = lines_of(plait::to_table(summary));
    constexpr std::size_t scopes = 3;
    REQUIRE(lines.size() == summary.layers.size() + scopes + 6);
    CHECK(lines[0] == "layer                output shape  parameters  multiply-adds    share");
    CHECK(lines[1] == std::string(lines[0].size(), '-'));
    CHECK(lines[2] == "input                 3 x 32 x 32");
    CHECK(lines[3] == "conv 3x3             24 x 32 x 32         696        663,552    6.5 %");
    CHECK(lines[4] == "stages.0");
    CHECK(lines[6] == "  AugShuffle unit    48 x 16 x 16       1,512        350,208    3.4 %");
    CHECK(lines[lines.size() - 2] == "total                                 330,862     10,198,144  100.0 %");
    CHECK(lines.back().starts_with("workspace: "));
    CHECK(lines.back().find(plait::with_commas(summary.workspace_bytes) + " bytes") != std::string::npos);
}

TEST_CASE("activations by themselves are called what they are") {
    using plait::activate, plait::activation;
    using net = plait::network<shape{4, 2, 2}, activate{activation::clip(-1, 2)}, activate{activation::relu6},
                               activate{activation::leaky_relu()}, activate{activation::hard_swish},
                               activate{activation::gelu}, plait::prelu{}, plait::softmax{}>;
    CHECK(names_of(plait::summarise<net>()) ==
          std::vector<std::string>{"clip", "ReLU6", "leaky ReLU", "hard swish", "GELU", "PReLU", "softmax"});
    check_totals<net>();
}

TEST_CASE("every kind of call has its word, its place in the plan and its box, with all that it reads") {
    using net = network_of_every_kind;
    check_totals<net>();
    check_plan<net>();
    const plait::blueprint b = plait::blueprint_of<net>();
    const std::vector<std::string> expected{"conv 3x3",
                                            "PReLU",
                                            "depthwise 3x3",
                                            "conv 1x1",
                                            "batch norm",
                                            "add",
                                            "global average pool",
                                            "multiply",
                                            "maximum",
                                            "subtract from 1",
                                            "global max pool",
                                            "minimum with 2",
                                            "divide",
                                            "multiply by values",
                                            "input",
                                            "multiply",
                                            "multiply by 0.5",
                                            "tanh",
                                            "softmax",
                                            "max pool 3x3 / 2",
                                            "average pool 3x3",
                                            "transposed conv 2x2 / 2",
                                            "pixel unshuffle x2",
                                            "pixel shuffle x2",
                                            "zeros",
                                            "pad",
                                            "linear",
                                            "ReLU",
                                            "linear"};
    CHECK(names_of(plait::summarise(b)) == expected);
    const std::vector<std::string> plan = lines_of(plait::plan_table(b));
    const std::vector<examples::graph_box> boxes = examples::graph_of(b).boxes;
    REQUIRE(plan.size() == expected.size() + 4);
    REQUIRE(boxes.size() == expected.size() + 2);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO(expected[i]);
        CHECK(plan[i + 2].find(expected[i]) != std::string::npos);
        const examples::graph_box& box = boxes[i + 1];
        const plait::op& o = b.call(static_cast<int>(i));
        const bool is_input = o.kind == plait::op_kind::input;
        // A resampling reads zeros and the map that they stand beside.
        const bool joins = o.other.count > 0 || o.kind == plait::op_kind::resample;
        CHECK(box.name == (is_input ? "input 2" : expected[i]));
        CHECK((box.what == examples::graph_box::kind::input) == is_input);
        CHECK(box.reads.size() == (joins ? 2 : is_input ? 0 : 1));
    }
    CHECK(boxes[0].name == "input 1");
    CHECK(boxes[8].reads[1].from == 7);
    CHECK(boxes[8].reads[1].channels == 16);
    CHECK(boxes[9].reads[0].from == 5);
    CHECK(boxes[9].reads[0].channels == 1);
    using unit = plait::network<shape{3, 4, 4}, takes_another{}>;
    const std::vector<examples::graph_box> of_unit = examples::graph_of(plait::blueprint_of<unit>()).boxes;
    REQUIRE(of_unit.size() == 4);
    CHECK(of_unit[1].what == examples::graph_box::kind::input);
    CHECK(of_unit[2].name == "takes_another");
    CHECK(of_unit[2].reads.size() == 2);
    const std::string graph = examples::graph_picture(b).draw("every kind");
    for (const examples::graph_box& box : boxes) CHECK(count_of(">" + box.name + "<", graph) >= 1);
    CHECK(count_of("</svg>", examples::plan_picture(b).draw("every kind")) == 1);
}

TEST_CASE("channels weave as often as a unit crosses them over") {
    using plait::activation, plait::communication, plait::order;
    using never = augmented<communication::never, order::port, activation::none>;
    using once = augmented<communication::after_depthwise, order::article, activation::silu>;
    using twice = augmented<communication::after_both, order::port, activation::relu>;
    using twice_in_article = augmented<communication::after_both, order::article, activation::none>;
    CHECK(count_of(">crossover<", weave_of_first_stage<never>()) == 0);
    CHECK(count_of(">crossover<", weave_of_first_stage<once>()) == 2);
    CHECK(count_of(">SiLU<", weave_of_first_stage<once>()) == 2);
    CHECK(count_of(">crossover<", weave_of_first_stage<twice>()) == 4);
    CHECK(count_of(">crossover<", weave_of_first_stage<twice_in_article>()) == 4);
}

TEST_CASE("the table has a heading for every name that weights stand under") {
    const std::vector<std::string> lines =
        lines_of(plait::to_table(plait::summarise<plait::fastestdet<80>>()));
    const auto stage = std::find(lines.begin(), lines.end(), "backbone.stage4");
    REQUIRE(stage != lines.end());
    CHECK(stage[1].starts_with("  down unit"));
    CHECK(stage[4].starts_with("  ShuffleNetV2 unit"));
    CHECK(stage[5].starts_with("average pool 3x3 / 2"));
    CHECK(std::count(lines.begin(), lines.end(), "backbone.stage4") == 1);
}

TEST_CASE(
    "no two places of a plan overlap while both are in use, and the fullest moment is the lower bound") {
    check_plan<plait::augshufflenet_x0_5<10>>();
    check_plan<plait::augshufflenet_x0_5<100, plait::order::article>>();
    check_plan<plait::shufflenet_v2_cifar_x0_5<10>>();
    check_plan<plait::fastestdet<80>>();
    check_plan<residual_network>();
}

TEST_CASE("the plan prints a line an op, and a map of as many rows as asked") {
    const plait::blueprint b = plait::blueprint_of<plait::augshufflenet_x0_5<10>>();
    const std::vector<std::string> table = lines_of(plait::plan_table(b));
    REQUIRE(table.size() == b.ops.size() + 4);
    CHECK(table[2].starts_with(" 0  conv 3x3"));
    CHECK(table.back().starts_with("workspace " + plait::with_commas(b.workspace_bytes()) + " bytes"));

    const std::vector<std::string> map = lines_of(plait::memory_map(b, 24));
    REQUIRE(map.size() == 25);
    for (std::size_t row = 0; row < 24; ++row) CHECK(map[row].size() == 10 + b.ops.size());
    CHECK(map[23][10] == 'i');
}
