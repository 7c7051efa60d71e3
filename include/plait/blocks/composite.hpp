// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <iterator>
#include <utility>

#include "plait/graph/graph.hpp"

// Blocks made of blocks. They check nothing themselves: what they hold does.

namespace plait::inline PLAIT_TARGET {

/// A list of blocks.
template <auto... Blocks>
struct block_list {};

namespace detail {

template <const auto& Blocks, std::size_t... Index>
block_list<Blocks[Index]...> listed(std::index_sequence<Index...>);

}  // namespace detail

/// The type of `chain`.
template <auto... Blocks>
struct chain_block {
    static constexpr bool composite = true;
    using parts = block_list<Blocks...>;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g(x, Blocks...); }
};

/// The type of `repeat`.
template <int Times, auto... Blocks>
struct repeat_block {
    static constexpr bool composite = true;
    using parts = block_list<Blocks...>;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map in) const {
        feature_map x = in;
        for (int i = 0; i < Times; ++i) x = g(x, Blocks...);
        return x;
    }
};

/// The type of `each`.
template <const auto& Blocks>
struct each_block {
    static constexpr bool composite = true;
    using parts = decltype(detail::listed<Blocks>(std::make_index_sequence<std::size(Blocks)>{}));
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        int position = 0;
        for (const auto& block : Blocks) x = g.apply_at(position++, block, x);
        return x;
    }
};

/// The type of `parallel`.
template <auto... Branches>
struct parallel_block {
    static constexpr bool composite = true;
    using parts = block_list<Branches...>;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        int position = 0;
        const feature_map branches[]{g.apply_at(position++, Branches, x)...};  // braces: from left to right
        return g.concat(branches);
    }
};

/// The type of `residual`.
template <activation Activation, auto... Blocks>
struct residual_block {
    static constexpr bool composite = true;
    using parts = block_list<Blocks...>;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.residual(x, g(x, Blocks...), Activation);
    }
};

/// The type of `scope`.
template <name Name, auto... Blocks>
struct scope_block {
    static constexpr bool composite = true;
    using parts = block_list<Blocks...>;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.in(Name.view())(x, Blocks...); }
};

/// The type of `sequential`.
template <auto... Blocks>
struct sequential_block {
    static constexpr bool composite = true;
    using parts = block_list<Blocks...>;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.in_next()(x, Blocks...); }
};

/// The type of `numbered`.
template <name First, auto... Blocks>
struct numbered_block {
    static constexpr bool composite = true;
    using parts = block_list<Blocks...>;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.count_on_from(First.view())(x, Blocks...);
    }
};

/// The type of `flat`.
template <auto... Blocks>
struct flat_block {
    static constexpr bool composite = true;
    using parts = block_list<Blocks...>;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        return g.flat([&] { return g(x, Blocks...); });
    }
};

/// The type of `named`.
template <name Name, auto Block>
struct named_block {
    static constexpr bool composite = true;
    using parts = block_list<Block>;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        if constexpr (requires { decltype(Block)::composite; })
            return g.in(Name.view())(x, Block);
        else
            return g.apply_named(Name.view(), Block, x);
    }
};

/// The type of `also_output`.
struct output_block {
    static constexpr bool composite = true;
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const { return g.output(x); }
};

/// The blocks one after another, as one block.
template <auto... Blocks>
inline constexpr chain_block<Blocks...> chain{};

/// A run of equal units: `repeat<7, aug_shuffle{.split = {3, 8}}>`.
template <int Times, auto... Blocks>
inline constexpr repeat_block<Times, Blocks...> repeat{};

/// The blocks of a constant array one after another: the rows of an article's table.
template <const auto& Blocks>
inline constexpr each_block<Blocks> each{};

/// Branches side by side on one input, concatenated. An empty `chain<>` passes the input on.
template <auto... Branches>
inline constexpr parallel_block<Branches...> parallel{};

/// activation(x + blocks(x)).
template <activation Activation, auto... Blocks>
inline constexpr residual_block<Activation, Blocks...> residual{};

/// The blocks one after another; the names of their weights begin with `Name`, and then have the number of
/// the block from 0: `scope<"layer1", basic_residual{.out = 64}, basic_residual{.out = 64}>`.
template <name Name, auto... Blocks>
inline constexpr scope_block<Name, Blocks...> scope{};

/// The same under the next number: an `nn.Sequential` within another.
template <auto... Blocks>
inline constexpr sequential_block<Blocks...> sequential{};

/// The blocks one after another, called `First` and what counts on from it in the place of their numbers:
/// `numbered<"unit1", repeat<3, basic_residual{.out = 64}>>` are "unit1", "unit2" and "unit3".
template <name First, auto... Blocks>
inline constexpr numbered_block<First, Blocks...> numbered{};

/// The blocks one after another, where convolution, norm and activation of a `conv` have numbers of their
/// own: one flat `nn.Sequential`.
template <auto... Blocks>
inline constexpr flat_block<Blocks...> flat{};

/// A block whose weights have a name in place of the block's number: `named<"fc", linear{.out = 10}>`.
template <name Name, auto Block>
inline constexpr named_block<Name, Block> named{};

/// Makes what has been reached a further output of the network, and goes on.
inline constexpr output_block also_output{};

}  // namespace plait::inline PLAIT_TARGET
