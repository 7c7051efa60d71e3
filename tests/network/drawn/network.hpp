// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "palette.hpp"
#include "plait/blocks/blocks.hpp"
#include "plait/network/network.hpp"

// Networks drawn by chance from a seed, the same ones every time.

namespace drawn {

/// Draws a network block by block. What its choices are done with is up to `Reader`, which has feature maps
/// of its own kind (`Map`, with `dimensions()`): it lowers them, counts, tells or computes.
template <class Reader, class Map>
class drawing {
public:
    constexpr drawing(unsigned seed, Reader& reader)
        : dice_(dice_of(seed)), palette_(palette_of(unit_of(seed))), read_(reader) {}

    constexpr Map draw(Map picture) {
        put(plait::conv{.out = width(), .kernel = kernel(), .activation = activation()}, picture);
        tap_ = x_;
        for (int left = 4 + dice_.roll(3); left > 0; --left) {
            draw_block();
            draw_join();
        }
        draw_tail();
        return x_;
    }

private:
    static constexpr int most_channels = 90;
    static constexpr int most_values = 16'000;
    static constexpr int most_flattened = 2'000;

    template <class Block>
    constexpr void put(const Block& block, Map in) {
        x_ = read_.make(block, in);
    }

    /// Puts a block on what there is, unless it refuses that.
    template <class Block>
    constexpr bool suits(const Block& block) {
        if (block.check(here())) return false;
        put(block, x_);
        return true;
    }

    constexpr void draw_block() {
        constexpr int attempts = 6;
        for (int i = 0; i < attempts; ++i) {
            if (is_drawn()) return;
        }
        put(plait::conv{.out = width()}, x_);
    }

    constexpr bool is_drawn() {
        switch (dice_.roll(31)) {
            case 0: return draws_conv();
            case 1: return draws_conv();
            case 2: return draws_depthwise();
            case 3: return draws_pool();
            case 4: return draws_pool();
            case 5: return draws_shuffle_unit();
            case 6: return draws_shuffle_down();
            case 7: return draws_aug_shuffle();
            case 8: return draws_aug_shuffle();
            case 9: return draws_grouped_shuffle_unit();
            case 10: return draws_inverted_residual();
            case 11: return draws_mobile_bottleneck();
            case 12: return draws_residual();
            case 13: return draws_conv_transpose();
            case 14: return draws_activation();
            case 15: return draws_norm();
            case 16: return here().channels <= 40 && suits(plait::softmax{});
            case 17: return suits(plait::channel_shuffle{.groups = 2 + dice_.roll(4)});
            case 18: return draws_composite();
            case 19: return draws_shared_weights();
            case 20: return draws_gate();
            case 21: return draws_constant();
            case 22: return draws_pixels();
            case 23: return draws_pixels();
            case 24: return draws_resize();
            case 25: return draws_resize();
            case 26: return draws_composite();
            case 27: return draws_pixels();
            case 28: return draws_input();
            case 29: return draws_constant();
            default: break;
        }
        return suits(plait::also_output);
    }

    constexpr bool draws_conv() {
        const int groups = dice_.roll(3) == 0 ? 2 + dice_.roll(3) : 1;
        const int out = (width() + groups - 1) / groups * groups;
        if (here().channels % groups != 0) return false;
        const plait::windowing over = window();
        return suits(plait::conv{.out = out,
                                 .kernel = over.kernel,
                                 .stride = over.stride,
                                 .padding = over.pad,
                                 .dilation = over.dilation,
                                 .groups = groups,
                                 .after = affine(),
                                 .activation = activation()});
    }

