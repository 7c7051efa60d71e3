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
        for (int left = 4 + dice_.roll(4); left > 0; --left) {
            draw_block();
            draw_join();
        }
        draw_tail();
        return x_;
    }

private:
    static constexpr int most_channels = 90;
    static constexpr int most_values = 16'000;

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
        switch (dice_.roll(22)) {
            case 0: return draws_conv();
            case 1: return draws_conv();
            case 2: return draws_depthwise();
            case 3: return draws_pool();
            case 4: return draws_shuffle_unit();
            case 5: return draws_shuffle_down();
            case 6: return draws_aug_shuffle();
            case 7: return draws_aug_shuffle();
            case 8: return draws_grouped_shuffle_unit();
            case 9: return draws_grouped_shuffle_unit();
            case 10: return draws_inverted_residual();
            case 11: return draws_basic_residual();
            case 12: return draws_upsample();
            case 13: return draws_activation();
            case 14: return here().channels <= 40 && suits(plait::softmax{});
            case 15: return suits(plait::channel_shuffle{.groups = 2 + dice_.roll(4)});
            case 16: return draws_composite();
            case 17: return draws_shared_weights();
            case 18: return draws_gate();
            case 19: return draws_pixels();
            case 20: return draws_pixels();
            default: break;
        }
        return suits(plait::also_output);
    }

    constexpr bool draws_conv() {
        const int groups = dice_.roll(3) == 0 ? 2 + dice_.roll(3) : 1;
        const int out = (width() + groups - 1) / groups * groups;
        if (here().channels % groups != 0) return false;
        const int wide = kernel();
        return suits(plait::conv{.out = out,
                                 .kernel = wide,
                                 .stride = stride(),
                                 .padding = padding(wide),
                                 .groups = groups,
                                 .after = affine(),
                                 .activation = activation()});
    }

    constexpr bool draws_depthwise() {
        const int wide = kernel();
        return suits(plait::depthwise{.kernel = wide,
                                      .stride = stride(),
                                      .padding = padding(wide),
                                      .after = affine(),
                                      .activation = activation()});
    }

    constexpr bool draws_pool() {
        const int wide = kernel();
        const plait::padding around = wide > 1 ? padding(wide) : plait::padding::centred;
        if (dice_.roll(2) == 0)
            return suits(plait::max_pool{.kernel = wide, .stride = stride(), .padding = around});
        return suits(plait::average_pool{
            .kernel = wide, .stride = stride(), .padding = around, .count_include_pad = dice_.roll(2) == 0});
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
        plait::aug_shuffle block{.variant = static_cast<plait::order>(dice_.roll(3)),
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

    constexpr bool draws_basic_residual() {
        if (here().channels > 40) return false;
        return suits(plait::basic_residual{.out = same_or_other_width(), .stride = stride()});
    }

    constexpr bool draws_upsample() {
        const int factor = 2 + dice_.roll(2);
        return factor * factor * here().elements() < most_values / 2 && suits(plait::upsample{factor});
    }

    constexpr bool draws_pixels() {
        using enum plait::interpolation;
        using enum plait::coordinates;
        const plait::extent size = here().plane();
        const bool is_small = 4 * here().elements() < most_values;
        switch (dice_.roll(8)) {
            case 0:
                return suits(
                    plait::slice_pixels{{.from = size.height / 4}, {.from = size.width / 4, .step = 2}});
            case 1: return is_small && suits(plait::pad{.sides = palette_.padding});
            case 2:
                return is_small && size.height > 1 && size.width > 1 &&
                       suits(plait::pad{.sides = palette_.padding, .mode = plait::padding_mode::reflection});
            case 3: return is_small && here().channels % 4 == 0 && suits(plait::pixel_shuffle{});
            case 4:
                return is_small && size.divisible_by(2) && here().channels < 24 &&
                       suits(plait::pixel_unshuffle{});
            case 5: return here().channels < 40 && suits(plait::pad_channels{.before = 1, .after = 2});
            case 6:
                return suits(plait::interpolate{
                    .to = {size.height, size.width / 2 + 1}, .by = nearest_round, .at = half_pixel});
            default: break;
        }
        const plait::extent larger{size.height + 1, size.width + 2};
        return is_small &&
               suits(plait::interpolate{
                   .to = larger, .by = bilinear, .at = dice_.roll(2) == 0 ? half_pixel : aligned});
    }

    constexpr bool draws_gate() {
        if (dice_.roll(2) == 0) {
            x_ = read_.combine(plait::binary_operation::add, x_, plait::real(0.5), activation());
            x_ = read_.combine(plait::binary_operation::divide, x_, plait::real(-1.5),
                               plait::activation::none);
            return true;
        }
        const int squeezed = 1 + dice_.roll(9);
        return suits(plait::squeeze_excitation{.squeezed = squeezed, .activation = activation()});
    }

    constexpr bool draws_composite() {
        using namespace plait;
        if (here().channels > most_channels / 2) return false;
        const bool even = here().channels % 2 == 0;
        switch (dice_.roll(4)) {
            case 0: return even && suits(repeat<2, shuffle_unit{}>);
            case 1: return suits(chain<plait::depthwise{}, conv{.out = 12}>);
            case 2: return suits(parallel<chain<>, conv{.out = 6}, max_pool{.stride = 1}>);
            default: break;
        }
        return suits(residual<plait::activation::relu, plait::depthwise{}, average_pool{.stride = 1}>);
    }

    constexpr bool draws_activation() {
        if (dice_.roll(3) == 0) return suits(plait::prelu{.one_slope = dice_.roll(3) == 0});
        return suits(plait::activate{activation()});
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
        if (dice_.roll(3) == 0 && one_size && here().channels + tap_.dimensions().channels < most_channels)
            x_ = read_.concat(tap_, x_);
        if (dice_.roll(3) == 0 && here() == tap_.dimensions()) draw_combination(x_, tap_);
        if (dice_.roll(3) == 0 && one_size) {
            const int channel = dice_.roll(tap_.dimensions().channels);
            draw_combination(read_.slice(tap_, channel, channel + 1), x_);
        }
        if (dice_.roll(4) == 0 && here().channels == tap_.dimensions().channels) draw_spread();
        if (dice_.roll(3) == 0) {
            const int begin = dice_.roll(4);
            const int end = here().channels - dice_.roll(4);
            tap_ = here().channels > 8 ? read_.slice(x_, begin, end) : x_;
        }
    }

    /// One value a channel. The larger of a map and its largest would be one number everywhere.
    constexpr void draw_spread() {
        if (dice_.roll(2) == 0) return draw_combination(read_.make(plait::global_average_pool{}, tap_), x_);
        x_ = read_.combine(plait::binary_operation::subtract, x_, read_.make(plait::global_max_pool{}, tap_),
                           plait::activation::none);
    }

    /// Of maps one of which may be smaller, in any order.
    constexpr void draw_combination(const Map& a, const Map& b) {
        const plait::binary_operation how = operation();
        const plait::activation act = activation();
        x_ = dice_.roll(2) == 0 ? read_.combine(how, a, b, act) : read_.combine(how, b, a, act);
    }

    constexpr void draw_tail() {
        if (dice_.roll(2) == 0) return put(plait::conv{.out = 1 + dice_.roll(20)}, x_);
        put(plait::global_average_pool{}, x_);
        put(plait::linear{.out = 1 + dice_.roll(40)}, x_);
    }

    constexpr plait::shape here() const { return x_.dimensions(); }
    constexpr int width() { return dice_.pick(palette_.widths); }
    constexpr int kernel() { return dice_.pick(palette_.kernels); }
    /// Mostly what keeps the size; else what the palette has, where the window fits without any.
    constexpr plait::padding padding(int wide) {
        const bool fits = wide <= here().height && wide <= here().width;
        return dice_.roll(3) == 0 && fits ? plait::padding(palette_.padding) : plait::padding::centred;
    }
    constexpr plait::activation activation() { return dice_.pick(palette_.activations); }
    constexpr plait::affine affine() {
        constexpr plait::affine all[]{plait::affine::batch_norm, plait::affine::bias, plait::affine::none};
        return all[dice_.roll(3)];
    }
    /// What keeps values near 1: none divides.
    constexpr plait::binary_operation operation() {
        using enum plait::binary_operation;
        constexpr plait::binary_operation all[]{add, multiply, subtract, maximum, minimum};
        return dice_.pick(all);
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
