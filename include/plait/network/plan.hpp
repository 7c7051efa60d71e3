// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/as_size.hpp"
#include "plait/network/layout_choice.hpp"
#include "plait/network/placement.hpp"

namespace plait::inline PLAIT_TARGET {

/// Where a network keeps channels in planes and where in groups.
struct layout_policy {
    static constexpr int cheapest = -1;  ///< what `cheapest_switch` finds

    int groups_below_pixels = cheapest;  ///< maps with fewer pixels lie in groups; 0: only single pixels

    friend constexpr bool operator==(layout_policy, layout_policy) = default;
};

/// Where everything is, for every entry of a program's pool: one table that serves each call as its read
/// table and its write table. All numbers are values (4 bytes in fp32), not bytes.
template <graph_sizes Sizes>
struct plan {
    int offset[as_size(Sizes.pool)]{};
    op_layout layout[as_size(at_least_one(Sizes.ops))]{};
    int input_step = 1;
    int groups_below_pixels = 0;                      ///< single pixels lie in groups in any case
    int scratch[as_size(at_least_one(Sizes.ops))]{};  ///< where the call keeps what only it needs
    int margin = 0;       ///< values before the first slot and after the last that loads may touch
    int size = 0;         ///< of the workspace
    int lower_bound = 0;  ///< the most that is alive at once: no plan can do with less

    /// Values between the pixels of one channel of what call `op` writes.
    constexpr int out_step(int op) const { return layout[op].out_step; }
    /// Whether maps of that size lie in groups.
    constexpr bool groups_at(extent map) const {
        return map.pixels() == 1 || map.pixels() < groups_below_pixels;
    }
};

/// The number of pixels below which maps lie in groups.
template <graph_sizes Sizes>
constexpr int switch_of(const program<Sizes>& p, layout_policy policy, int lanes) {
    return policy.groups_below_pixels == layout_policy::cheapest ? cheapest_switch(p, lanes)
                                                                 : policy.groups_below_pixels;
}

/// The plan that follows when everything has its place.
template <graph_sizes Sizes>
constexpr plan<Sizes> plan_of(const program<Sizes>& p, const map_steps<Sizes>& steps,
                              const placement<Sizes>& placed, int margin) {
    plan<Sizes> made;
    for (int i = 0; i < Sizes.pool; ++i) made.offset[i] = placed.address[p.pool[i]];
    for (int i = 0; i < Sizes.ops; ++i)
        made.layout[i] = {steps.in[i], steps.out[i], placed.in_whole_groups[i]},
        made.scratch[i] = placed.scratch[i];
    made.input_step = steps.of_input;
    made.groups_below_pixels = steps.groups_below_pixels;
    made.margin = margin;
    made.size = placed.size + margin;
    made.lower_bound = placed.lower_bound;
    return made;
}

/// The plan of a program: every channel's place from the call that writes it to the last that reads it.
/// `planned` has the same as a constant, in steps that a compiler may take.
template <graph_sizes Sizes>
constexpr plan<Sizes> make_plan(const program<Sizes>& p, layout_policy policy, int lanes = native_lanes) {
    const last_readers<Sizes> last = find_last_readers(p);
    const map_steps<Sizes> steps = choose_steps(p, last, switch_of(p, policy, lanes), lanes);
    const int margin = margin_of(p, lanes);
    placer<Sizes> placing(p, last, steps, margin, lanes, {});
    placing.place_inputs();
    placing.place_calls(0, Sizes.ops);
    return plan_of(p, steps, placing.state(), margin);
}

/// A network planned under a layout policy: `where` says where every channel lies. Compilers limit the steps
/// of one constant, so that each stage is a constant by itself, and placing is as many as it needs.
template <class Network, layout_policy Policy = layout_policy{}, int Lanes = native_lanes>
class planned {
    static constexpr graph_sizes sizes = Network::sizes;
    static constexpr const program<sizes>& calls = Network::calls;

    /// The first call of stage `stage` of placing.
    static constexpr int stage_begin(int stage) {
        constexpr long long most = 100'000;
        long long work = 0;
        int i = 0;
        for (; i < sizes.ops && work < stage * most; ++i) work += placing_work(calls.ops[i]);
        return i;
    }
    static constexpr int stages = [] {
        int count = 1;
        while (stage_begin(count) < sizes.ops) ++count;
        return count;
    }();

    static constexpr last_readers<sizes> last = find_last_readers(calls);
    static constexpr int groups_below = switch_of(calls, Policy, Lanes);
    static constexpr map_steps<sizes> steps = choose_steps(calls, last, groups_below, Lanes);
    static constexpr int margin = margin_of(calls, Lanes);

    template <int Stage>
    static constexpr placement<sizes> place() {
        if constexpr (Stage == 0) {
            placer<sizes> placing(calls, last, steps, margin, Lanes, {});
            placing.place_inputs();
            placing.place_calls(0, stage_begin(1));
            return placing.state();
        } else {
            placer<sizes> placing(calls, last, steps, margin, Lanes, placed<Stage - 1>);
            placing.place_calls(stage_begin(Stage), stage_begin(Stage + 1));
            return placing.state();
        }
    }
    template <int Stage>
    static constexpr placement<sizes> placed = place<Stage>();

public:
    static constexpr layout_policy policy = Policy;
    static constexpr plan<sizes> where = plan_of(calls, steps, placed<stages - 1>, margin);
    static constexpr int workspace_size = where.size;
};

}  // namespace plait::inline PLAIT_TARGET
