// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a compiler prints of a network that cannot be: block number `Position` of the declaration, its value,
/// the shape that reached it, and why it was refused.
template <int Position, auto Block, shape Input, fault Why>
struct block_rejects_input {};

struct accepted {};

/// A network's facts, from lowering it without recording.
template <int Blocks>
struct survey {
    graph_sizes sizes{};
    long long parameters = 0;
    long long macs = 0;
    int refused_at = -1;  ///< position in the declaration
    refusal refused{};
    feature_map
        input_of[Blocks + 1]{};  ///< of each block of the declaration; the last is the network's output
    int ops_before[Blocks + 1]{};
};

template <shape Input, auto... Blocks>
constexpr survey<sizeof...(Blocks)> examine() {
    survey<sizeof...(Blocks)> found;
    graph g;
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
    found.parameters = g.parameters();
    found.macs = g.macs();
    found.refused = g.refused();
    return found;
}

namespace detail {

template <int Index, auto First, auto... Others>
constexpr auto nth_value() {
    if constexpr (Index == 0)
        return First;
    else
        return nth_value<Index - 1, Others...>();
}

template <shape Input, auto... Blocks>
constexpr auto judge() {
    if constexpr (Input.channels < 1 || Input.height < 1 || Input.width < 1) {
        return block_rejects_input<0, nth_value<0, Blocks..., 0>(), Input, fault::sizes_must_be_positive>{};
    } else {
        constexpr auto found = examine<Input, Blocks...>();
        if constexpr (found.refused_at < 0)
            return accepted{};
        else
            return block_rejects_input<found.refused_at, nth_value<found.refused_at, Blocks...>(),
                                       found.refused.input, found.refused.why>{};
    }
}

}  // namespace detail

/// `accepted`, or one readable type that says which block refuses which input, and why.
template <shape Input, auto... Blocks>
using verdict = decltype(detail::judge<Input, Blocks...>());

}  // namespace plait::inline PLAIT_TARGET
