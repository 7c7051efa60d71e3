// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "../reference.hpp"
#include "network.hpp"

namespace drawn {

/// Reads a drawn network with the units of reference.hpp, which are written from their papers.
class paper {
public:
    struct map {
        reference::map values;
        plait::shape dimensions() const { return {values.count(), values.height, values.width}; }
    };

    /// All outputs, the last block's last.
    static std::vector<reference::map> outputs(unsigned seed,
                                               const std::vector<reference::layer_weights>& weights,
                                               const reference::map& picture) {
        paper reader(weights);
        reader.outputs_.push_back(drawing<paper, map>(seed, reader).draw({picture}).values);
        return reader.outputs_;
    }

    // As a reader.

    template <class Block>
    map make(const Block& block, const map& x) {
        return {of(block, x.values)};
    }
    map concat(const map& a, const map& b) { return {reference::concat({a.values, b.values})}; }
    map slice(const map& x, int begin, int end) { return {reference::slice(x.values, begin, end)}; }
    map combine(plait::binary_operation operation, const map& a, const map& b, plait::activation act) {
        return {reference::combine(operation, a.values, b.values, act)};
    }
    map combine(plait::binary_operation operation, const map& a, plait::real b, plait::activation act) {
        return combine(operation, a, {reference::one_value(b)}, act);
    }
    // The weights of a name come again where they stand in the list of all calls.
    template <class Block>
    map make_in(const char*, const Block& block, const map& x) {
        return make(block, x);
    }
    template <class Block>
    map make_with_weights_of(const char*, const Block& block, const map& x) {
        return make(block, x);
    }

private:
    using values = reference::map;

    explicit paper(const std::vector<reference::layer_weights>& weights) : weights_(weights) {}

    template <class Block>
    static reference::window window_of(const Block& b, plait::activation act = plait::activation::none) {
        reference::window made{.kernel = b.kernel, .stride = b.stride, .act = act};
        if (b.padding.by == plait::padding::rule::stated) made.padding = b.padding.pixels;
        return made;
    }

    values of(const plait::conv& b, const values& x) {
        return reference::convolution(x, weights_.next(), b.out, window_of(b, b.activation), b.groups);
    }
    values of(const plait::depthwise& b, const values& x) {
        return reference::depthwise(x, weights_.next(), window_of(b, b.activation));
    }
    values of(const plait::max_pool& b, const values& x) {
        return reference::pool(x, window_of(b), reference::pool_kind::largest);
    }
    values of(const plait::average_pool& b, const values& x) {
        using enum reference::pool_kind;
        return reference::pool(x, window_of(b), b.count_include_pad ? mean : mean_inside);
    }
    values of(const plait::global_average_pool&, const values& x) {
        return reference::global_average_pool(x);
    }
    values of(const plait::global_max_pool&, const values& x) { return reference::global_max_pool(x); }
    values of(const plait::squeeze_excitation& b, const values& x) {
        values gate = reference::global_average_pool(x);
        gate = reference::convolution(gate, weights_.next(), b.squeezed, {.act = b.activation});
        gate = reference::convolution(gate, weights_.next(), x.count(), {.act = b.gate});
        return reference::combine(plait::binary_operation::multiply, gate, x, plait::activation::none);
    }
    values of(const plait::linear& b, const values& x) {
        return reference::linear(x, weights_.next(), b.out);
    }
    values of(const plait::shuffle_unit& b, const values& x) {
        return reference::shuffle_unit(x, b.mix, weights_);
    }
    values of(const plait::shuffle_down& b, const values& x) {
        return reference::shuffle_down(x, b.out, b.mix, weights_);
    }
    values of(const plait::aug_shuffle& b, const values& x) {
        const bool half = 2 * b.split.numerator == b.split.denominator;
        const int published[]{2, half ? 2 : 4, 1};
        const bool as_published = b.shuffle_groups == plait::aug_shuffle::as_published;
        return reference::aug_shuffle(
            x,
            {.transform = x.count() * b.split.numerator / b.split.denominator,
             .variant = b.variant,
             .expand_activation = b.expand_activation,
             .groups = as_published ? published[static_cast<int>(b.variant)] : b.shuffle_groups},
            weights_);
    }
    values of(const plait::grouped_shuffle_unit& b, const values& x) {
        return reference::grouped_shuffle_unit(x, b, weights_);
    }
    values of(const plait::inverted_residual& b, const values& x) {
        return reference::inverted_residual(x, b, weights_);
    }
    values of(const plait::basic_residual& b, const values& x) {
        return reference::basic_residual(x, b, weights_);
    }
    values of(const plait::upsample& b, const values& x) { return reference::upsample(x, b.factor); }
    values of(const plait::interpolate& b, const values& x) {
        return reference::resize(x, b.to, double{b.factor}, b.by, b.at);
    }
    values of(const plait::pad& b, const values& x) { return reference::pad(x, b.sides, b.mode); }
    values of(const plait::slice_pixels& b, const values& x) {
        const auto cut = [](const plait::pixel_range& r, int in) {
            const int to = r.to == plait::pixel_range::end ? in : r.to;
            return reference::cut{r.from, (to - r.from + r.step - 1) / r.step, r.step};
        };
        return reference::slice_pixels(x, cut(b.rows, x.height), cut(b.columns, x.width));
    }
    values of(const plait::pad_channels& b, const values& x) {
        return reference::concat(
            {reference::zeros(b.before, x.height, x.width), x, reference::zeros(b.after, x.height, x.width)});
    }
    values of(const plait::pixel_shuffle& b, const values& x) {
        return reference::pixel_shuffle(x, b.factor);
    }
    values of(const plait::pixel_unshuffle& b, const values& x) {
        return reference::pixel_unshuffle(x, b.factor);
    }
    values of(const plait::activate& b, const values& x) { return reference::activate(x, b.activation); }
    values of(const plait::prelu&, const values& x) { return reference::prelu(x, weights_.next()); }
    values of(const plait::softmax&, const values& x) { return reference::softmax(x); }
    values of(const plait::channel_shuffle& b, const values& x) { return reference::shuffle(x, b.groups); }
    values of(const plait::output_block&, const values& x) {
        outputs_.push_back(x);
        return x;
    }

    template <auto... Blocks>
    values of(const plait::chain_block<Blocks...>&, values x) {
        ((x = of(Blocks, x)), ...);
        return x;
    }
    template <int Times, auto... Blocks>
    values of(const plait::repeat_block<Times, Blocks...>&, values x) {
        for (int i = 0; i < Times; ++i) x = of(plait::chain<Blocks...>, x);
        return x;
    }
    template <auto... Branches>
    values of(const plait::parallel_block<Branches...>&, const values& x) {
        return reference::concat({of(Branches, x)...});
    }
    template <plait::activation Activation, auto... Blocks>
    values of(const plait::residual_block<Activation, Blocks...>&, const values& x) {
        return reference::add(x, of(plait::chain<Blocks...>, x), Activation);
    }

    reference::weight_source weights_;
    std::vector<reference::map> outputs_;
};

}  // namespace drawn
