// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "plait/blocks/blocks.hpp"

// Shapes, parameters and multiply-adds of blocks by another way than the library's, which counts calls.

namespace drawn {

/// A window along one axis as PyTorch's pages have it, TensorFlow's where it pads as that does.
struct page_axis {
    int before = 0;
    int after = 0;
    int outputs = 0;

    page_axis(int inputs, int kernel, int stride, int dilation, plait::padding::rule rule, int stated_before,
              int stated_after, bool ceil_mode = false)
        : before(stated_before), after(stated_after) {
        const int reach = dilation * (kernel - 1) + 1;
        if (rule == plait::padding::rule::centred) before = after = kernel % 2 == 1 ? reach / 2 : 0;
        if (rule == plait::padding::rule::ceiled) {
            const int rest = inputs % stride == 0 ? stride : inputs % stride;
            const int missing = reach > rest ? reach - rest : 0;
            before = missing / 2;
            after = missing - before;
        }
        const int free = inputs + before + after - reach;
        outputs = free / stride + 1;
        const bool begins_inside = outputs * stride < inputs + before;
        if (ceil_mode && free % stride != 0 && begins_inside) ++outputs;
    }
};

/// Both axes of a block's window over a map of that size.
template <class Block>
std::pair<page_axis, page_axis> axes_of(const Block& b, int height, int width) {
    plait::per_axis dilation = 1;
    bool ceil_mode = false;
    if constexpr (requires { b.dilation; }) dilation = b.dilation;
    if constexpr (requires { b.ceil_mode; }) ceil_mode = b.ceil_mode;
    const plait::padding around(b.padding);
    const plait::sides& p = around.pixels;
    return {page_axis(height, b.kernel.height, b.stride.height, dilation.height, around.by, p.top, p.bottom,
                      ceil_mode),
            page_axis(width, b.kernel.width, b.stride.width, dilation.width, around.by, p.left, p.right,
                      ceil_mode)};
}

/// How large a resize makes a map.
inline plait::extent resized(const plait::interpolate& b, int height, int width) {
    const double factor = b.factor;
    if (factor == 0) return b.to;
    return {static_cast<int>(height * factor), static_cast<int>(width * factor)};
}

/// What layers one after another make of a shape, and cost.
struct tally {
    plait::shape at{};
    long long parameters = 0;
    long long macs = 0;

