// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plait/network/network.hpp"

namespace plait::inline PLAIT_TARGET {

/// A leaf block of a network.
struct block_summary {
    std::string word;   ///< what it calls itself: "AugShuffle unit"
    std::string scope;  ///< the name of the scope around, under which its weights stand
    bool is_unit = false;
    feature_map in{};
    feature_map out{};
};

/// A lowered network and its plan as plain data at run time, whatever the network's type: what summaries,
/// tables and pictures read. Places are counted in values, as in `plan`.
struct blueprint {
    feature_map input{};
    std::vector<feature_map> outputs;
    std::vector<op> ops;
    std::vector<block_summary> blocks;
    std::vector<int> pool;         ///< channel numbers: a feature map is a range of these
    std::vector<int> last_reader;  ///< of every channel; the number of ops where it is an output

    std::vector<int> offset;  ///< of every entry of the pool
    std::vector<op_layout> layout;
    std::vector<int> scratch;       ///< where an op keeps what only it needs
    std::vector<int> scratch_size;  ///< 0 where it needs nothing
    int input_step = 1;
    int margin = 0;
    int size = 0;
    int lower_bound = 0;
    int value_bytes = 4;

    /// Of a network that is not in fp32 all of the above is of its slots, and its calls, conversions between
    /// precisions among them, are here as blocks wrote them. Else there are none.
    std::vector<op> as_written;

    long long parameters = 0;
    long long macs = 0;

    /// How many calls there are.
    int op_count() const { return static_cast<int>(ops.size()); }
    /// Call `i`.
    const op& call(int i) const {
        return (as_written.empty() ? ops : as_written)[static_cast<std::size_t>(i)];
    }
    /// The same as it is planned: its maps are ranges of the pool.
    const op& placed(int i) const { return ops[static_cast<std::size_t>(i)]; }
    /// The leaf block that made call `i`; null where none did.
    const block_summary* block_of(int i) const {
        const int block = call(i).block;
        return block < 0 ? nullptr : &blocks[static_cast<std::size_t>(block)];
    }
    /// The number of a map's channel `i`.
    int channel(feature_map map, int i) const { return pool[static_cast<std::size_t>(map.first + i)]; }
    /// The offset of a map's channel `i`.
    int place(feature_map map, int i) const { return offset[static_cast<std::size_t>(map.first + i)]; }
    /// The last call that reads a channel.
    int last_reader_of(int channel) const { return last_reader[static_cast<std::size_t>(channel)]; }

    /// Values between the pixels of one channel of what op `i` writes; the input's for -1.
    int out_step(int i) const { return i < 0 ? input_step : layout[static_cast<std::size_t>(i)].out_step; }
    /// Bytes of so many values.
    long long bytes(int values) const { return static_cast<long long>(values) * value_bytes; }
    /// Bytes of the whole workspace.
    long long workspace_bytes() const { return bytes(size); }
};

namespace detail {

/// Makes the blueprint of a kind of network.
template <class Network, layout_policy Policy>
struct blueprint_maker {
    static blueprint make();
};

template <class Network, layout_policy Policy>
blueprint blueprint_maker<Network, Policy>::make() {
    static constexpr auto& calls = Network::calls;
    static constexpr auto& where = planned<Network, Policy>::where;
    constexpr int ops = Network::sizes.ops;
    const auto last = find_last_readers(calls);

    blueprint b;
    b.input = calls.input;
    b.outputs.assign(calls.outputs, calls.outputs + Network::sizes.outputs);
    b.ops.assign(calls.ops, calls.ops + ops);
    for (int i = 0; i < Network::sizes.blocks; ++i) {
        const block_record& block = calls.blocks[i];
        b.blocks.push_back({std::string(block.word), std::string(Network::written.text(block.around)),
                            block.is_unit, block.in, block.out});
    }
    b.pool.assign(calls.pool, calls.pool + Network::sizes.pool);
    b.last_reader.assign(last.of, last.of + Network::sizes.channels);

    b.offset.assign(where.offset, where.offset + Network::sizes.pool);
    b.layout.assign(where.layout, where.layout + ops);
    b.scratch.assign(where.scratch, where.scratch + ops);
    for (int i = 0; i < ops; ++i) {
        const int needed = scratch_size(select(calls.ops[i], where.layout[i], native_lanes), calls.ops[i]);
        b.scratch_size.push_back(needed > 0 ? rounded_up(needed, 16) : 0);
    }
    b.input_step = where.input_step;
    b.margin = where.margin;
    b.size = where.size;
    b.lower_bound = where.lower_bound;

    b.parameters = Network::parameters;
    b.macs = Network::macs;
    return b;
}

}  // namespace detail

/// The blueprint of a network that is planned under a policy.
template <class Network, layout_policy Policy = layout_policy{}>
blueprint blueprint_of() {
    return detail::blueprint_maker<Network, Policy>::make();
}

}  // namespace plait::inline PLAIT_TARGET
