// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/network/program.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a compiler prints of a network that cannot be: block number `Position` of the declaration, its value,
/// the shape that reached it, and why it was refused.
template <int Position, auto Block, shape Input, fault Why>
struct block_rejects_input {};

/// The same where the block was to join maps of these two shapes.
template <int Position, auto Block, shape First, shape Second, fault Why>
struct block_rejects_join {};

/// The verdict on a network that can be.
struct accepted {};

/// What lowering a network finds out.
template <int Blocks>
struct survey {
    graph_sizes sizes{};
    int refused_at = -1;  ///< position in the declaration
    refusal refused{};
    feature_map
        input_of[Blocks + 1]{};  ///< of each block of the declaration; the last is the network's output
    int ops_before[Blocks + 1]{};
};

/// Lowers a network on a graph that counts, or records.
template <shape Input, auto... Blocks>
constexpr survey<sizeof...(Blocks)> examine(graph g) {
    survey<sizeof...(Blocks)> found;
    feature_map x = g.input(Input);
    int position = 0;
    [[maybe_unused]] auto visit = [&](const auto& block) {
        found.input_of[position] = x;
        found.ops_before[position] = g.sizes().ops;
        x = g.apply(block, x);
        if (!g.accepted() && found.refused_at < 0) found.refused_at = position;
        ++position;
    };
    (visit(Blocks), ...);
    found.input_of[position] = x;
    found.ops_before[position] = g.sizes().ops;
    g.output(x);
    found.sizes = g.sizes();
    found.refused = g.refused();
    return found;
}

/// A network's calls, and what recording them found out.
template <graph_sizes Sizes, int Blocks>
struct recording {
    program<Sizes> calls{};
    survey<Blocks> facts{};
};

namespace detail {

template <shape Input, auto... Blocks>
inline constexpr survey<sizeof...(Blocks)> counted = examine<Input, Blocks...>(graph{});

template <shape Input, auto... Blocks>
constexpr auto record() {
    recording<counted<Input, Blocks...>.sizes, sizeof...(Blocks)> made;
    made.facts = examine<Input, Blocks...>(graph{made.calls.ops, made.calls.pool, made.calls.outputs});
    made.calls.input = made.facts.input_of[0];
    return made;
}

template <shape Input, auto... Blocks>
inline constexpr auto recorded = record<Input, Blocks...>();

template <int Index, auto First, auto... Others>
constexpr auto nth_value() {
    if constexpr (Index == 0)
        return First;
    else
        return nth_value<Index - 1, Others...>();
}

struct refusal_in_network {
    int position = -1;
    refusal what{};
};

template <shape Input, auto... Blocks>
constexpr refusal_in_network find_refusal() {
    if constexpr (counted<Input, Blocks...>.refused_at >= 0)
        return {counted<Input, Blocks...>.refused_at, counted<Input, Blocks...>.refused};
    else
        return {recorded<Input, Blocks...>.facts.refused_at, recorded<Input, Blocks...>.facts.refused};
}

template <shape Input, auto... Blocks>
constexpr auto judge() {
    if constexpr (Input.channels < 1 || Input.height < 1 || Input.width < 1) {
        return block_rejects_input<0, nth_value<0, Blocks..., 0>(), Input, fault::sizes_must_be_positive>{};
    } else {
        constexpr refusal_in_network found = find_refusal<Input, Blocks...>();
        constexpr refusal refused = found.what;
        if constexpr (found.position < 0)
            return accepted{};
        else if constexpr (refused.other == shape{0, 0, 0})
            return block_rejects_input<found.position, nth_value<found.position, Blocks...>(), refused.input,
                                       refused.why>{};
        else
            return block_rejects_join<found.position, nth_value<found.position, Blocks...>(), refused.other,
                                      refused.input, refused.why>{};
    }
}

}  // namespace detail

/// `accepted`, or one readable type that says which block refuses which input, and why.
template <shape Input, auto... Blocks>
using verdict = decltype(detail::judge<Input, Blocks...>());

}  // namespace plait::inline PLAIT_TARGET
