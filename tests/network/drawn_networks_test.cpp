// SPDX-License-Identifier: BSD-3-Clause
// What holds for every network that is drawn by chance. Their kernels are compiled apart, some networks in
// each unit: see CMakeLists.txt.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <map>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "../guarded_memory.hpp"
#include "comparison.hpp"
#include "drawn/ledger.hpp"
#include "drawn/paper.hpp"
#include "drawn/subject.hpp"

using namespace drawn;

namespace {

using values = std::vector<float>;

std::string described(const subject& s, const ledger& declared) {
    return std::string("seed ") + std::to_string(s.seed) + ", groups below " +
           std::to_string(s.policy.groups_below_pixels) + " pixels:\n" + declared.words();
}

/// A drawn network with weights, a picture, and memory that lies against pages which nobody may touch.
struct setting {
    explicit setting(const subject& s, guarded_memory::flush side = guarded_memory::flush::with_end)
        : net(s),
          weights(reference::random_weights(s.placed.ops.data(), s.calls.count, s.seed + 1)),
          picture(reference::random_picture(s.input, s.seed + 2)),
          further(further_inputs(s)),
          contiguous(static_cast<std::size_t>(s.input.elements())),
          packed(sizeof(float) * static_cast<std::size_t>(s.packed_size), side),
          workspace(sizeof(float) * static_cast<std::size_t>(s.placed.size), side) {
        reference::copy(picture, contiguous.data());
        for (int i = 0; i < s.calls.count; ++i) pack(i);
        fill_workspace(std::numeric_limits<float>::quiet_NaN());
    }

    static std::vector<reference::map> further_inputs(const subject& s) {
        std::vector<reference::map> all;
        for (const plait::op& o : s.placed.ops) {
            if (o.kind == plait::op_kind::input)
                all.push_back(reference::random_picture(o.out.dimensions(),
                                                        s.seed + 4 + static_cast<unsigned>(all.size())));
        }
        return all;
    }

    void pack(int op) {
        const auto& layer = weights[static_cast<std::size_t>(op)];
        if (!layer.weights.empty()) net.pack(op, layer.weights.data(), layer.bias.data(), packed.floats());
    }

    void fill_workspace(float value) { std::fill_n(workspace.floats(), net.placed.size, value); }

    /// Each in its place.
    void put_inputs() {
        net.put_input(contiguous.data(), workspace.floats());
        auto next = further.begin();
        for (std::size_t i = 0; i < net.placed.ops.size(); ++i) {
            const plait::op& o = net.placed.ops[i];
            if (o.kind != plait::op_kind::input) continue;
            for (int c = 0; c < o.out.count; ++c) {
                float* to = workspace.floats() + net.placed.offset[static_cast<std::size_t>(o.out.first + c)];
                for (const double value : next->channels[static_cast<std::size_t>(c)]) {
                    *to = static_cast<float>(value);
                    to += net.placed.layout[i].out_step;
                }
            }
            ++next;
        }
    }

    void run() {
        put_inputs();
        net.forward(packed.floats(), workspace.floats());
    }

    values output(plait::feature_map map) const {
        values found(static_cast<std::size_t>(map.dimensions().elements()));
        net.get_map(map, workspace.floats(), found.data());
        return found;
    }

    std::vector<values> outputs() const {
        std::vector<values> all;
        for (const plait::feature_map& map : net.placed.outputs) all.push_back(output(map));
        return all;
    }

    const subject& net;
    std::vector<reference::layer_weights> weights;
    reference::map picture;
    std::vector<reference::map> further;
    values contiguous;
    guarded_memory packed;
    guarded_memory workspace;
};

bool same_bits(const values& a, const values& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), sizeof(float) * a.size()) == 0;
}

bool same_bits(const std::vector<values>& a, const std::vector<values>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const values& x, const values& y) { return same_bits(x, y); });
}

values contiguous(const plait::map_view& made) {
    values all;
    const plait::shape s = made.dimensions();
    for (int c = 0; c < s.channels; ++c) {
        for (int y = 0; y < s.height; ++y) {
            for (int x = 0; x < s.width; ++x) all.push_back(made(c, y, x));
        }
    }
    return all;
}

