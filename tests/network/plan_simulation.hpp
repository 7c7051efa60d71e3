// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "plait/network/plan.hpp"

/// A network's calls and their plan, without their sizes in its type.
struct placed_network {
    std::span<const plait::op> ops;
    std::span<const int> pool;
    std::span<const plait::feature_map> outputs;
    plait::feature_map input{};
    int channels = 0;

    std::span<const int> offset;
    std::span<const plait::op_layout> layout;
    std::span<const int> scratch;
    int input_step = 1;
    int margin = 0;
    int size = 0;
    int lower_bound = 0;
    int lanes = 0;

    template <plait::graph_sizes Sizes>
    placed_network(const plait::program<Sizes>& calls, const plait::plan<Sizes>& where, int of_lanes)
        : ops(calls.ops, Sizes.ops),
          pool(calls.pool),
          outputs(calls.outputs),
          input(calls.input),
          channels(Sizes.channels),
          offset(where.offset),
          layout(where.layout, Sizes.ops),
          scratch(where.scratch, Sizes.ops),
          input_step(where.input_step),
          margin(where.margin),
          size(where.size),
          lower_bound(where.lower_bound),
          lanes(of_lanes) {}
};

/// Goes through a network's calls and keeps, for every value of the workspace, which channel it belongs to.
/// Knows nothing of how plans are made.
class plan_simulation {
public:
    explicit plan_simulation(const placed_network& network)
        : net_(network), owner_(static_cast<std::size_t>(network.size), nobody) {
        find_last_readers();
        run();
    }

    /// Places where two share a value, a channel is not where it is looked for, or a kernel would leave the
    /// workspace.
    int faults() const { return faults_; }
    /// Values that hold a channel still to be read, or scratch, at the call where they are most.
    int alive_at_most() const { return alive_at_most_; }

private:
    static constexpr int nobody = -1;
    static constexpr int scratch_of_a_call = -2;

    static std::size_t index(int i) { return static_cast<std::size_t>(i); }
    int op_count() const { return static_cast<int>(net_.ops.size()); }
    int channel(plait::feature_map map, int i) const { return net_.pool[index(map.first + i)]; }
    int offset(plait::feature_map map, int i) const { return net_.offset[index(map.first + i)]; }

    void expect(bool holds) { faults_ += holds ? 0 : 1; }

    void run() {
        check_addresses();
        write(net_.input, net_.input_step, 0);
        for (int i = 0; i < op_count(); ++i) {
            const plait::op& o = net_.ops[index(i)];
            if (o.kind == plait::op_kind::input) write(o.out, net_.layout[index(i)].out_step, 0);
        }
        for (int i = 0; i < op_count(); ++i) {
            const plait::op& o = net_.ops[index(i)];
            const plait::op_layout layout = net_.layout[index(i)];
            const int scratch = net_.scratch[index(i)];
            check_owned(o.in, layout.in_step);
            check_owned(o.other, step_of_other(o, layout));
            check_margins(o);
            const int scratch_values = scratch_size(select(o, layout, net_.lanes), o);
            take(scratch, scratch_values, scratch_of_a_call, i);
            if (o.kind != plait::op_kind::input) write(o.out, layout.out_step, i, o.groups);
            check_owned(o.out, layout.out_step);
            check_range(scratch, scratch_values, scratch_of_a_call);
            alive_at_most_ = std::max(alive_at_most_, alive(i, scratch_values));
        }
        for (const plait::feature_map& map : net_.outputs) check_owned(map, step_of(map));
    }

    void find_last_readers() {
        last_.assign(index(net_.channels), nobody);
        step_.assign(index(net_.channels), net_.input_step);
        for (int i = 0; i < op_count(); ++i) {
            const plait::op& o = net_.ops[index(i)];
            for (int c = 0; c < o.in.count; ++c) last(channel(o.in, c)) = i;
            for (int c = 0; c < o.other.count; ++c) last(channel(o.other, c)) = i;
            for (int c = 0; c < o.out.count; ++c)
                step_[index(channel(o.out, c))] = net_.layout[index(i)].out_step;
        }
        for (const plait::feature_map& map : net_.outputs) {
            for (int c = 0; c < map.count; ++c) last(channel(map, c)) = op_count();
        }
    }
    int& last(int channel) { return last_[index(channel)]; }
    /// Kernels are not told: single pixels lie in groups, all else as the map that it is combined with.
    int step_of_other(const plait::op& o, plait::op_layout layout) const {
        return o.other.size.pixels() == 1 ? net_.lanes : layout.in_step;
    }
    int step_of(plait::feature_map map) const { return step_[index(channel(map, 0))]; }