    /// Now and then with two or three outputs a channel.
    constexpr bool draws_depthwise() {
        const int channels = here().channels;
        const plait::windowing over = window();
        if (dice_.roll(3) > 0)
            return suits(plait::depthwise{.kernel = over.kernel,
                                          .stride = over.stride,
                                          .padding = over.pad,
                                          .dilation = over.dilation,
                                          .after = affine(),
                                          .activation = activation()});
        const int times = 2 + dice_.roll(2);
        return times * channels <= most_channels && suits(plait::conv{.out = times * channels,
                                                                      .kernel = over.kernel,
                                                                      .stride = over.stride,
                                                                      .padding = over.pad,
                                                                      .dilation = over.dilation,
                                                                      .groups = channels,
                                                                      .after = affine(),
                                                                      .activation = activation()});
    }

    constexpr bool draws_pool() {
        plait::windowing over = window();
        const bool is_maximum = dice_.roll(2) == 0;
        if (!is_maximum) over.dilation = 1;
        over.ceil_mode = dice_.roll(2) == 0;
        if (!reads_the_map(over)) return false;
        if (is_maximum)
            return suits(plait::max_pool{.kernel = over.kernel,
                                         .stride = over.stride,
                                         .padding = over.pad,
                                         .dilation = over.dilation,
                                         .ceil_mode = over.ceil_mode});
        return suits(plait::average_pool{.kernel = over.kernel,
                                         .stride = over.stride,
                                         .padding = over.pad,
                                         .ceil_mode = over.ceil_mode,
                                         .count_include_pad = dice_.roll(2) == 0});
    }

    constexpr bool draws_conv_transpose() {
        const enlargement& e = palette_.enlarged;
        const plait::shape in = here();
        const int pixels =
            (in.height * e.stride.height + e.kernel.height) * (in.width * e.stride.width + e.kernel.width);
        const int out = width();
        if (pixels * out > most_values) return false;
        return suits(plait::conv_transpose{.out = out,
                                           .kernel = e.kernel,
                                           .stride = e.stride,
                                           .padding = e.padding,
                                           .output_padding = e.output_padding,
                                           .after = affine(),
                                           .activation = activation()});
    }

    /// By itself: what an output is of, and what has an activation, no convolution takes.
    constexpr bool draws_norm() {
        if (dice_.roll(2) == 0)
            put(plait::also_output, x_);
        else
            put(plait::activate{palette_.activations[1]}, x_);
        put(plait::batch_norm{.scales = dice_.roll(2) == 0}, x_);
        return suits(plait::activate{activation()});
    }

    constexpr bool draws_shuffle_unit() {
        return suits(plait::shuffle_unit{static_cast<plait::mixing>(dice_.roll(4))});
    }

    constexpr bool draws_shuffle_down() {
        const auto mix = dice_.roll(2) == 0 ? plait::mixing::none : plait::mixing::after;
        return suits(plait::shuffle_down{.out = 2 * ((width() + 1) / 2), .mix = mix});
    }

    /// The first ratio that suits, from one that is drawn on.
    constexpr bool draws_aug_shuffle() {
        constexpr plait::ratio splits[]{{3, 8}, {1, 2}, {1, 4}, {5, 8}, {1, 8},
                                        {3, 4}, {1, 3}, {2, 3}, {1, 6}};
        constexpr int count = sizeof splits / sizeof splits[0];
        constexpr int divisible_by_all = 48;
        if (dice_.roll(2) == 0) put(plait::conv{.out = divisible_by_all}, x_);
        plait::aug_shuffle block{.communication = static_cast<plait::communication>(dice_.roll(3)),
                                 .variant = static_cast<plait::order>(dice_.roll(3)),
                                 .expand_activation = activation()};
        if (dice_.roll(3) == 0) block.shuffle_groups = 1 + dice_.roll(4);
        const int first = dice_.roll(4) == 0 ? 0 : 2 + dice_.roll(count - 2);
        for (int i = 0; i < count; ++i) {
            block.split = splits[(first + i) % count];
            if (suits(block)) return true;
        }
        return false;
    }

    constexpr bool draws_grouped_shuffle_unit() {
        plait::grouped_shuffle_unit block{.out = here().channels, .first_is_grouped = dice_.roll(3) > 0};
        if (dice_.roll(2) == 0) {
            block.stride = 2;
            block.out = (here().channels / 4 + 1 + dice_.roll(4)) * 4;
        }
        if (block.out > most_channels) return false;
        for (block.groups = 4; block.groups > 0; --block.groups) {
            if (suits(block)) return true;
        }
        return false;
    }

