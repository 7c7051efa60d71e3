// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plait/network/summary.hpp"
#include "weave.hpp"

// Which layer of a network reads from which, found from the numbers of the channels.

namespace examples {

/// What a box reads of an earlier one, or of the input.
struct graph_arrow {
    int from = 0;
    int channels = 0;
};

/// The input, a layer, a run of equal layers, or an output.
struct graph_box {
    enum class kind { input, layers, output };

    kind what = kind::layers;
    std::string name;  ///< "conv 1x1", "AugShuffle unit"
    std::string scope;
    int times = 1;
    plait::shape output{};
    long long macs = 0;  ///< of the whole run
    std::vector<graph_arrow> reads;
};

struct network_graph {
    std::vector<graph_box> boxes;  ///< each after all that it reads
    long long macs = 0;
};

namespace detail {

using channel_set = std::set<int>;

inline channel_set channels_in(const plait::blueprint& b, plait::feature_map map) {
    const channel_list channels = channels_of(b, map);
    return {channels.begin(), channels.end()};
}

inline int count_common(const channel_set& some, const channel_set& others) {
    return static_cast<int>(
        std::count_if(some.begin(), some.end(), [&](int channel) { return others.contains(channel); }));
}

/// What a layer takes from others, and what others may take from it. Channels that pass a unit by, to be
/// joined to what it makes, belong to both.
struct layer_channels {
    channel_set taken;
    channel_set given;
};

inline layer_channels channels_of_layer(const plait::blueprint& b, const plait::layer_summary& layer) {
    channel_set made;
    layer_channels all;
    for (int i = layer.first_op; i < layer.end_op; ++i) {
        for (const plait::feature_map& map : {b.call(i).in, b.call(i).other}) {
            for (const int channel : channels_in(b, map)) {
                if (!made.contains(channel)) all.taken.insert(channel);
            }
        }
        if (b.call(i).kind != plait::op_kind::input) made.merge(channels_in(b, b.call(i).out));
    }
    all.given = made;
    if (!layer.is_unit) return all;

    all.given = channels_in(b, layer.output_map);
    for (const int channel : all.given) {
        if (!made.contains(channel)) all.taken.insert(channel);
    }
    return all;
}

/// The fewest boxes that give all of `taken`, the later of two that give as much; in their order.
inline std::vector<graph_arrow> arrows_to(channel_set taken, const std::vector<channel_set>& given) {
    std::vector<graph_arrow> arrows;
    while (!taken.empty()) {
        graph_arrow best;
        for (int i = 0; i < static_cast<int>(given.size()); ++i) {
            const int common = count_common(taken, given[static_cast<std::size_t>(i)]);
            if (common > 0 && common >= best.channels) best = {i, common};
        }
        if (best.channels == 0) break;
        for (const int channel : given[static_cast<std::size_t>(best.from)]) taken.erase(channel);
        arrows.push_back(best);
    }
    std::ranges::sort(arrows, {}, &graph_arrow::from);
    return arrows;
}

inline int count_readers(const std::vector<graph_box>& boxes, int of) {
    int readers = 0;
    for (const graph_box& box : boxes) {
        for (const graph_arrow& arrow : box.reads) readers += arrow.from == of ? 1 : 0;
    }
    return readers;
}

inline bool are_equal_layers(const graph_box& a, const graph_box& b) {
    return a.what == graph_box::kind::layers && b.what == graph_box::kind::layers && a.name == b.name &&
           a.scope == b.scope && a.output == b.output && a.macs * b.times == b.macs * a.times;
}

/// Equal layers that follow each other, with nobody else reading in between, become one box.
inline std::vector<graph_box> runs_joined(const std::vector<graph_box>& boxes) {
    std::vector<graph_box> joined;
    std::vector<int> place;  // of every box among the joined ones
    for (const graph_box& box : boxes) {
        const bool continues = box.reads.size() == 1 && count_readers(boxes, box.reads[0].from) == 1 &&
                               box.reads[0].from + 1 == static_cast<int>(place.size()) &&
                               are_equal_layers(joined.back(), box);
        if (continues) {
            ++joined.back().times;
            joined.back().macs += box.macs;
        } else {
            joined.push_back(box);
            for (graph_arrow& arrow : joined.back().reads)
                arrow.from = place[static_cast<std::size_t>(arrow.from)];
        }
        place.push_back(static_cast<int>(joined.size()) - 1);
    }
    return joined;
}

}  // namespace detail

inline network_graph graph_of(const plait::blueprint& b) {
    const plait::network_summary summary = plait::summarise(b);
    std::vector<graph_box> boxes;
    std::vector<detail::channel_set> given;
    const auto add = [&](graph_box box, const detail::channel_set& taken, detail::channel_set gives) {
        box.reads = detail::arrows_to(taken, given);
        boxes.push_back(std::move(box));
        given.push_back(std::move(gives));
    };

    const auto is_input = [](const plait::op& o) { return o.kind == plait::op_kind::input; };
    const bool has_several = std::ranges::any_of(b.ops, is_input);
    int inputs = 0;
    const auto add_input = [&](plait::feature_map map) {
        const std::string number = has_several ? std::string(" ") + std::to_string(++inputs) : "";
        add({.what = graph_box::kind::input,
             .name = std::string("input") + number,
             .scope = {},
             .output = map.dimensions(),
             .reads = {}},
            {}, detail::channels_in(b, map));
    };
    add_input(b.input);
    for (const plait::layer_summary& layer : summary.layers) {
        for (int i = layer.first_op; i < layer.end_op; ++i)
            if (is_input(b.call(i))) add_input(b.call(i).out);
        if (!layer.is_unit && is_input(b.call(layer.first_op))) continue;
        const detail::layer_channels channels = detail::channels_of_layer(b, layer);
        add({.name = layer.name,
             .scope = layer.scope,
             .output = layer.output,
             .macs = layer.macs,
             .reads = {}},
            channels.taken, channels.given);
    }
    for (std::size_t i = 0; i < b.outputs.size(); ++i) {
        const std::string number = b.outputs.size() > 1 ? std::string(" ") + std::to_string(i + 1) : "";
        add({.what = graph_box::kind::output,
             .name = std::string("output") + number,
             .scope = {},
             .output = b.outputs[i].dimensions(),
             .reads = {}},
            detail::channels_in(b, b.outputs[i]), {});
    }
    return {detail::runs_joined(boxes), summary.macs};
}

}  // namespace examples