    /// A channel lies in one place wherever it is named, in the layout that its readers are told.
    void check_addresses() {
        std::vector<int> address(index(net_.channels), nobody);
        for (std::size_t i = 0; i < net_.pool.size(); ++i) {
            int& known = address[index(net_.pool[i])];
            expect(known == nobody || known == net_.offset[i]);
            known = net_.offset[i];
        }
        for (int i = 0; i < op_count(); ++i) {
            const plait::feature_map in = net_.ops[index(i)].in;
            for (int c = 0; c < in.count; ++c)
                expect(step_[index(channel(in, c))] == net_.layout[index(i)].in_step);
            const plait::op& o = net_.ops[index(i)];
            for (int c = 0; c < o.other.count; ++c)
                expect(step_[index(channel(o.other, c))] == step_of_other(o, net_.layout[index(i)]));
        }
    }

    void check_owned(plait::feature_map map, int step) {
        for (int c = 0; c < map.count; ++c) {
            for (int p = 0; p < map.size.pixels(); ++p)
                expect(owner(offset(map, c) + p * step) == channel(map, c));
        }
    }

    void check_range(int begin, int count, int who) {
        for (int i = begin; i < begin + count; ++i) expect(owner(i) == who);
    }

    /// A window reads as far as it reaches above and below a plane, and whole vectors.
    void check_margins(const plait::op& o) {
        const auto half = [](const plait::window_axis& axis) {
            return std::max(axis.before, axis.reach() - 1 - axis.before);
        };
        const int reach = half(o.window.rows) * o.out.size.width + half(o.window.columns);
        for (int c = 0; c < o.in.count; ++c) {
            const int begin = offset(o.in, c);
            expect(begin - reach >= 0);
            const int end = begin + o.in.size.pixels() + reach;
            expect(end + net_.lanes <= net_.size);
        }
    }

    /// Whoever writes finds nobody here who is still to be read, now or later.
    void take(int begin, int count, int who, int now) {
        for (int i = begin; i < begin + count; ++i) {
            expect(0 <= i && i < net_.size);
            expect(owner(i) < 0 || last(owner(i)) < now);
            owner(i) = who;
        }
    }

    /// Kernels write whole vectors of a plane, and all lanes of a group; of each group of a convolution by
    /// itself.
    void write(plait::feature_map map, int step, int now, int groups) {
        const int each = map.count / groups;
        for (int g = 0; g < groups; ++g) write(map.slice(g * each, (g + 1) * each), step, now);
    }
    void write(plait::feature_map map, int step, int now) {
        for (int i = 0; i < map.count; ++i) {
            const int begin = offset(map, i);
            const int pixels = map.size.pixels();
            if (step == 1) take(begin, plait::rounded_up(pixels, net_.lanes), channel(map, i), now);
            if (step > 1 && i % step == 0) take(begin, pixels * step, nobody, now);
            if (step > 1) {
                expect(begin == offset(map, i / step * step) + i % step);
                expect((begin - i % step) % step == 0);
                for (int p = 0; p < pixels; ++p) owner(begin + p * step) = channel(map, i);
            }
        }
    }

    int& owner(int i) {
        outside_ = nobody;
        return 0 <= i && i < net_.size ? owner_[index(i)] : outside_;
    }

    /// What must be kept during call `now`: channels still to be read, those that it writes, and its scratch.
    int alive(int now, int scratch) {
        int values = scratch;
        std::vector<bool> written(index(net_.channels));
        const plait::feature_map out = net_.ops[index(now)].out;
        for (int c = 0; c < out.count; ++c) written[index(channel(out, c))] = true;
        for (int who : owner_) {
            if (who >= 0 && (last(who) >= now || written[index(who)])) ++values;
        }
        return values;
    }

    placed_network net_;
    std::vector<int> owner_;
    int outside_ = nobody;
    std::vector<int> last_;
    std::vector<int> step_;
    int alive_at_most_ = 0;
    int faults_ = 0;
};