    constexpr bool draws_inverted_residual() {
        const int expansion = 1 + dice_.roll(4);
        if (expansion * here().channels > most_channels) return false;
        return suits(plait::inverted_residual{.out = same_or_other_width(),
                                              .stride = stride(),
                                              .expansion = expansion,
                                              .kernel = kernel(),
                                              .activation = activation()});
    }

    constexpr bool draws_mobile_bottleneck() {
        const int expanded = here().channels * (1 + dice_.roll(3));
        if (expanded > most_channels) return false;
        return suits(plait::mobile_bottleneck{.out = same_or_other_width(),
                                              .expanded = expanded,
                                              .kernel = kernel(),
                                              .stride = 1 + dice_.roll(2),
                                              .squeezed = dice_.roll(2) * (1 + dice_.roll(9)),
                                              .activation = activation()});
    }

    constexpr bool draws_residual() {
        if (here().channels > 40) return false;
        const int out = same_or_other_width();
        switch (dice_.roll(3)) {
            case 0: return suits(plait::basic_residual{.out = out, .stride = stride()});
            case 1: return suits(plait::highway{.kernel = kernel(), .activation = activation()});
            default: break;
        }
        const int groups = 1 + dice_.roll(2);
        return suits(plait::bottleneck_residual{.out = out,
                                                .width = groups * (1 + dice_.roll(12)),
                                                .stride = 1 + dice_.roll(2),
                                                .groups = groups});
    }

    constexpr bool is_small() const { return 4 * here().elements() < most_values; }

    /// The first of them that suits, from one that is drawn on.
    constexpr bool draws_pixels() {
        constexpr int count = 7;
        const int first = dice_.roll(count);
        for (int i = 0; i < count; ++i) {
            if (moves_pixels((first + i) % count)) return true;
        }
        return false;
    }

    constexpr bool moves_pixels(int how) {
        const plait::extent size = here().plane();
        const int square = palette_.shuffled * palette_.shuffled;
        switch (how) {
            case 0:
                if (here().channels % square != 0) put(plait::conv{.out = square * (1 + dice_.roll(6))}, x_);
                return suits(plait::pixel_shuffle{palette_.shuffled});
            case 1: {
                if (!is_small() || square * here().channels > 2 * most_channels) return false;
                const auto missing = [&](int pixels) {
                    return (palette_.shuffled - pixels % palette_.shuffled) % palette_.shuffled;
                };
                if (!size.divisible_by(palette_.shuffled))
                    put(plait::pad{{0, 0, missing(size.height), missing(size.width)}}, x_);
                return suits(plait::pixel_unshuffle{palette_.shuffled});
            }
            case 2: return is_small() && suits(plait::pad{.sides = palette_.padding});
            case 3:
                return is_small() && size.height > 1 && size.width > 1 &&
                       suits(plait::pad{.sides = palette_.padding, .mode = plait::padding_mode::reflection});
            case 4:
                return size.height > 2 && suits(plait::slice_pixels{{.to = size.height - 1, .step = 3}, {}});
            case 5: {
                const int before = dice_.roll(3);
                return here().channels < 40 &&
                       suits(plait::pad_channels{.before = before, .after = 2 - before / 2});
            }
            default: break;
        }
        return suits(plait::slice_pixels{{.from = size.height / 4}, {.from = size.width / 4, .step = 2}});
    }

    constexpr bool draws_resize() {
        const plait::extent size = here().plane();
        plait::interpolate block{.by = palette_.by, .at = palette_.at};
        switch (dice_.roll(4)) {
            case 0: {
                const int factor = 3 - dice_.roll(2);
                return factor * factor * here().elements() < most_values / 2 &&
                       suits(plait::upsample{factor});
            }
            case 1: block.to = {size.height + 1, size.width + 2}; break;
            case 2: block.to = {size.height, size.width / 2 + 1}; break;
            default: block.factor = size.height > 1 && size.width > 1 && dice_.roll(2) == 0 ? 0.75 : 1.5;
        }
        return is_small() && suits(block);
    }

