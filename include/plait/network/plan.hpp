// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/kernel_shape.hpp"
#include "plait/network/program.hpp"

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
    int offset[Sizes.pool]{};
    op_layout layout[at_least_one(Sizes.ops)]{};
    int input_step = 1;
    int groups_below_pixels = 0;             ///< single pixels lie in groups in any case
    int scratch[at_least_one(Sizes.ops)]{};  ///< where the call keeps what only it needs
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

/// Taps of a window that lie inside of the map, along one axis, of all output pixels together.
constexpr int taps_inside(int outputs, int kernel, int stride) {
    int outside = 0;
    for (int tap = 0; tap < kernel; ++tap) {
        const int distance = tap - kernel / 2;
        const int pixels = outside_before(-distance, stride) + outside_after(distance, stride);
        outside += pixels < outputs ? pixels : outputs;
    }
    return outputs * kernel - outside;
}

/// Vector multiply-adds of a convolution over all channels, and what it loses: in planes the lanes that the
/// last vector of pixels leaves idle, of each row where it is dense, in groups those that the last group of
/// outputs does. A tile of one vector waits for loads, one of two sometimes. Pointwise groups must be cheaper
/// by more than the change of layout and what its gathering costs. Dense groups, which nothing of the kind
/// follows, skip taps outside of the map.
constexpr double convolution_cost(const op& o, bool groups, int lanes) {
    constexpr double waiting[]{1.4, 1.1, 1.0};
    constexpr double change_of_layout = 1.08;
    const extent out = o.out.size;
    const bool dense = o.kind == op_kind::dense;
    const auto in_vectors = [&](int n) { return (n + lanes - 1) / lanes; };
    const int vectors = groups  ? in_vectors(o.out.count)
                        : dense ? in_vectors(out.width) * out.height
                                : in_vectors(out.pixels());
    const double others = !groups ? 1.0 * o.fan_in() * o.out.count
                          : dense ? 1.0 * o.in.count * taps_inside(out.height, o.kernel, o.stride) *
                                        taps_inside(out.width, o.kernel, o.stride)
                                  : change_of_layout * o.fan_in() * out.pixels();
    return others * vectors * waiting[vectors < 3 ? vectors - 1 : 2];
}

/// The number of pixels below which maps had better lie in groups, for all convolutions of a network
/// together.
template <graph_sizes Sizes>
constexpr int cheapest_switch(const program<Sizes>& p, int lanes) {
    const auto cost_of_switch = [&](int pixels) {
        double cost = 0;
        for (int i = 0; i < Sizes.ops; ++i) {
            const op& o = p.ops[i];
            if (o.kind == op_kind::pointwise || o.kind == op_kind::dense)
                cost += convolution_cost(o, o.out.size.pixels() < pixels, lanes);
        }
        return cost;
    };
    int best = 0;
    double least = cost_of_switch(0);
    for (int i = 0; i < Sizes.ops; ++i) {
        const int candidate = p.ops[i].out.size.pixels() + 1;
        if (const double cost = cost_of_switch(candidate); cost < least) {
            least = cost;
            best = candidate;
        }
    }
    return best;
}

namespace detail {

/// Gives every channel a place when it is written and takes it back after its last reader. Channels that
/// one call writes and one call reads last are kept together: a lot, or the pieces of one, takes room.
template <graph_sizes Sizes>
class planner {
public:
    constexpr planner(const program<Sizes>& p, layout_policy policy, int lanes)
        : program_(p), policy_(policy), lanes_(lanes), last_(find_last_readers(p)) {}

    constexpr plan<Sizes> run() {
        plan_.groups_below_pixels = policy_.groups_below_pixels == layout_policy::cheapest
                                        ? cheapest_switch(program_, lanes_)
                                        : policy_.groups_below_pixels;
        choose_output_steps();
        plan_.margin = margin();
        plan_.size = plan_.margin;
        plan_.input_step = plan_.groups_at(program_.input.size) ? lanes_ : 1;
        place(program_.input, plan_.input_step, 0);
        for (int i = 0; i < Sizes.ops; ++i) {
            const op& o = program_.ops[i];
            op_layout& layout = plan_.layout[i];
            layout.in_step = step_[program_.channel(o.in, 0)];
            layout.in_whole_groups = reads_whole_groups(o, layout.in_step);
            const int scratch = scratch_size(select(o, layout, lanes_), o);
            if (scratch > 0) {
                place_lot(rounded_up(scratch, 16), 1, i);
                plan_.scratch[i] = addresses_[0];
            }
            place(o.out, layout.out_step, i);
            free_after(i);
        }
        for (int i = 0; i < Sizes.pool; ++i) plan_.offset[i] = address_[program_.pool[i]];
        plan_.size += plan_.margin;
        return plan_;
    }

private:
    struct lot {
        int begin;
        int end;
        int last;
    };
    static constexpr int most_lots = Sizes.channels + 2;
    static constexpr int placed = -1;

    /// By size; a pointwise convolution leaves planes early where a depthwise one takes it into groups.
    constexpr void choose_output_steps() {
        for (const op& o : program_.ops) {
            for (int c = 0; c < o.in.count; ++c) ++reads_[program_.channel(o.in, c)];
        }
        for (int i = 0; i < Sizes.ops; ++i) {
            const op& o = program_.ops[i];
            const bool groups = plan_.groups_at(o.out.size) || feeds_groups(o);
            plan_.layout[i].out_step = groups ? lanes_ : 1;
        }
    }

