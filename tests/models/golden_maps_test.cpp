// SPDX-License-Identifier: BSD-3-Clause
// Maps that are combined, resized, padded, cut and rearranged, and windows of every kind, against PyTorch, in
// planes and in groups.
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "golden.hpp"
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

/// The outputs of golden/windows.py, in its order.
struct every_window {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const int c = x.count;
        const auto conv = [&](convolution asked) {
            asked.after = affine::bias;
            g.output(g.conv(x, asked));
        };
        const auto transposed = [&](transposed_convolution asked) {
            asked.after = affine::bias;
            g.output(g.conv_transpose(x, asked));
        };
        conv({.out = 7, .kernel = 3, .padding = 0, .name = "valid"});
        conv({.out = 4, .kernel = 5, .stride = 2, .padding = 0, .name = "valid5"});
        conv({.out = 9,
              .kernel = extent{2, 4},
              .stride = extent{2, 1},
              .padding = extent{1, 2},
              .name = "even"});
        conv({.out = 5, .kernel = extent{1, 7}, .padding = extent{0, 3}, .name = "uneven"});
        conv({.out = 6, .kernel = 3, .padding = 2, .dilation = 2, .name = "dilated"});
        conv({.out = 8, .kernel = 3, .stride = 2, .padding = padding::tensorflow_same, .name = "same"});
        conv({.out = c, .kernel = 3, .padding = 1, .groups = 2, .name = "grouped"});
        conv({.out = c,
              .kernel = extent{5, 3},
              .stride = extent{1, 3},
              .padding = extent{0, 1},
              .groups = c,
              .name = "depthwise"});
        conv({.out = 3 * c, .kernel = 3, .stride = 2, .padding = 1, .groups = c, .name = "multiplied"});
        conv({.out = 7, .stride = 3, .name = "strided"});
        transposed({.out = 5, .name = "doubled"});
        transposed({.out = 6, .kernel = 3, .padding = 1, .output_padding = 1, .name = "transposed"});
        transposed({.out = 3, .kernel = 4, .padding = 1, .name = "overlapping"});
        g.output(g.max_pool(x, {.kernel = 2, .padding = 0}));
        g.output(g.max_pool(x, {.padding = 0, .ceil_mode = true}));
        g.output(g.max_pool(x, {.padding = 1, .ceil_mode = true}));
        g.output(g.max_pool(x, {.kernel = extent{2, 3}, .stride = extent{1, 2}, .padding = extent{1, 0}}));
        g.output(g.max_pool(x, {.kernel = 2, .stride = 1, .padding = 0, .dilation = 3}));
        g.output(g.average_pool(x, {.kernel = 2, .padding = 0}));
        g.output(g.average_pool(x, {.padding = 1}));
        g.output(g.average_pool(x, {.padding = 1, .count_include_pad = false}));
        g.output(g.average_pool(x, {.padding = 1, .ceil_mode = true}));
        return g.average_pool(x, {.kernel = extent{4, 1},
                                  .stride = extent{3, 2},
                                  .padding = 0,
                                  .ceil_mode = true,
                                  .count_include_pad = false});
    }
};

constexpr const char* windows[]{"valid",        "valid5",       "even",         "uneven",     "dilated",
                                "same",         "grouped",      "depthwise",    "multiplied", "strided",
                                "doubled",      "transposed",   "overlapping",  "most2",      "most3_ceiled",
                                "most3_padded", "most_uneven",  "most_dilated", "mean2",      "mean3",
                                "mean3_inside", "mean3_ceiled", "mean_uneven"};

template <shape Input, auto Block, layout_policy Policy>
void check(std::span<const std::byte> bytes, std::span<const char* const> outputs, const std::string& size) {
    using net = network<Input, Block>;
    REQUIRE(outputs.size() == std::size_t{net::sizes.outputs});
    const auto file = safetensors::parse(bytes);
    REQUIRE_MESSAGE(file, file.error());
    model<net, Policy> m;
    if constexpr (net::parameters > 0) {
        const std::string prefix = std::to_string(Input.channels) + ".";
        const auto loaded = load_into(
            m, bytes, "golden", {.strip_prefix = prefix, .add_prefix = "0.", .leave_extra_tensors = true});
        REQUIRE_MESSAGE(loaded, loaded.error());
    }
    const auto scratch = std::make_unique<typename model<net, Policy>::workspace>();
    const golden::values input = golden::read(*file, size + ".input");
    m.input(*scratch).copy(input.picture(0));
    m.run(*scratch);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        const std::string name = size + "." + outputs[i];
        const golden::values expected = golden::read(*file, name);
        const feature_map made = net::calls.outputs[i];
        std::vector<float> found(static_cast<std::size_t>(made.dimensions().elements()));
        INFO(name << ", groups below " << Policy.groups_below_pixels << " pixels");
        REQUIRE(found.size() == expected.picture_size());
        executor<net, Policy>::map(made, scratch->data()).copy_to(found.data());
        check_agreement(found, std::span(expected.picture(0), found.size()), 1e-6);
    }
}

template <shape Input, auto Block>
void check(const char* name, std::span<const char* const> outputs, const std::string& size) {
    const auto bytes = read_file(golden::folder + name);
    REQUIRE_MESSAGE(bytes, bytes.error());
    check<Input, Block, layout_policy{.groups_below_pixels = 0}>(*bytes, outputs, size);
    check<Input, Block, layout_policy{.groups_below_pixels = 1 << 20}>(*bytes, outputs, size);
    check<Input, Block, layout_policy{.groups_below_pixels = Input.pixels() + 1}>(*bytes, outputs, size);
}

template <shape Input>
void check_maps(const std::string& size) {
    check<Input, every_map{}>("maps.expected.safetensors", names, size);
}

template <shape Input>
void check_windows(const std::string& size) {
    check<Input, every_window{}>("windows.expected.safetensors", windows, size);
}

}  // namespace

TEST_CASE("maps of fewer channels than lanes") {
    check_maps<shape{12, 3, 6}>("12x3x6");
    check_maps<shape{4, 6, 15}>("4x6x15");
}

TEST_CASE("maps of more channels than lanes") { check_maps<shape{20, 3, 3}>("20x3x3"); }

TEST_CASE("windows over fewer channels than lanes") {
    check_windows<shape{6, 9, 17}>("6x9x17");
    check_windows<shape{6, 8, 7}>("6x8x7");
}

TEST_CASE("windows over more channels than lanes") {
    check_windows<shape{20, 7, 9}>("20x7x9");
    check_windows<shape{20, 16, 15}>("20x16x15");
}
