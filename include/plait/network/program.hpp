// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "plait/core/as_size.hpp"
#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Arrays of none are not C++.
constexpr int at_least_one(int n) { return n > 0 ? n : 1; }

/// A list of calls in order, their channels as ranges of one pool.
template <graph_sizes Sizes>
struct program {
    static constexpr graph_sizes sizes = Sizes;

    op ops[as_size(at_least_one(Sizes.ops))]{};
    int pool[as_size(Sizes.pool)]{};
    feature_map outputs[as_size(at_least_one(Sizes.outputs))]{};
    feature_map input{};
    block_record blocks[as_size(at_least_one(Sizes.blocks))]{};

    /// The number of a map's channel `i`.
    constexpr int channel(feature_map map, int i) const { return pool[map.first + i]; }

    /// How many inputs there are.
    constexpr int input_count() const {
        int count = 1;
        for (int i = 0; i < Sizes.ops; ++i) count += ops[i].kind == op_kind::input;
        return count;
    }
    /// Input `index`, in the order in which blocks asked for them.
    constexpr feature_map input_map(int index) const {
        if (index == 0) return input;
        for (int i = 0; i < Sizes.ops; ++i)
            if (ops[i].kind == op_kind::input && --index == 0) return ops[i].out;
        return {};
    }

    /// Sum over the calls.
    template <class Value>
    constexpr long long total(Value value_of) const {
        long long sum = 0;
        for (int i = 0; i < Sizes.ops; ++i) sum += value_of(ops[i]);
        return sum;
    }
};

/// A network as its blocks wrote it, with the characters of its names.
template <graph_sizes Sizes>
struct written_program : program<Sizes> {
    char characters[as_size(at_least_one(Sizes.characters))]{};

    /// The characters of a name.
    constexpr std::string_view text(text_range at) const {
        return {characters + at.first, static_cast<unsigned>(at.count)};
    }
};

/// For every channel, the call that reads it last; `Sizes.ops` where it is an output of the network.
template <graph_sizes Sizes>
struct last_readers {
    int of[as_size(Sizes.channels)]{};
};

/// One pass over the calls.
template <graph_sizes Sizes>
constexpr last_readers<Sizes> find_last_readers(const program<Sizes>& p) {
    last_readers<Sizes> last;
    auto read = [&](feature_map map, int call) {
        for (int i = map.first; i < map.first + map.count; ++i) last.of[p.pool[i]] = call;
    };
    for (int i = 0; i < Sizes.ops; ++i) read(p.ops[i].in, i), read(p.ops[i].other, i);
    for (const feature_map& map : p.outputs) read(map, Sizes.ops);
    return last;
}

}  // namespace plait::inline PLAIT_TARGET
