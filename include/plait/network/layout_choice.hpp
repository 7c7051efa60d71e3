// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <initializer_list>

#include "plait/core/as_size.hpp"
#include "plait/kernels/winograd_cut.hpp"
#include "plait/network/program.hpp"

// Which maps lie in groups. Compilers count the statements that a constant takes, so loops over channels have
// one each.

namespace plait::inline PLAIT_TARGET {

/// Vector multiply-adds of a convolution by Winograd, of every tile's taps, whose vectors run along channels
/// in any layout.
constexpr double winograd_products(const op& o, int lanes) {
    const winograd_cut cut = winograd_cut::of(o.winograd, 1, 1, o.out.size, 1);
    const int vectors = (o.group_outputs() + lanes - 1) / lanes;
    return 1.0 * cut.taps() * cut.tiles.pixels() * o.in.count * vectors;
}

/// Vector multiply-adds of a convolution over all channels, and what it loses: in planes the lanes that the
/// last vector of pixels leaves idle, of each row where it is dense, in groups those that the last vector of
/// outputs does, of each group of a convolution. A tile of one vector waits for loads, one of two sometimes.
/// Pointwise groups must be cheaper by more than the change of layout and what its gathering costs. Dense
/// groups, which nothing of the kind follows, skip taps outside of the map; in planes, rows are copied first.
constexpr double convolution_cost(const op& o, bool groups, int lanes) {
    constexpr double waiting[]{1.4, 1.1, 1.0};
    constexpr double change_of_layout = 1.08;
    constexpr double copying_rows = 1.1;
    const extent out = o.out.size;
    if (o.winograd > 0) return (groups ? 1.0 : change_of_layout) * winograd_products(o, lanes);
    const bool dense = o.kind == op_kind::dense;
    const auto in_vectors = [&](int n) { return (n + lanes - 1) / lanes; };
    const int vectors = groups  ? in_vectors(o.group_outputs())
                        : dense ? in_vectors(out.width) * out.height
                                : in_vectors(out.pixels());
    const double others = !groups ? (dense ? copying_rows : 1.0) * o.fan_in() * o.group_outputs()
                          : dense ? 1.0 * o.group_inputs() *
                                        o.window.rows.taps_inside(o.in.size.height, out.height) *
                                        o.window.columns.taps_inside(o.in.size.width, out.width)
                                  : change_of_layout * o.fan_in() * out.pixels();
    return o.groups * others * vectors * waiting[vectors < 3 ? vectors - 1 : 2];
}

/// The number of pixels below which maps had better lie in groups, for all convolutions of a network
/// together.
template <graph_sizes Sizes>
constexpr int cheapest_switch(const program<Sizes>& p, int lanes) {
    struct convolutions {
        int pixels = 0;  ///< of their outputs
        double in_planes = 0;
        double in_groups = 0;
    };
    convolutions of_size[as_size(at_least_one(Sizes.ops))]{};
    int sizes = 0;
    for (int call = 0; call < Sizes.ops; ++call) {
        const op& o = p.ops[call];
        const int pixels = o.out.size.pixels();
        int i = 0;
        while (i < sizes && of_size[i].pixels != pixels) ++i;
        if (i == sizes) of_size[sizes++].pixels = pixels;
        if (o.kind != op_kind::pointwise && o.kind != op_kind::dense) continue;
        of_size[i].in_planes += convolution_cost(o, false, lanes);
        of_size[i].in_groups += convolution_cost(o, true, lanes);
    }

    const auto cost_of_switch = [&](int pixels) {
        double cost = 0;
        for (int i = 0; i < sizes; ++i)
            cost += of_size[i].pixels < pixels ? of_size[i].in_groups : of_size[i].in_planes;
        return cost;
    };
    int best = 0;
    double least = cost_of_switch(0);
    for (int i = 0; i < sizes; ++i) {
        const int candidate = of_size[i].pixels + 1;
        if (const double cost = cost_of_switch(candidate); cost < least) {
            least = cost;
            best = candidate;
        }
    }
    return best;
}

/// Where a network keeps maps in groups and where in planes: the values between the pixels of one channel.
template <graph_sizes Sizes>
struct map_steps {
    int groups_below_pixels = 0;  ///< single pixels lie in groups in any case
    int of_input = 1;
    int in[as_size(at_least_one(Sizes.ops))]{};   ///< of what each call reads
    int out[as_size(at_least_one(Sizes.ops))]{};  ///< of what it writes

    /// Whether maps of that size lie in groups.
    constexpr bool groups_at(extent map) const {
        return map.pixels() == 1 || map.pixels() < groups_below_pixels;
    }
};

/// The call that makes a channel, the last whose channels do not begin after it; -1 for the input's.
template <graph_sizes Sizes>
constexpr int maker_of(const program<Sizes>& p, int channel) {
    int begin = 0;
    for (int end = Sizes.ops; begin < end;) {
        const int middle = begin + (end - begin) / 2;
        if (p.pool[p.ops[middle].out.first] <= channel)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin - 1;
}

namespace detail {

/// Whether a call reads any of the consecutive channels that another one makes.
template <graph_sizes Sizes>
constexpr bool reads_any(const program<Sizes>& p, const op& reader, feature_map made) {
    const int first = p.pool[made.first];
    for (const feature_map map : {reader.in, reader.other})
        for (int c = map.first; c < map.first + map.count; ++c)
            if (p.pool[c] >= first && p.pool[c] < first + made.count) return true;
    return false;
}

/// Whether a pointwise convolution in planes leaves them early, since a depthwise one, which alone reads all
/// that it makes, takes it into groups.
template <graph_sizes Sizes>
constexpr bool feeds_groups(const program<Sizes>& p, const last_readers<Sizes>& last,
                            const map_steps<Sizes>& steps, int call) {
    const op& o = p.ops[call];
    if (o.kind != op_kind::pointwise) return false;
    const int* made = p.pool + o.out.first;
    const int reader = last.of[made[0]];
    if (reader == Sizes.ops) return false;
    const op& next = p.ops[reader];
    if (next.kind != op_kind::depthwise || !steps.groups_at(next.out.size)) return false;
    if (next.in.count != o.out.count) return false;
    for (int between = call + 1; between < reader; ++between)
        if (reads_any(p, p.ops[between], o.out)) return false;
    const int* read = p.pool + next.in.first;
    for (int c = 0; c < o.out.count; ++c)
        if (read[c] != made[c] || last.of[made[c]] != reader) return false;
    return true;
}

}  // namespace detail

/// By size, where maps with fewer pixels than `groups_below_pixels` lie in groups of `lanes` channels.
template <graph_sizes Sizes>
constexpr map_steps<Sizes> choose_steps(const program<Sizes>& p, const last_readers<Sizes>& last,
                                        int groups_below_pixels, int lanes) {
    map_steps<Sizes> steps{.groups_below_pixels = groups_below_pixels};
    steps.of_input = steps.groups_at(p.input.size) ? lanes : 1;
    for (int i = 0; i < Sizes.ops; ++i) {
        const op& o = p.ops[i];
        const bool groups = steps.groups_at(o.out.size) || detail::feeds_groups(p, last, steps, i);
        steps.out[i] = groups ? lanes : 1;
        const int maker = maker_of(p, p.pool[o.in.first]);
        steps.in[i] = maker < 0 ? steps.of_input : steps.out[maker];
    }
    return steps;
}

}  // namespace plait::inline PLAIT_TARGET