/// Compares what each call has made, when it has made it.
struct call_checker {
    const subject& net;
    const reference::run& expected;
    int looked_at = 0;

    void check(int op, const plait::map_view& made) {
        ++looked_at;
        const plait::op& o = net.placed.ops[static_cast<std::size_t>(op)];
        INFO("call " << op << ", " << plait::to_string(o.kind) << " " << o.window.rows.kernel << " x "
                     << o.window.columns.kernel << " / " << o.window.rows.stride);
        check_agreement(contiguous(made), reference::values(expected.get(o.out)), comparison::tolerance,
                        reference::least_largest);
    }
    static void look(void* self, int op, const plait::map_view& made) {
        static_cast<call_checker*>(self)->check(op, made);
    }
};

template <class Check>
void for_each_subject(Check check) {
    for (const subject& s : subjects()) {
        const ledger declared(s.seed);
        const std::string words = described(s, declared);
        INFO(words);
        check(s, declared);
    }
}

}  // namespace

TEST_CASE("more than 200 networks are drawn, no two alike, and every block is in some") {
    std::set<std::string> different;
    std::map<std::string, int> blocks;
    for_each_subject([&](const subject& s, const ledger& declared) {
        different.insert(std::to_string(s.policy.groups_below_pixels) + declared.words());
        for (const std::string& block : declared.blocks()) ++blocks[block];
    });
    CHECK(subjects().size() == networks_in_a_unit * units);
    CHECK(different.size() == subjects().size());
    CHECK(different.size() >= 200);

    std::string counts;
    for (const auto& [block, count] : blocks)
        counts += std::string("\n  ") + std::to_string(count) + " " + block;
    MESSAGE(different.size() << " networks of these blocks:" << counts);
    for (const char* block : {"activate",
                              "also_output",
                              "aug_shuffle",
                              "average_pool",
                              "basic_residual",
                              "batch_norm",
                              "bottleneck_residual",
                              "chain",
                              "combine_values",
                              "channel_shuffle",
                              "conv",
                              "conv_transpose",
                              "depthwise",
                              "dropout",
                              "flatten",
                              "global_average_pool",
                              "global_max_pool",
                              "grouped_shuffle_unit",
                              "highway",
                              "inverted_residual",
                              "linear",
                              "max_pool",
                              "mobile_bottleneck",
                              "pad",
                              "pad_channels",
                              "parallel",
                              "prelu",
                              "pixel_shuffle",
                              "pixel_unshuffle",
                              "interpolate",
                              "repeat",
                              "residual",
                              "shuffle_down",
                              "shuffle_unit",
                              "slice_pixels",
                              "softmax",
                              "squeeze_excitation",
                              "upsample"}) {
        INFO(block);
        CHECK(blocks[block] >= 5);
    }
}