    constexpr bool draws_gate() {
        const int squeezed = 1 + dice_.roll(9);
        return suits(plait::squeeze_excitation{
            .squeezed = squeezed,
            .activation = activation(),
            .gate = dice_.roll(2) == 0 ? plait::activation::sigmoid : plait::activation::hard_sigmoid()});
    }

    /// Every operation, on either side of it a number.
    constexpr bool draws_constant() {
        using enum plait::binary_operation;
        const plait::activation act = activation();
        const auto with = [&](plait::binary_operation operation, double number) {
            x_ = read_.combine(operation, x_, plait::real(number), act);
        };
        switch (dice_.roll(12)) {
            case 0: with(add, 0.5); break;
            case 1: with(subtract, 0.25); break;
            case 2: with(multiply, -1.25); break;
            case 3: with(divide, -1.5); break;
            case 4: with(maximum, -0.5); break;
            case 5: with(minimum, 0.75); break;
            case 6: x_ = read_.combine(subtract, plait::real(1), x_, act); break;
            case 7: x_ = read_.combine(divide, plait::real(1), not_near_zero(x_), act); break;
            case 8: put(plait::combine_values{divide, true}, not_near_zero(x_)); break;
            case 9: put(plait::combine_values{subtract, true}, x_); break;
            case 10: put(plait::combine_values{subtract}, x_); break;
            default: return draws_values();
        }
        return true;
    }

    /// All but to divide by them: some are near zero.
    constexpr bool draws_values() {
        using enum plait::binary_operation;
        constexpr plait::binary_operation all[]{add, multiply, maximum, minimum};
        return suits(plait::combine_values{dice_.pick(all)});
    }

    /// A further input, beside what there is or a value for each of its channels.
    constexpr bool draws_input() {
        const plait::shape in = here();
        if (dice_.roll(2) == 0 || in.channels > most_channels / 2)
            draw_combination(read_.input({in.channels, 1, 1}), x_);
        else
            x_ = read_.concat(x_, read_.input({1 + dice_.roll(7), in.height, in.width}));
        return true;
    }

    constexpr bool draws_composite() {
        using namespace plait;
        const bool even = here().channels % 2 == 0;
        const bool can_double = 2 * here().channels <= most_channels;
        switch (dice_.roll(4)) {
            case 0: return even && suits(repeat<2, shuffle_unit{}>);
            case 1: return suits(chain<plait::depthwise{}, conv{.out = 12}>);
            case 2: return can_double && suits(parallel<chain<>, conv{.out = 6}, max_pool{.stride = 1}>);
            default: break;
        }
        return suits(residual<plait::activation::relu, plait::depthwise{}, average_pool{.stride = 1}>);
    }

    constexpr bool draws_activation() {
        switch (dice_.roll(4)) {
            case 0: return suits(plait::prelu{.one_slope = dice_.roll(3) == 0});
            case 1: return suits(plait::dropout{}) && suits(plait::activate{activation()});
            default: break;
        }
        return suits(plait::activate{palette_.alone});
    }

    /// A convolution once more, on what it made or on that at half the size.
    constexpr bool draws_shared_weights() {
        if (here().channels > most_channels / 2) return false;
        const plait::conv block{
            .out = here().channels, .kernel = kernel(), .after = affine(), .activation = activation()};
        const char* name = next_name();
        x_ = read_.make_in(name, block, x_);
        const Map first = x_;
        if (here().plane().divisible_by(2) && dice_.roll(2) == 0) put(plait::max_pool{}, x_);
        x_ = read_.make_with_weights_of(name, block, x_);
        tap_ = first;
        return true;
    }

