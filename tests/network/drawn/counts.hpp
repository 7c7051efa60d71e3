// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/blocks/blocks.hpp"

// Shapes, parameters and multiply-adds of blocks by another way than the library's, which counts calls.

namespace drawn {

/// What layers one after another make of a shape, and cost.
struct tally {
    plait::shape at{};
    long long parameters = 0;
    long long macs = 0;

    tally& conv(int out, plait::conv c = {.out = 0}) {
        const long long weights = 1LL * out * (at.channels / c.groups) * c.kernel.height * c.kernel.width;
        shrink(c.stride, c.kernel, c.padding, c.dilation);
        at.channels = out;
        macs += weights * at.pixels();
        parameters += weights;
        if (c.after.normalises) parameters += 2LL * out;
        if (c.after.adds_bias) parameters += out;
        return *this;
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
    /// As PyTorch's pages have it; without stated padding as many as strides begin.
    tally& shrink(plait::per_axis stride, plait::per_axis kernel, const plait::padding& around,
                  plait::per_axis dilation = 1) {
        const auto made = [&](int in, int s, int k, int d, int padding) {
            return around.by == plait::padding::rule::stated ? (in + padding - d * (k - 1) - 1) / s + 1
                                                             : (in + s - 1) / s;
        };
        const plait::sides& p = around.pixels;
        at = {at.channels, made(at.height, stride.height, kernel.height, dilation.height, p.top + p.bottom),
              made(at.width, stride.width, kernel.width, dilation.width, p.left + p.right)};
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
    static tally count(const plait::max_pool& b, plait::shape in) {
        return tally{in}.shrink(b.stride, b.kernel, b.padding, b.dilation);
    }
    static tally count(const plait::average_pool& b, plait::shape in) {
        return tally{in}.shrink(b.stride, b.kernel, b.padding);
    }
    static tally count(const plait::global_average_pool&, plait::shape in) { return {{in.channels, 1, 1}}; }
    static tally count(const plait::global_max_pool&, plait::shape in) { return {{in.channels, 1, 1}}; }
    static tally count(const plait::squeeze_excitation& b, plait::shape in) {
        const plait::conv biased{.out = 0, .after = plait::affine::bias};
        const tally gate = tally{{in.channels, 1, 1}}.conv(b.squeezed, biased).conv(in.channels, biased);
        return tally{in}.and_also(gate);
    }
    static tally count(const plait::linear& b, plait::shape in) {
        return tally{{in.channels * in.pixels(), 1, 1}}.conv(b.out, {.out = 0, .after = plait::affine::bias});
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
        const int transform = in.channels * b.split.numerator / b.split.denominator;
        const int half = in.channels / 2;
        return tally{in}.as(transform).conv(transform).depthwise(3).as(half).conv(half).as(in.channels);
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
        return {{in.channels, b.to.height, b.to.width}};
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