TEST_CASE("ratios, groups, strides, joins and shared weights of every kind are drawn") {
    std::map<std::string, int> networks_with;
    for_each_subject([&](const subject&, const ledger& declared) {
        for (const char* words : {".split = {3, 8}",
                                  ".split = {1, 2}",
                                  ".split = {1, 4}",
                                  ".split = {5, 8}",
                                  ".split = {1, 8}",
                                  ".split = {3, 4}",
                                  ".split = {1, 3}",
                                  ".split = {2, 3}",
                                  ".split = {1, 6}",
                                  ".communication = never",
                                  ".communication = after_depthwise",
                                  ".communication = after_both",
                                  ".variant = port",
                                  ".variant = article",
                                  ".variant = plus",
                                  ".mix = none",
                                  ".mix = after",
                                  ".mix = before",
                                  ".mix = before_pairs",
                                  ".groups = 2",
                                  ".groups = 3",
                                  ".groups = 4",
                                  ".stride = 2",
                                  ".stride = 3",
                                  ".stride = extent{",
                                  ".kernel = extent{",
                                  ".kernel = 2",
                                  ".kernel = 4",
                                  ".padding = padding::centred",
                                  ".padding = padding::tensorflow_same",
                                  ".padding = sides{",
                                  ".dilation = 2",
                                  ".dilation = extent{",
                                  ".ceil_mode = true",
                                  ".ceil_mode = false",
                                  ".scales = true",
                                  ".scales = false",
                                  ".bias = true",
                                  ".bias = false",
                                  ".after = bias_and_batch_norm",
                                  ".after = batch_norm_without_affine",
                                  ".after = batch_norm",
                                  ".after = bias",
                                  ".after = none",
                                  ".activation = none",
                                  ".activation = relu",
                                  ".activation = relu6",
                                  ".activation = sigmoid",
                                  ".activation = hard_swish",
                                  ".activation = silu",
                                  ".activation = leaky_relu(0.01",
                                  ".activation = elu(",
                                  ".activation = tanh",
                                  ".activation = gelu",
                                  ".activation = gelu_tanh",
                                  ".activation = hard_sigmoid(0.1667, 0.5",
                                  ".activation = hard_sigmoid(0.25",
                                  ".activation = clip(-1",
                                  ".gate = hard_sigmoid(",
                                  ".one_slope = true",
                                  ".one_slope = false",
                                  ".count_include_pad = true",
                                  ".count_include_pad = false",
                                  ".factor = 2",
                                  ".factor = 3",
                                  ".kernel = 1",
                                  ".kernel = 3",
                                  ".kernel = 5",
                                  ".kernel = 7",
                                  ".kernel = 9",
                                  "concat of",
                                  "channels ",
                                  "with the weights of"}) {
            networks_with[words] += declared.words().find(words) != std::string::npos ? 1 : 0;
        }
    });
    for (const auto& with : networks_with) {
        INFO(with.first);
        CHECK(with.second >= 2);
    }
}

TEST_CASE("every kind of call is made in planes and in groups") {
    std::map<plait::op_kind, int> in_planes, in_groups;
    for (const subject& s : subjects()) {
        for (std::size_t i = 0; i < s.placed.ops.size(); ++i)
            ++(s.placed.layout[i].out_step == 1 ? in_planes : in_groups)[s.placed.ops[i].kind];
    }
    for (int i = 0; i <= static_cast<int>(plait::op_kind::input); ++i) {
        const auto kind = static_cast<plait::op_kind>(i);
        if (kind == plait::op_kind::batch_norm || kind == plait::op_kind::dropout) continue;  // no kernels
        INFO(plait::to_string(kind));
        // A single pixel always lies in groups.
        const bool single = kind == plait::op_kind::linear || kind == plait::op_kind::global_average_pool ||
                            kind == plait::op_kind::global_max_pool;
        CHECK(in_groups[kind] > 0);
        CHECK((single || in_planes[kind] > 0));
    }
}

TEST_CASE("operations have every operand, on either side; activations and resizes are of every kind") {
    std::set<std::array<int, 3>> combined;
    std::set<plait::activation_kind> activations;
    std::set<std::array<int, 2>> resized;
    for (const subject& s : subjects()) {
        for (const plait::op& o : s.placed.ops) {
            activations.insert(o.act.kind);
            if (o.kind == plait::op_kind::binary)
                combined.insert({static_cast<int>(o.binary.operation), static_cast<int>(o.binary.other),
                                 o.binary.other_first});
            if (o.kind == plait::op_kind::resample)
                resized.insert({static_cast<int>(o.sampling.rows.by), static_cast<int>(o.sampling.rows.at)});
        }
    }
    for (int operation = 0; operation < 6; ++operation) {
        const auto how = static_cast<plait::binary_operation>(operation);
        const bool has_sides =
            how == plait::binary_operation::subtract || how == plait::binary_operation::divide;
        for (int operand = 0; operand < 5; ++operand) {
            INFO(plait::to_string(how) << ", operand " << operand);
            const auto other = static_cast<plait::operand>(operand);
            const bool is_map = other == plait::operand::map;
            // Some of a network's own values are too near zero to divide by.
            const bool is_left_out =
                other == plait::operand::channel_values && how == plait::binary_operation::divide;
            if (!is_left_out) CHECK(combined.contains({operation, operand, false}));
            if (has_sides && !is_map) CHECK(combined.contains({operation, operand, true}));
        }
    }
    CHECK(activations.size() == 12);
    for (int by = 0; by < 3; ++by) {
        for (int at = 0; at < 3; ++at) {
            INFO("interpolation " << by << ", coordinates " << at);
            CHECK(resized.contains({by, at}));
        }
    }
}

