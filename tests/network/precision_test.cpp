// SPDX-License-Identifier: BSD-3-Clause
#include "plait/precision.hpp"

#include <cmath>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "../agreement.hpp"
#include "../guarded_memory.hpp"
#include "filled.hpp"
#include "plait/blocks/blocks.hpp"
#include "plait/network/integer_reference.hpp"
#include "plait/network/memory_map.hpp"

using namespace plait;

namespace {

template <class Network>
std::vector<tensor<float, Network::input>> random_pictures(unsigned count) {
    std::vector<tensor<float, Network::input>> pictures(count);
    for (unsigned i = 0; i < count; ++i) fill_picture(pictures[i], 7 + i);
    return pictures;
}

template <class Network>
bool has_float_steps() {
    for (int i = 0; i < Network::packs.slots.sizes.ops; ++i)
        if (Network::packs.steps[i].work == slot_work::floats) return true;
    return false;
}

/// The same bits with workspace and picture each between pages that nobody may touch.
template <class Model, class Picture>
void check_guarded(const Model& m, const Picture& picture) {
    using workspace = typename Model::workspace;
    using output = typename Model::output_tensor;
    const auto scratch = std::make_unique<workspace>();
    const output expected = m(picture, *scratch);
    for (const auto side : {guarded_memory::flush::with_begin, guarded_memory::flush::with_end}) {
        const guarded_memory of_workspace(sizeof(workspace), side);
        auto* memory = new (of_workspace.begin()) workspace;
        std::memset(memory->data(), 0xa5, sizeof(workspace));
        const output found = m(picture, *memory);
        CHECK(std::memcmp(found.data(), expected.data(), sizeof(float) * output::size()) == 0);
    }
}

/// Every call's outputs are the integer reference's to the last bit; after calls in fp32, bytes may differ by
/// what these are rounded by.
template <class Network, name... InFloats>
void check_int8() {
    using small = in<precision::int8, Network, InFloats...>;
    INFO("channels " << Network::input.channels << ", parameters " << Network::parameters << ", calls "
                     << Network::sizes.ops);
    model<Network> floats;
    fill_weights(floats);
    const auto pictures = random_pictures<Network>(4);
    const auto ranges = calibrate(floats, std::span(pictures));
    REQUIRE_MESSAGE(ranges, ranges.error());
    const auto numbers = quantise<small>(random_layers<Network>(), *ranges);
    REQUIRE_MESSAGE(numbers, numbers.error());
    const auto made = model<small>::of(*numbers);
    REQUIRE_MESSAGE(made, made.error());

    const auto expected = integer_forward<small>(pictures[0], *numbers);
    const auto scratch = std::make_unique<typename model<small>::workspace>();
    const bool to_the_bit = !has_float_steps<small>();
    int wrong = 0;
    const auto output = made->observe(pictures[0], *scratch, [&](int call, const op& o, const map_view& map) {
        for (int c = 0; c < o.out.count; ++c) {
            const int number = small::calls.channel(o.out, c);
            const auto channel = static_cast<std::size_t>(number);
            const bool in_fp32 = small::packs.is_in_floats(number);
            for (int i = 0; i < o.out.size.pixels(); ++i) {
                const auto pixel = static_cast<std::size_t>(i);
                const channel_code code = numbers->codes[channel];
                const float want =
                    in_fp32 ? expected.floats[channel][pixel] : code.value(expected.bytes[channel][pixel]);
                const float found = map(c, i / o.out.size.width, i % o.out.size.width);
                const float most = in_fp32 ? 0.05F * (1 + std::abs(want)) : 2.01F * code.scale;
                const bool agrees = to_the_bit ? found == want : std::abs(found - want) <= most;
                if (agrees || ++wrong > 3) continue;
                FAIL_CHECK("call " << call << " (" << to_string(o.kind) << ") channel " << c << " pixel " << i
                                   << ": " << found << " where " << want << " was expected");
            }
        }
    });
    CHECK(wrong == 0);
    const auto in_fp32 = floats(pictures[0], *std::make_unique<typename model<Network>::workspace>());
    check_agreement(std::span(output.data(), output.size()), std::span(in_fp32.data(), in_fp32.size()), 0.25);
    check_guarded(*made, pictures[0]);
}

/// What fp32 gives, to what 8 bits of mantissa are worth.
template <class Network, name... InFloats>
void check_bf16() {
    using small = in<precision::bf16, Network, InFloats...>;
    INFO("channels " << Network::input.channels << ", parameters " << Network::parameters);
    model<Network> floats;
    model<small> halved;
    fill_weights(floats);
    fill_weights(halved);
    const auto pictures = random_pictures<Network>(1);
    const auto expected = floats(pictures[0], *std::make_unique<typename model<Network>::workspace>());
    const auto found = halved(pictures[0], *std::make_unique<typename model<small>::workspace>());
    check_agreement(std::span(found.data(), found.size()), std::span(expected.data(), expected.size()), 0.05);
    check_guarded(halved, pictures[0]);
}

template <class Network>
void check_both() {
    check_int8<Network>();
    check_bf16<Network>();
}

/// Joins what lies in packs with what is made in fp32, before it and after.
struct pyramid {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map small = g(x, conv{.out = 7, .kernel = 3, .stride = 2});
        const feature_map large = g(small, upsample{});
        return g.concat(x.slice(2, 6), large, x, large.slice(1, 4));
    }
};