    /// Now and then what was kept comes back, or more is kept.
    constexpr void draw_join() {
        const bool one_size = here().plane() == tap_.dimensions().plane();
        if (dice_.roll(3) == 0 && one_size && here().channels + tap_.dimensions().channels < most_channels) {
            x_ = read_.concat(tap_, x_);
            if (dice_.roll(3) == 0) put(plait::batch_norm{.scales = dice_.roll(3) > 0}, x_);
        }
        if (dice_.roll(3) == 0 && here() == tap_.dimensions()) draw_combination(x_, tap_);
        if (dice_.roll(3) == 0 && one_size) {
            const int channel = dice_.roll(tap_.dimensions().channels);
            draw_combination(read_.slice(tap_, channel, channel + 1), x_);
        }
        if (dice_.roll(3) == 0 && here().channels == tap_.dimensions().channels) draw_spread();
        if (dice_.roll(3) == 0) {
            const int begin = dice_.roll(4);
            const int end = here().channels - dice_.roll(4);
            tap_ = here().channels > 8 ? read_.slice(x_, begin, end) : x_;
        }
    }

    /// One value a channel. The larger of a map and its largest would be one number everywhere.
    constexpr void draw_spread() {
        switch (dice_.roll(3)) {
            case 0: {
                const Map one = dice_.roll(2) == 0 ? read_.slice(tap_, 0, 1) : tap_;
                return draw_combination(read_.make(plait::global_average_pool{}, one), x_);
            }
            case 1:
                x_ = read_.combine(plait::binary_operation::subtract, x_,
                                   read_.make(plait::global_max_pool{}, tap_), plait::activation::none);
                return;
            default: break;
        }
        if (tap_.dimensions().elements() > most_flattened) return;
        draw_combination(read_.make(plait::linear{.out = here().channels, .bias = dice_.roll(2) == 0}, tap_),
                         x_);
    }

    /// Of maps one of which may be smaller, in any order.
    constexpr void draw_combination(const Map& a, const Map& b) {
        const plait::binary_operation how = operation();
        const plait::activation act = activation();
        const bool in_order = dice_.roll(2) == 0;
        const Map& left = in_order ? a : b;
        const Map& right = in_order ? b : a;
        const bool divides = how == plait::binary_operation::divide;
        x_ = read_.combine(how, left, divides ? not_near_zero(right) : right, act);
    }

    constexpr Map not_near_zero(const Map& x) {
        return read_.combine(plait::binary_operation::maximum, x, plait::real(0.75), plait::activation::none);
    }

    constexpr void draw_tail() {
        const bool is_flattened = here().elements() <= most_flattened && dice_.roll(3) == 0;
        if (!is_flattened && dice_.roll(2) == 0) return put(plait::conv{.out = 1 + dice_.roll(20)}, x_);
        if (is_flattened) {
            put(plait::flatten{}, x_);
            if (dice_.roll(2) == 0) put(plait::activate{palette_.alone}, x_);
            put(plait::dropout{}, x_);
        } else {
            put(plait::global_average_pool{}, x_);
        }
        put(plait::linear{.out = 1 + dice_.roll(40), .bias = dice_.roll(3) > 0}, x_);
        if (!is_flattened) return;
        put(plait::activate{palette_.activations[1]}, x_);
        put(plait::linear{.out = 1 + dice_.roll(8)}, x_);
    }