TEST_CASE("every call makes what the scalar reference makes") {
    for_each_subject([](const subject& s, const ledger&) {
        setting net(s);
        const reference::run expected(s.calls, net.weights, net.picture, net.further);
        call_checker checker{s, expected};
        net.put_inputs();
        s.observe(net.packed.floats(), net.workspace.floats(), call_checker::look, &checker);
        CHECK(checker.looked_at == s.calls.count);
    });
}

TEST_CASE("the outputs are those of the units in their papers") {
    for_each_subject([](const subject& s, const ledger& declared) {
        setting net(s);
        net.run();
        const std::vector<reference::map> expected =
            paper::outputs(s.seed, net.weights, net.picture, net.further);
        const reference::run by_calls(s.calls, net.weights, net.picture, net.further);
        REQUIRE(expected.size() == s.placed.outputs.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            INFO("output " << i);
            const plait::feature_map map = s.placed.outputs[i];
            const std::vector<double> values = reference::values(expected[i]);
            check_agreement(reference::values(by_calls.get(map)), values, 1e-9);
            check_agreement(net.output(map), values, comparison::tolerance, reference::least_largest);
        }
        CHECK(s.placed.outputs.back().dimensions() == declared.result());
    });
}

TEST_CASE("parameters and multiply-adds are those that the papers' units have") {
    for_each_subject([](const subject& s, const ledger& declared) {
        CHECK(s.parameters == declared.parameters());
        CHECK(s.macs == declared.macs());
    });
}

TEST_CASE("no two live channels share a value of the workspace, which is little more than must be") {
    // First fit leaves holes where sizes are odd, and these networks are small.
    constexpr double worst_allowed = 1.75;
    constexpr double mean_allowed = 1.08;
    double worst = 0;
    double sum = 0;
    for_each_subject([&](const subject& s, const ledger&) {
        const plan_simulation workspace(s.placed);
        CHECK(workspace.faults() == 0);
        CHECK(workspace.alive_at_most() <= s.placed.lower_bound);
        const int used = s.placed.size - 2 * s.placed.margin;
        CHECK(used >= s.placed.lower_bound);
        const double part = 1.0 * used / s.placed.lower_bound;
        CHECK(part <= worst_allowed);
        worst = std::max(worst, part);
        sum += part;
    });
    const double mean = sum / static_cast<double>(subjects().size());
    CHECK(mean <= mean_allowed);
    MESSAGE("workspaces are " << mean << " of what is alive at once, at most " << worst);
}

TEST_CASE("what the workspace held before does not matter, nor where it lies") {
    for_each_subject([](const subject& s, const ledger&) {
        setting net(s, guarded_memory::flush::with_begin);
        net.run();
        const std::vector<values> expected = net.outputs();
        net.run();
        CHECK(same_bits(net.outputs(), expected));
        for (float garbage : {0.0F, 1e30F, -INFINITY}) {
            INFO("workspace full of " << garbage);
            net.fill_workspace(garbage);
            net.run();
            CHECK(same_bits(net.outputs(), expected));
        }
    });
}

TEST_CASE("packed weights depend on the weights alone: not on their order, nor on what was there") {
    for_each_subject([](const subject& s, const ledger&) {
        setting net(s);
        const values expected(net.packed.floats(), net.packed.floats() + s.packed_size);
        const auto packed_now = [&] {
            return values(net.packed.floats(), net.packed.floats() + s.packed_size);
        };

        for (int i = s.calls.count - 1; i >= 0; --i) net.pack(i);
        CHECK(same_bits(packed_now(), expected));

        const auto weights = net.weights;
        net.weights = reference::random_weights(s.placed.ops.data(), s.calls.count, s.seed + 3);
        for (int i = 0; i < s.calls.count; ++i) net.pack(i);
        CHECK_FALSE(same_bits(packed_now(), expected));
        net.weights = weights;
        for (int i = 0; i < s.calls.count; ++i) net.pack(i);
        CHECK(same_bits(packed_now(), expected));
    });
}