using joined = network<shape{3, 12, 10}, conv{.out = 10, .kernel = 3}, pyramid{}, conv{.out = 13},
                       depthwise{.kernel = 3}, global_average_pool{}, linear{.out = 5}>;
using mixed = network<shape{3, 11, 13}, conv{.out = 10, .kernel = 3, .stride = 2}, depthwise{.kernel = 5},
                      conv{.out = 21}, depthwise{.kernel = 3, .stride = 2}, max_pool{},
                      conv{.out = 9, .kernel = 3, .activation = activation::none}, global_average_pool{},
                      linear{.out = 7}>;
using windows = network<shape{5, 18, 17}, conv{.out = 6, .kernel = {extent{1, 7}}},
                        conv{.out = 7, .kernel = 3, .dilation = 2, .activation = activation::relu6},
                        depthwise{.kernel = 3, .stride = 3, .activation = activation::none},
                        average_pool{.kernel = 2, .stride = 1, .padding = 0}, activate{}, linear{.out = 11}>;
/// Of rows that are a part of a vector.
using pooled = network<shape{3, 17, 16}, conv{.out = 8, .kernel = 3}, max_pool{}, conv{.out = 10}, max_pool{},
                       depthwise{.kernel = 3}, linear{.out = 6}>;
using grouped = network<shape{4, 8, 8}, conv{.out = 24}, conv{.out = 18, .kernel = 3, .groups = 3},
                        conv{.out = 12, .groups = 6}, conv{.out = 10, .kernel = 1, .stride = 2},
                        conv{.out = 33, .activation = activation::none}>;
using woven =
    network<shape{3, 16, 16}, conv{.out = 12, .kernel = 3}, shuffle_down{.out = 24},
            aug_shuffle{.split = {1, 2}}, shuffle_unit{}, shuffle_unit{}, shuffle_down{.out = 52},
            shuffle_unit{}, shuffle_unit{}, conv{.out = 30}, global_average_pool{}, linear{.out = 10}>;
using summed = network<shape{3, 12, 12}, conv{.out = 9, .kernel = 3}, basic_residual{.out = 9},
                       basic_residual{.out = 12, .stride = 2}, inverted_residual{.out = 12, .expansion = 3},
                       grouped_shuffle_unit{.out = 24, .stride = 2}, global_average_pool{}, linear{.out = 5}>;
using in_part =
    network<shape{3, 8, 8}, conv{.out = 12, .kernel = 3, .activation = activation::elu()},
            conv{.out = 16, .activation = activation::silu}, max_pool{}, activate{activation::tanh},
            squeeze_excitation{4}, pixel_shuffle{}, conv{.out = 6}, global_max_pool{}, softmax{}>;