    constexpr plait::shape here() const { return x_.dimensions(); }
    constexpr int width() { return dice_.pick(palette_.widths); }
    constexpr int kernel() { return dice_.pick(palette_.kernels); }
    /// A square one that mostly keeps the size, else the palette's, where it fits.
    constexpr plait::windowing window() {
        if (dice_.roll(3) == 0 && fits(palette_.window)) return palette_.window;
        const int wide = kernel();
        return {.kernel = wide, .stride = stride(), .pad = padding(wide)};
    }
    constexpr bool fits(const plait::windowing& over) const {
        const plait::extent made = over.over(here().plane()).outputs(here().plane());
        return made.height > 0 && made.width > 0;
    }
    constexpr bool reads_the_map(const plait::windowing& over) const {
        const plait::window made = over.over(here().plane());
        return fits(over) && made.rows.always_reads(here().height) && made.columns.always_reads(here().width);
    }
    /// Mostly what keeps the size; else what the palette has, where the window fits without any.
    constexpr plait::padding padding(int wide) {
        const bool fits = wide <= here().height && wide <= here().width;
        switch (dice_.roll(6)) {
            case 0: return plait::padding::tensorflow_same;
            case 1: return fits ? plait::padding(palette_.padding) : plait::padding::centred;
            default: break;
        }
        return plait::padding::centred;
    }
    constexpr plait::activation activation() { return dice_.pick(palette_.activations); }
    constexpr plait::affine affine() {
        constexpr plait::affine all[]{plait::affine::batch_norm,
                                      plait::affine::bias,
                                      plait::affine::none,
                                      plait::affine::bias_and_batch_norm,
                                      {.scales = false}};
        return dice_.pick(all);
    }
    constexpr plait::binary_operation operation() {
        return static_cast<plait::binary_operation>(dice_.roll(6));
    }
    constexpr int same_or_other_width() { return dice_.roll(2) == 0 ? here().channels : width(); }
    constexpr int stride() { return dice_.roll(3) == 0 ? 2 + dice_.roll(2) : 1; }
    constexpr const char* next_name() {
        constexpr const char* names[]{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"};
        return names[names_++];
    }

    dice dice_;
    palette palette_;
    Reader& read_;
    Map x_{};
    Map tap_{};
    int names_ = 0;
};

/// Records what is drawn in a graph.
class lowering {
public:
    constexpr explicit lowering(plait::graph& g) : graph_(g) {}

    template <class Block>
    constexpr plait::feature_map make(const Block& block, plait::feature_map x) {
        return graph_.apply(block, x);
    }
    constexpr plait::feature_map input(plait::shape size) { return graph_.input(size); }
    constexpr plait::feature_map concat(plait::feature_map a, plait::feature_map b) {
        return graph_.concat(a, b);
    }
    constexpr plait::feature_map slice(plait::feature_map x, int begin, int end) {
        return x.slice(begin, end);
    }
    template <class A, class B>
    constexpr plait::feature_map combine(plait::binary_operation operation, A a, B b, plait::activation act) {
        using enum plait::binary_operation;
        switch (operation) {
            case add: return graph_.add(a, b, act);
            case subtract: return graph_.subtract(a, b, act);
            case multiply: return graph_.multiply(a, b, act);
            case divide: return graph_.divide(a, b, act);
            case maximum: return graph_.maximum(a, b, act);
            case minimum: break;
        }
        return graph_.minimum(a, b, act);
    }
    constexpr plait::feature_map combine(plait::binary_operation operation, plait::real a,
                                         plait::feature_map b, plait::activation act) {
        return operation == plait::binary_operation::divide ? graph_.divide(a, b, act)
                                                            : graph_.subtract(a, b, act);
    }
    template <class Block>
    constexpr plait::feature_map make_in(const char* name, const Block& block, plait::feature_map x) {
        return graph_.in(name)(x, block);
    }
    template <class Block>
    constexpr plait::feature_map make_with_weights_of(const char* name, const Block& block,
                                                      plait::feature_map x) {
        return graph_.share(name)(x, block);
    }

private:
    plait::graph& graph_;
};

/// The network of a seed as a block.
struct body {
    static constexpr bool composite = true;
    unsigned seed = 0;

    constexpr plait::refusal check(plait::shape) const { return {}; }
    constexpr plait::feature_map lower(plait::graph& g, plait::feature_map picture) const {
        lowering reader(g);
        return drawing<lowering, plait::feature_map>(seed, reader).draw(picture);
    }
};

template <unsigned Seed>
using network = plait::network<picture_of(Seed), body{Seed}>;

}  // namespace drawn
