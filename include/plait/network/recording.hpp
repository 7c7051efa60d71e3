// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "plait/core/as_size.hpp"
#include "plait/network/program.hpp"

namespace plait::inline PLAIT_TARGET {

/// What lowering a declaration of so many blocks finds out.
template <int Blocks>
struct survey {
    graph_sizes sizes{};
    graph_refusal refused{};
    feature_map input_of[as_size(
        Blocks + 1)]{};  ///< of each block of the declaration; the last is the network's output
    int ops_before[as_size(Blocks + 1)]{};
};

/// Lowers a network on a graph that counts, or records.
template <shape Input, auto... Blocks>
constexpr survey<sizeof...(Blocks)> examine(graph g) {
    survey<sizeof...(Blocks)> found;
    feature_map x = g.input(Input);
    int position = 0;
    [[maybe_unused]] const auto visit = [&](const auto& block) {
        found.input_of[position] = x;
        found.ops_before[position] = g.sizes().ops;
        x = g.apply_at(position, block, x);
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

/// A network as its blocks wrote it, and what recording it found out.
template <graph_sizes Sizes, int Blocks>
struct recording {
    written_program<Sizes> program{};
    survey<Blocks> facts{};
};

namespace detail {

template <shape Input, auto... Blocks>
inline constexpr survey<sizeof...(Blocks)> counted = examine<Input, Blocks...>(graph{});

template <shape Input, auto... Blocks>
constexpr auto record() {
    recording<counted<Input, Blocks...>.sizes, sizeof...(Blocks)> made;
    auto& to = made.program;
    made.facts = examine<Input, Blocks...>(graph{{.ops = to.ops,
                                                  .pool = to.pool,
                                                  .outputs = to.outputs,
                                                  .blocks = to.blocks,
                                                  .characters = to.characters}});
    to.input = made.facts.input_of[0];
    return made;
}

template <shape Input, auto... Blocks>
inline constexpr auto recorded = record<Input, Blocks...>();

}  // namespace detail

/// Two calls whose tensors have one name, though nobody asked for it; -1 where there are none.
struct name_collision {
    int first = op::none;
    int second = op::none;
};

/// Looks every name up among those before it.
template <graph_sizes Sizes>
constexpr name_collision find_collision(const written_program<Sizes>& written) {
    constexpr int slots = [] {
        int power = 4;
        while (power < 2 * Sizes.ops) power *= 2;
        return power;
    }();
    int calls[as_size(slots)]{};  // one more than the number of the call; 0 where the slot is empty
    for (int i = 0; i < Sizes.ops; ++i) {
        const op& o = written.ops[i];
        if (!o.has_tensors() || o.shares != op::none) continue;
        const std::string_view name = written.text(o.name);
        unsigned hash = 0x811c'9dc5U;
        for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x0100'0193U;
        unsigned at = hash % slots;
        for (; calls[at] != 0; at = (at + 1) % slots)
            if (written.text(written.ops[calls[at] - 1].name) == name) return {calls[at] - 1, i};
        calls[at] = i + 1;
    }
    return {};
}

}  // namespace plait::inline PLAIT_TARGET