    tally& conv(int out, plait::conv c = {.out = 0}) {
        const long long weights = 1LL * out * (at.channels / c.groups) * c.kernel.height * c.kernel.width;
        shrink(c);
        at.channels = out;
        macs += weights * at.pixels();
        parameters += weights;
        return normalised(c.after);
    }
    tally& depthwise(int kernel, int stride = 1) { return depthwise({.kernel = kernel, .stride = stride}); }
    tally& depthwise(const plait::depthwise& d) {
        const int each_by_itself = at.channels;
        return conv(at.channels, {.out = 0,
                                  .kernel = d.kernel,
                                  .stride = d.stride,
                                  .padding = d.padding,
                                  .dilation = d.dilation,
                                  .groups = each_by_itself,
                                  .after = d.after});
    }
    template <class Block>
    tally& shrink(const Block& window) {
        const auto [rows, columns] = axes_of(window, at.height, at.width);
        at = {at.channels, rows.outputs, columns.outputs};
        return *this;
    }
    tally& normalised(const plait::affine& after) {
        if (after.normalises && after.scales) parameters += 2LL * at.channels;
        if (after.adds_bias) parameters += at.channels;
        return *this;
    }
    /// Goes on with other channels, which cost nothing.
    tally& as(int channels) {
        at.channels = channels;
        return *this;
    }
    /// Beside it, a branch.
    tally& and_also(const tally& branch) {
        parameters += branch.parameters;
        macs += branch.macs;
        return *this;
    }
};

/// Blocks counted as their papers draw them.
struct counting {
    static tally count(const plait::conv& b, plait::shape in) { return tally{in}.conv(b.out, b); }
    static tally count(const plait::depthwise& b, plait::shape in) { return tally{in}.depthwise(b); }
    static tally count(const plait::conv_transpose& b, plait::shape in) {
        const auto made = [](int inputs, int kernel, int stride, int padding, int more) {
            return (inputs - 1) * stride - 2 * padding + kernel + more;
        };
        const long long weights = 1LL * b.out * in.channels * b.kernel.height * b.kernel.width;
        tally t{{b.out,
                 made(in.height, b.kernel.height, b.stride.height, b.padding.height, b.output_padding.height),
                 made(in.width, b.kernel.width, b.stride.width, b.padding.width, b.output_padding.width)},
                weights,
                weights * in.pixels()};
        return t.normalised(b.after);
    }
    static tally count(const plait::batch_norm& b, plait::shape in) {
        return tally{in}.normalised({.scales = b.scales});
    }
    static tally count(const plait::combine_values&, plait::shape in) { return {in, in.channels}; }
    static tally count(const plait::max_pool& b, plait::shape in) { return tally{in}.shrink(b); }
    static tally count(const plait::average_pool& b, plait::shape in) { return tally{in}.shrink(b); }
    static tally count(const plait::global_average_pool&, plait::shape in) { return {{in.channels, 1, 1}}; }
    static tally count(const plait::global_max_pool&, plait::shape in) { return {{in.channels, 1, 1}}; }
    static tally count(const plait::squeeze_excitation& b, plait::shape in) {
        const plait::conv biased{.out = 0, .after = plait::affine::bias};
        const tally gate = tally{{in.channels, 1, 1}}.conv(b.squeezed, biased).conv(in.channels, biased);
        return tally{in}.and_also(gate);
    }
    static tally count(const plait::linear& b, plait::shape in) {
        const plait::affine after = b.bias ? plait::affine::bias : plait::affine::none;
        return tally{{in.channels * in.pixels(), 1, 1}}.conv(b.out, {.out = 0, .after = after});
    }
    static tally count(const plait::shuffle_unit&, plait::shape in) {
        const int half = in.channels / 2;
        return tally{in}.as(half).conv(half).depthwise(3).conv(half).as(in.channels);
    }
    static tally count(const plait::shuffle_down& b, plait::shape in) {
        const int half = b.out / 2;
        const tally left = tally{in}.depthwise(3, 2).conv(half);
        return tally{in}.conv(half).depthwise(3, 2).conv(half).as(b.out).and_also(left);
    }
    static tally count(const plait::aug_shuffle& b, plait::shape in) {
        using plait::communication;
        const int transform = in.channels * b.split.numerator / b.split.denominator;
        const int half = in.channels / 2;
        const int wide = b.communication == communication::after_both ? half : transform;
        const int mixed = b.communication == communication::never ? transform : half;
        return tally{in}.as(transform).conv(transform).as(wide).depthwise(3).as(mixed).conv(mixed).as(
            in.channels);
    }
    static tally count(const plait::grouped_shuffle_unit& b, plait::shape in) {
        const int made = b.stride == 2 ? b.out - in.channels : b.out;
        return tally{in}
            .conv(b.out / 4, {.out = 0, .groups = b.first_is_grouped ? b.groups : 1})
            .depthwise(3, b.stride)
            .conv(made, {.out = 0, .groups = b.groups})
            .as(b.out);
    }
    static tally count(const plait::inverted_residual& b, plait::shape in) {
        tally t{in};
        if (b.expansion > 1) t.conv(b.expansion * in.channels);
        return t.depthwise(b.kernel, b.stride).conv(b.out);
    }
    static tally count(const plait::mobile_bottleneck& b, plait::shape in) {
        tally t{in};
        if (b.expanded != in.channels) t.conv(b.expanded);
        t.depthwise(b.kernel, b.stride);
        if (b.squeezed > 0) t = count(plait::squeeze_excitation{.squeezed = b.squeezed}, t.at).and_also(t);
        return t.conv(b.out);
    }
    static tally count(const plait::highway& b, plait::shape in) {
        const plait::conv layer{.out = 0, .kernel = b.kernel, .after = plait::affine::bias};
        return tally{in}.conv(in.channels, layer).and_also(tally{in}.conv(in.channels, layer));
    }
    static tally count(const plait::bottleneck_residual& b, plait::shape in) {
        tally t{in};
        t.conv(b.width).conv(b.width, {.out = 0, .kernel = 3, .stride = b.stride, .groups = b.groups});
        t.conv(b.out);
        if (b.stride > 1 || b.out != in.channels)
            t.and_also(tally{in}.conv(b.out, {.out = 0, .stride = b.stride}));
        return t;
    }
    static tally count(const plait::basic_residual& b, plait::shape in) {
        tally t{in};
        t.conv(b.out, {.out = 0, .kernel = 3, .stride = b.stride}).conv(b.out, {.out = 0, .kernel = 3});
        if (b.stride > 1 || b.out != in.channels)
            t.and_also(tally{in}.conv(b.out, {.out = 0, .stride = b.stride}));
        return t;
    }
    static tally count(const plait::upsample& b, plait::shape in) {
        return {{in.channels, in.height * b.factor, in.width * b.factor}};
    }
    static tally count(const plait::interpolate& b, plait::shape in) {
        const plait::extent to = resized(b, in.height, in.width);
        return {{in.channels, to.height, to.width}};
    }
    static tally count(const plait::pad& b, plait::shape in) {
        return {
            {in.channels, in.height + b.sides.top + b.sides.bottom, in.width + b.sides.left + b.sides.right}};
    }
    static tally count(const plait::slice_pixels& b, plait::shape in) {
        const auto count = [](const plait::pixel_range& r, int pixels) {
            int kept = 0;
            for (int i = r.from; i < (r.to < 0 ? pixels : r.to); i += r.step) ++kept;
            return kept;
        };
        return {{in.channels, count(b.rows, in.height), count(b.columns, in.width)}};
    }
    static tally count(const plait::pad_channels& b, plait::shape in) {
        return tally{in}.as(b.before + in.channels + b.after);
    }
    static tally count(const plait::pixel_shuffle& b, plait::shape in) {
        return {{in.channels / (b.factor * b.factor), in.height * b.factor, in.width * b.factor}};
    }
    static tally count(const plait::pixel_unshuffle& b, plait::shape in) {
        return {{in.channels * b.factor * b.factor, in.height / b.factor, in.width / b.factor}};
    }
    static tally count(const plait::activate&, plait::shape in) { return {in}; }
    static tally count(const plait::prelu& b, plait::shape in) { return {in, b.one_slope ? 1 : in.channels}; }
    static tally count(const plait::softmax&, plait::shape in) { return {in}; }
    static tally count(const plait::dropout&, plait::shape in) { return {in}; }
    static tally count(const plait::flatten&, plait::shape in) { return {in}; }
    static tally count(const plait::channel_shuffle&, plait::shape in) { return {in}; }
    static tally count(const plait::output_block&, plait::shape in) { return {in}; }

    template <auto... Blocks>
    static tally count(const plait::chain_block<Blocks...>&, plait::shape in) {
        tally all{in};
        [[maybe_unused]] const auto add = [&](const auto& block) {
            all = count(block, all.at).and_also(all);
        };
        (add(Blocks), ...);
        return all;
    }
    template <int Times, auto... Blocks>
    static tally count(const plait::repeat_block<Times, Blocks...>&, plait::shape in) {
        tally all{in};
        for (int i = 0; i < Times; ++i) all = count(plait::chain<Blocks...>, all.at).and_also(all);
        return all;
    }
    template <auto... Branches>
    static tally count(const plait::parallel_block<Branches...>&, plait::shape in) {
        tally all{{0, in.height, in.width}};
        const auto add = [&](const tally& t) { all.and_also(t).as(all.at.channels + t.at.channels); };
        (add(count(Branches, in)), ...);
        return all;
    }
    template <plait::activation Activation, auto... Blocks>
    static tally count(const plait::residual_block<Activation, Blocks...>&, plait::shape in) {
        return count(plait::chain<Blocks...>, in);
    }
};

}  // namespace drawn
