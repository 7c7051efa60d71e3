// SPDX-License-Identifier: BSD-3-Clause
// Maps that are combined, resized, padded, cut and rearranged, against PyTorch, in planes and in groups.
#include "golden.hpp"
#include "plait/core/aligned_memory.hpp"
#include "plait/network/executor.hpp"

using namespace plait;

namespace {

/// The outputs of golden/maps.py, in its order.
struct every_map {
    static constexpr bool composite = true;

    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        using enum interpolation;
        using enum coordinates;
        const extent larger{2 * x.size.height + 1, x.size.width + 4};
        const extent smaller{(x.size.height + 1) / 2, (x.size.width + 2) / 3};
        const feature_map mean = g.global_average_pool(x);
        const feature_map from_1_to_3 = g.add(x, 2);
        g.output(g.subtract(x, mean));
        g.output(g.divide(mean, from_1_to_3));
        g.output(g.multiply(x.slice(0, 1), x, activation::relu));
        g.output(g.maximum(x, mean));
        g.output(g.minimum(x, 0.25));
        g.output(g.divide(1.5, from_1_to_3));
        g.output(g.global_max_pool(x));
        for (const extent to : {larger, smaller}) g.output(g.interpolate(x, {.to = to}));
        for (const extent to : {larger, smaller})
            g.output(g.interpolate(x, {.to = to, .by = nearest_round, .at = half_pixel}));
        for (const extent to : {larger, smaller})
            g.output(g.interpolate(x, {.to = to, .by = bilinear, .at = half_pixel}));
        for (const extent to : {larger, smaller})
            g.output(g.interpolate(x, {.to = to, .by = bilinear, .at = aligned}));
        g.output(g.interpolate(x, {.factor = 1.75, .by = bilinear, .at = half_pixel}));
        g.output(g.interpolate(x, {.factor = 2.5}));
        g.output(g.pad(x, {.top = 2, .left = 1, .bottom = 3, .right = 0}));
        g.output(g.pad(x, {.top = 1, .left = 2, .bottom = 2, .right = 1}, padding_mode::reflection));
        g.output(g.slice_pixels(x, {.from = 1, .step = 2}, {.to = x.size.width - 1, .step = 3}));
        g.output(g.pixel_shuffle(x, 2));
        g.output(g.pixel_unshuffle(x, 3));
        return g.pad_channels(x, 1, 2);
    }
};

constexpr const char* names[]{"subtract_mean",
                              "mean_over",
                              "multiply_first",
                              "maximum_mean",
                              "minimum_constant",
                              "constant_over",
                              "most",
                              "nearest_larger",
                              "nearest_smaller",
                              "exact_larger",
                              "exact_smaller",
                              "bilinear_larger",
                              "bilinear_smaller",
                              "aligned_larger",
                              "aligned_smaller",
                              "bilinear_factor",
                              "nearest_factor",
                              "zeros",
                              "reflected",
                              "cut",
                              "shuffled",
                              "unshuffled",
                              "padded_channels"};

template <shape Input, layout_policy Policy>
void check_maps(const safetensors& file, const std::string& size) {
    using net = network<Input, every_map{}>;
    using runner = executor<net, Policy>;
    static_assert(net::sizes.outputs == std::size(names));
    const auto workspace = make_aligned<float>(runner::workspace_size);
    const golden::values input = golden::read(file, size + ".input");
    runner::input(workspace.get()).copy(input.picture(0));
    runner::forward(nullptr, workspace.get());
    for (int i = 0; i < net::sizes.outputs; ++i) {
        const std::string name = size + "." + names[i];
        const golden::values expected = golden::read(file, name);
        const feature_map made = net::calls.outputs[i];
        std::vector<float> found(static_cast<std::size_t>(made.dimensions().elements()));
        REQUIRE(found.size() == expected.picture_size());
        runner::map(made, workspace.get()).copy_to(found.data());
        INFO(name << ", groups below " << Policy.groups_below_pixels << " pixels");
        check_agreement(found, std::span(expected.picture(0), found.size()), 1e-6);
    }
}

template <shape Input>
void check_maps(const std::string& size) {
    const auto bytes = read_file(golden::folder / "maps.expected.safetensors");
    REQUIRE_MESSAGE(bytes, bytes.error());
    const auto file = safetensors::parse(*bytes);
    REQUIRE_MESSAGE(file, file.error());
    check_maps<Input, layout_policy{.groups_below_pixels = 0}>(*file, size);
    check_maps<Input, layout_policy{.groups_below_pixels = 1 << 20}>(*file, size);
    check_maps<Input, layout_policy{.groups_below_pixels = Input.pixels() + 1}>(*file, size);
}

}  // namespace

TEST_CASE("maps of fewer channels than lanes") {
    check_maps<shape{12, 3, 6}>("12x3x6");
    check_maps<shape{4, 6, 15}>("4x6x15");
}

TEST_CASE("maps of more channels than lanes") { check_maps<shape{20, 3, 3}>("20x3x3"); }
