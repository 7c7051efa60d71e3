// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plait/network/summary.hpp"

// What the channel weave shows, read from a lowered network: the units of a stage and, for each, in which
// order the channels stand before and after everything that renames them.

namespace examples {

using channel_list = std::vector<int>;

inline channel_list channels_of(const plait::blueprint& b, plait::feature_map map) {
    channel_list list;
    for (int i = 0; i < map.count; ++i) list.push_back(b.channel(map, i));
    return list;
}

/// Whether channels pass a unit by, and cross or interleave with what it makes: those of ShuffleNetV2 and
/// AugShuffleNet.
inline bool weaves(const plait::blueprint& b, const plait::layer_summary& layer) {
    if (layer.name == "ShuffleNetV2 unit" || layer.name == "AugShuffle unit") return true;
    return layer.name == "down unit" && b.call(layer.first_op).kind == plait::op_kind::depthwise;
}

/// The maps that concatenations and shuffles named after op `op` and before the next: each names a channel
/// once, so that one ends where a channel comes again.
inline std::vector<channel_list> names_after(const plait::blueprint& b, int op) {
    const plait::feature_map made = op < 0 ? b.input : b.call(op).out;
    const int end = op + 1 < b.op_count() ? b.call(op + 1).out.first : static_cast<int>(b.pool.size());
    std::vector<channel_list> maps;
    std::set<int> seen;
    for (int i = made.first + made.count; i < end; ++i) {
        const int channel = b.pool[static_cast<std::size_t>(i)];
        if (maps.empty() || seen.contains(channel)) {
            maps.emplace_back();
            seen.clear();
        }
        maps.back().push_back(channel);
        seen.insert(channel);
    }
    return maps;
}

/// The groups of the shuffle that takes one order to the other, where it is one.
inline std::optional<int> shuffle_groups(const channel_list& from, const channel_list& to) {
    const int channels = static_cast<int>(from.size());
    const auto shuffles = [&](int groups) {
        for (int i = 0; i < channels; ++i) {
            const int source = plait::shuffle_source(i, channels, groups);
            if (to[static_cast<std::size_t>(i)] != from[static_cast<std::size_t>(source)]) return false;
        }
        return true;
    };
    if (from.size() != to.size()) return {};
    for (int groups = 2; groups < channels; ++groups) {
        if (channels % groups == 0 && shuffles(groups)) return groups;
    }
    return {};
}

/// A unit of the stage. Its channels arrive in the order `arriving`, which the unit before left behind.
struct woven_unit {
    plait::layer_summary layer;
    channel_list arriving;
    channel_list shuffled;  ///< the unit's own order where it shuffles first; else as they arrive
    channel_list joined;    ///< the concatenation at its end
    channel_list leaving;   ///< after the shuffle where there is one

    bool shuffles_first() const { return shuffled != arriving; }
    bool shuffles_last() const { return leaving != joined; }
};

struct woven_stage {
    int number = 0;
    std::vector<woven_unit> units;
};

inline std::vector<int> stages_with_units(const plait::blueprint& b, const plait::network_summary& summary) {
    std::set<int> stages;
    for (const plait::layer_summary& layer : summary.layers) {
        if (weaves(b, layer)) stages.insert(layer.stage);
    }
    return {stages.begin(), stages.end()};
}

/// The units of stage `number`; none where it has none.
inline woven_stage weave_of(const plait::blueprint& b, const plait::network_summary& summary, int number) {
    woven_stage stage{number, {}};
    for (const plait::layer_summary& layer : summary.layers) {
        if (!weaves(b, layer) || layer.stage != number) continue;
        stage.units.push_back({layer, {}, {}, {}, {}});
    }
    if (stage.units.empty()) return stage;

    // Who shuffles between two units shows at the stage's end: a unit that shuffles last does so there, too.
    const bool last_is_shuffled = names_after(b, stage.units.back().layer.end_op - 1).size() > 1;
    const int op_before = stage.units.front().layer.first_op - 1;
    const auto names_before = names_after(b, op_before);
    const plait::feature_map made_before = op_before < 0 ? b.input : b.call(op_before).out;
    channel_list arriving = names_before.empty() ? channels_of(b, made_before) : names_before.back();
    channel_list shuffled = arriving;
    for (woven_unit& unit : stage.units) {
        const auto names = names_after(b, unit.layer.end_op - 1);
        unit.arriving = arriving;
        unit.shuffled = shuffled;
        unit.joined = names.front();
        unit.leaving = last_is_shuffled ? names.back() : names.front();
        arriving = unit.leaving;
        shuffled = names.back();
    }
    return stage;
}

}  // namespace examples