/// Activations of multiplications, additions and bounds.
using acting =
    network<shape{3, 9, 11}, conv{.out = 12, .kernel = 3, .activation = activation::leaky_relu(0.1)},
            depthwise{.kernel = 3, .activation = activation::hard_swish},
            conv{.out = 17, .activation = activation::hard_sigmoid()}, activate{activation::clip(0.25, 0.75)},
            average_pool{.kernel = 2, .stride = 1, .padding = 0}, activate{activation::leaky_relu(1.5)},
            conv{.out = 10, .kernel = 3, .stride = 2, .activation = activation::hard_swish},
            global_average_pool{}, conv{.out = 9, .activation = activation::hard_swish}, linear{.out = 5}>;
/// Multiplies, resizes, pads and cuts.
struct gates {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const feature_map gate = g(x, global_average_pool{}, conv{.out = x.count, .activation = hard});
        const feature_map scaled = g.multiply(x, gate);
        const feature_map product =
            g.multiply(g(scaled, depthwise{.kernel = 3}), g(scaled, depthwise{.kernel = 3}));
        const feature_map large = g(product, upsample{.factor = 3});
        return g.slice_pixels(g.pad(large, {1, 2, 3, 4}), {.from = 1, .to = 20, .step = 2}, {.from = 3});
    }
    static constexpr activation hard = activation::hard_sigmoid();
};
using gated = network<shape{3, 7, 10}, conv{.out = 11, .kernel = 3, .activation = activation::hard_swish},
                      gates{}, conv{.out = 8, .kernel = 3}, global_average_pool{}, linear{.out = 5}>;

}  // namespace

TEST_CASE("int8 and bf16: windows, strides, pools and linear layers") {
    check_both<mixed>();
    check_both<windows>();
    check_both<pooled>();
}

TEST_CASE("int8 and bf16: groups of a convolution") { check_both<grouped>(); }

TEST_CASE("int8 and bf16: split, crossover, concatenation and shuffle move nothing") {
    check_both<woven>();
    for (int i = 0; i < in<precision::int8, woven>::packs.slots.sizes.ops; ++i) {
        const packed_step& step = in<precision::int8, woven>::packs.steps[i];
        CHECK((!step.is_conversion() || i == 0));
    }
}

TEST_CASE("int8 and bf16: sums of two maps") { check_both<summed>(); }

TEST_CASE("int8 and bf16: what has no kernel is widened for the call") { check_both<in_part>(); }

TEST_CASE("int8 and bf16: activations before bytes") {
    check_both<acting>();
    CHECK(!has_float_steps<in<precision::int8, acting>>());
}

TEST_CASE("int8 and bf16: products, resizing, padding and cutting") {
    check_both<gated>();
    CHECK(!has_float_steps<in<precision::int8, gated>>());
}

TEST_CASE("int8 and bf16: some channels of a map are narrowed, where others are in packs already") {
    check_both<joined>();
}

TEST_CASE("layers stay in fp32 by name") {
    check_int8<mixed, "0.0", "7">();
    check_bf16<mixed, "0.0">();
}

TEST_CASE("tables state the plan of slots, and conversions") {
    using small = in<precision::int8, in_part>;
    const blueprint plan = blueprint_of<small>();
    CHECK(plan.workspace_bytes() == small::workspace_bytes);
    CHECK(plan_table(plan).find("conversion") != std::string::npos);
    const std::vector<tenancy> all = tenancies_of(plan);
    for (const tenancy& a : all) {
        CHECK((0 <= a.begin && a.end <= plan.size));
        for (const tenancy& b : all) {
            const bool at_once = a.from <= b.until && b.from <= a.until;
            const bool overlap = a.begin < b.end && b.begin < a.end;
            CHECK((&a == &b || !at_once || !overlap));
        }
    }
    const network_summary summary = summarise<small>();
    CHECK(summary.workspace_bytes == small::workspace_bytes);
    CHECK(summary.parameters == in_part::parameters);
    CHECK(summary.macs == in_part::macs);
}
