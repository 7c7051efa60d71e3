// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "../reference.hpp"
#include "counts.hpp"
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
                                               const reference::map& picture,
                                               const std::vector<reference::map>& further) {
        paper reader(weights, further);
        reader.outputs_.push_back(drawing<paper, map>(seed, reader).draw({picture}).values);
        return reader.outputs_;
    }

    // As a reader.

    template <class Block>
    map make(const Block& block, const map& x) {
        return {of(block, x.values)};
    }
    map input(plait::shape) { return {further_[inputs_++]}; }
    map concat(const map& a, const map& b) { return {reference::concat({a.values, b.values})}; }
    map slice(const map& x, int begin, int end) { return {reference::slice(x.values, begin, end)}; }
    map combine(plait::binary_operation operation, const map& a, const map& b, plait::activation act) {
        return {reference::combine(operation, a.values, b.values, act)};
    }
    map combine(plait::binary_operation operation, const map& a, plait::real b, plait::activation act) {
        return combine(operation, a, {reference::one_value(b)}, act);
    }
    map combine(plait::binary_operation operation, plait::real a, const map& b, plait::activation act) {
        return combine(operation, {reference::one_value(a)}, b, act);
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

    paper(const std::vector<reference::layer_weights>& weights, const std::vector<reference::map>& further)
        : weights_(weights), further_(further) {}

    template <class Block>
    static reference::window window_of(const Block& b, const values& x,
                                       plait::activation act = plait::activation::none) {
        const auto [rows, columns] = axes_of(b, x.height, x.width);
        reference::window made{.kernel = b.kernel, .stride = b.stride, .act = act};
        if constexpr (requires { b.dilation; }) made.dilation = b.dilation;
        made.padding = {rows.before, columns.before, rows.after, columns.after};
        made.out = {rows.outputs, columns.outputs};
        return made;
    }

    values of(const plait::conv& b, const values& x) {
        return reference::convolution(x, weights_.next(), b.out, window_of(b, x, b.activation), b.groups);
    }
    values of(const plait::depthwise& b, const values& x) {
        return reference::depthwise(x, weights_.next(), window_of(b, x, b.activation));
    }
    values of(const plait::conv_transpose& b, const values& x) {
        const plait::shape made = counting::count(b, {x.count(), x.height, x.width}).at;
        const plait::padding cut(plait::extent{b.padding.height, b.padding.width});
        return reference::transposed(
            x, weights_.next(), b.out, made.plane(),
            {.kernel = b.kernel, .stride = b.stride, .act = b.activation, .padding = cut.pixels});
    }
    /// With statistics folded into one weight and bias a channel.
    values of(const plait::batch_norm&, const values& x) {
        return reference::depthwise(x, weights_.next(), {});
    }
    values of(const plait::combine_values& b, const values& x) {
        const values own = reference::one_a_channel(weights_.next());
        return reference::combine(b.operation, b.value_first ? own : x, b.value_first ? x : own,
                                  plait::activation::none);
    }
    values of(const plait::max_pool& b, const values& x) {
        return reference::pool(x, window_of(b, x), reference::pool_kind::largest);
    }
    values of(const plait::average_pool& b, const values& x) {
        using enum reference::pool_kind;
        return reference::pool(x, window_of(b, x), b.count_include_pad ? mean : mean_inside);
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
             .groups = as_published ? published[static_cast<int>(b.variant)] : b.shuffle_groups,
             .communication = b.communication},
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
    /// MobileNetV3's block, arXiv 1905.02244, figure 4.
    values of(const plait::mobile_bottleneck& b, const values& x) {
        values y = x;
        if (b.expanded != x.count())
            y = reference::convolution(y, weights_.next(), b.expanded, {.act = b.activation});
        y = reference::depthwise(y, weights_.next(),
                                 {.kernel = b.kernel, .stride = b.stride, .act = b.activation});
        if (b.squeezed > 0) y = of(plait::squeeze_excitation{b.squeezed, b.squeeze_activation, b.gate}, y);
        y = reference::convolution(y, weights_.next(), b.out, reference::linear_1x1);
        const bool adds = b.stride == 1 && b.out == x.count();
        return adds ? reference::add(x, y, plait::activation::none) : y;
    }
    /// ResNet's bottleneck, arXiv 1512.03385, figure 5, with the stride where torchvision has it.
    values of(const plait::bottleneck_residual& b, const values& x) {
        const reference::window middle{.kernel = 3, .stride = b.stride, .act = plait::activation::relu};
        values y = reference::convolution(x, weights_.next(), b.width, reference::relu_1x1);
        y = reference::convolution(y, weights_.next(), b.width, middle, b.groups);
        y = reference::convolution(y, weights_.next(), b.out, reference::linear_1x1);
        const bool projects = b.stride > 1 || b.out != x.count();
        const values shortcut =
            projects ? reference::convolution(x, weights_.next(), b.out, {.stride = b.stride}) : x;
        return reference::add(y, shortcut, plait::activation::relu);
    }
    /// Highway networks, arXiv 1505.00387, equation 3.
    values of(const plait::highway& b, const values& x) {
        using enum plait::binary_operation;
        constexpr plait::activation none = plait::activation::none;
        const values transform =
            reference::convolution(x, weights_.next(), x.count(), {.kernel = b.kernel, .act = b.activation});
        const values gate = reference::convolution(x, weights_.next(), x.count(),
                                                   {.kernel = b.kernel, .act = plait::activation::sigmoid});
        const values carry = reference::combine(subtract, reference::one_value(1), gate, none);
        return reference::add(reference::combine(multiply, gate, transform, none),
                              reference::combine(multiply, carry, x, none), none);
    }
    values of(const plait::upsample& b, const values& x) { return reference::upsample(x, b.factor); }
    values of(const plait::interpolate& b, const values& x) {
        return reference::resize(x, resized(b, x.height, x.width), double{b.factor}, b.by, b.at);
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
    values of(const plait::dropout&, const values& x) { return x; }
    values of(const plait::flatten&, const values& x) { return x; }
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
    const std::vector<reference::map>& further_;
    std::size_t inputs_ = 0;
    std::vector<reference::map> outputs_;
};

}  // namespace drawn