    constexpr bool feeds_groups(const op& o) const {
        const int reader = last_.of[program_.channel(o.out, 0)];
        if (o.kind != op_kind::pointwise || reader == Sizes.ops) return false;
        const op& next = program_.ops[reader];
        if (next.kind != op_kind::depthwise || !plan_.groups_at(next.out.size)) return false;
        if (next.in.count != o.out.count) return false;
        for (int c = 0; c < o.out.count; ++c) {
            const int channel = program_.channel(o.out, c);
            if (program_.channel(next.in, c) != channel || reads_[channel] != 1) return false;
        }
        return true;
    }

    /// How far before or after a plane a window reaches, in whole vectors. A row that is cut by stride 2 is
    /// read in pairs of vectors, whatever the window.
    constexpr int margin() const {
        int reach = 0;
        for (int i = 0; i < Sizes.ops; ++i) {
            const op& o = program_.ops[i];
            const int half = o.kernel / 2;
            if (o.kernel > 1 && half * o.out.size.width + half > reach)
                reach = half * o.out.size.width + half;
            if (o.stride == 2 && lanes_ > reach) reach = lanes_;
        }
        return rounded_up(reach + lanes_, 16);
    }

    constexpr int unit_size(feature_map map, int step) const {
        const int pixels = map.size.pixels();
        return step == 1 ? plane_pitch(pixels) : pixels * step;
    }

    /// A unit is a plane or a group; it lives as long as any of its channels.
    constexpr int unit_last(feature_map map, int begin, int step, int now) const {
        int last = now;
        for (int c = begin; c < begin + step && c < map.count; ++c) {
            if (const int l = last_.of[program_.channel(map, c)]; l > last) last = l;
        }
        return last;
    }

    constexpr void place(feature_map map, int step, int now) {
        const int units = (map.count + step - 1) / step;
        for (int u = 0; u < units; ++u) until_[u] = unit_last(map, u * step, step, now);
        for (int u = 0; u < units; ++u) {
            if (until_[u] == placed) continue;
            const int last = until_[u];
            int count = 0;
            for (int v = u; v < units; ++v) {
                if (until_[v] != last) continue;
                members_[count++] = v;
                until_[v] = placed;
            }
            place_lot(unit_size(map, step), count, last);
            for (int m = 0; m < count; ++m) settle(map, members_[m] * step, step, addresses_[m]);
        }
    }

    /// The unit that begins with channel `begin` of the map lies at `address`.
    constexpr void settle(feature_map map, int begin, int step, int address) {
        for (int l = 0; l < step && begin + l < map.count; ++l) {
            const int channel = program_.channel(map, begin + l);
            address_[channel] = address + l;
            step_[channel] = step;
        }
    }

    /// First fit; a lot may be cut between its members.
    constexpr void place_lot(int size, int count, int last) {
        int done = 0;
        int begin = plan_.margin;
        for (int i = 0; done < count; ++i) {
            const int gap_end = i < live_count_ ? live_[i].begin : 0x7fffffff;
            int end = begin;
            while (done < count && gap_end - end >= size) {
                addresses_[done++] = end;
                end += size;
            }
            if (end > begin) insert(i++, {begin, end, last});
            if (i < live_count_) begin = live_[i].end;
        }
    }

    constexpr void insert(int at, lot made) {
        for (int i = live_count_++; i > at; --i) live_[i] = live_[i - 1];
        live_[at] = made;
        alive_ += made.end - made.begin;
        if (made.end > plan_.size) plan_.size = made.end;
        if (alive_ > plan_.lower_bound) plan_.lower_bound = alive_;
    }

    constexpr void free_after(int call) {
        int kept = 0;
        for (int i = 0; i < live_count_; ++i) {
            if (live_[i].last > call)
                live_[kept++] = live_[i];
            else
                alive_ -= live_[i].end - live_[i].begin;
        }
        live_count_ = kept;
    }

    /// Both summands of an add must be.
    constexpr bool reads_whole_groups(const op& o, int step) const {
        if (o.kind != op_kind::add) return whole_groups(o.in, step);
        return whole_groups(o.in.slice(0, o.out.count), step) &&
               whole_groups(o.in.slice(o.out.count, o.in.count), step);
    }

    constexpr bool whole_groups(feature_map map, int step) const {
        if (step == 1) return false;
        for (int c = 0; c < map.count; ++c) {
            const int base = address_[program_.channel(map, c / step * step)];
            if (base % step != 0 || address_[program_.channel(map, c)] != base + c % step) return false;
        }
        return true;
    }

    const program<Sizes>& program_;
    layout_policy policy_;
    int lanes_;
    last_readers<Sizes> last_;
    plan<Sizes> plan_{};
    int address_[Sizes.channels]{};
    int step_[Sizes.channels]{};
    int reads_[Sizes.channels]{};
    // Of the map that is being placed: when its units die, which make the current lot, where they lie.
    int until_[Sizes.channels]{};
    int members_[Sizes.channels]{};
    int addresses_[Sizes.channels]{};
    lot live_[most_lots]{};
    int live_count_ = 0;
    int alive_ = 0;
};

}  // namespace detail

/// The plan of a program: every channel's place from the call that writes it to the last that reads it, on a
/// machine whose vectors have so many lanes.
template <graph_sizes Sizes>
constexpr plan<Sizes> make_plan(const program<Sizes>& p, layout_policy policy, int lanes = native_lanes) {
    return detail::planner<Sizes>(p, policy, lanes).run();
}

}  // namespace plait::inline PLAIT_TARGET
