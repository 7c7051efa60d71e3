// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/as_size.hpp"
#include "plait/kernels/epilogue.hpp"
#include "plait/network/recording.hpp"

// From what blocks wrote to what kernels run: a convolution, its batch norm and its activation are three
// calls as written, and one kernel's. Dropout is none, a convolution of groups one for each.

namespace plait::inline PLAIT_TARGET {

/// Which written calls one kernel computes.
template <graph_sizes Sizes>
struct fusion {
    bool begins[as_size(at_least_one(Sizes.ops))]{};  ///< whether a kernel's call begins with the written one
    int ends_with[as_size(
        at_least_one(Sizes.ops))]{};               ///< of one that does: the written call that it ends with
    int norm[as_size(at_least_one(Sizes.ops))]{};  ///< of one that does: its batch norm; `op::none`
    int source[as_size(Sizes.channels)]{};         ///< of a channel: that which dropout passes on as this one
    int refused_at = op::none;                     ///< a batch norm that nothing can compute
    graph_sizes sizes{};                           ///< of what the kernels run
};

namespace detail {

/// Who reads the channels of a written program.
template <graph_sizes Sizes>
struct readers {
    static constexpr int an_output = -2;

    int reads[as_size(Sizes.channels)]{};  ///< how often
    int last[as_size(Sizes.channels)]{};   ///< the last call that does

    /// The only call that reads this map, if it reads nothing else, and no output is of it.
    constexpr int only_reader(const written_program<Sizes>& written,
                              const int (&source)[as_size(Sizes.channels)], feature_map map) const {
        const int reader = last[written.pool[map.first]];
        if (reader < 0 || reads[written.pool[map.first]] != 1) return op::none;
        const feature_map in = written.ops[reader].in;
        if (in.count != map.count) return op::none;
        for (int c = 0; c < map.count; ++c) {
            const int channel = written.pool[map.first + c];
            if (reads[channel] != 1 || source[written.pool[in.first + c]] != channel) return op::none;
        }
        return reader;
    }
};

template <graph_sizes Sizes>
constexpr readers<Sizes> find_readers(const written_program<Sizes>& written,
                                      const int (&source)[as_size(Sizes.channels)]) {
    readers<Sizes> found;
    const auto read = [&](feature_map map, int call) {
        for (int i = map.first; i < map.first + map.count; ++i) {
            ++found.reads[source[written.pool[i]]];
            found.last[source[written.pool[i]]] = call;
        }
    };
    for (int i = 0; i < Sizes.ops; ++i)
        if (written.ops[i].kind != op_kind::dropout) read(written.ops[i].in, i);
    for (const feature_map& map : written.outputs) read(map, readers<Sizes>::an_output);
    return found;
}

}  // namespace detail

/// Decides which written calls become one.
template <graph_sizes Sizes>
constexpr fusion<Sizes> fuse(const written_program<Sizes>& written) {
    fusion<Sizes> made;
    bool is_inside[as_size(at_least_one(Sizes.ops))]{};
    for (int c = 0; c < Sizes.channels; ++c) made.source[c] = c;
    for (int i = 0; i < Sizes.ops; ++i) {
        const op& o = written.ops[i];
        if (o.kind != op_kind::dropout) continue;
        for (int c = 0; c < o.in.count; ++c)
            made.source[written.pool[o.out.first + c]] = made.source[written.pool[o.in.first + c]];
    }
    const detail::readers<Sizes> who = detail::find_readers(written, made.source);

    made.sizes = {.ops = 0,
                  .pool = Sizes.pool,
                  .channels = Sizes.channels,
                  .outputs = Sizes.outputs,
                  .blocks = Sizes.blocks,
                  .characters = 0};
    for (int i = 0; i < Sizes.ops; ++i) {
        const op& first = written.ops[i];
        made.norm[i] = op::none;
        if (first.kind == op_kind::dropout) made.sizes.channels -= first.out.count;
        if (is_inside[i] || first.kind == op_kind::dropout) continue;
        if (first.kind == op_kind::batch_norm && made.refused_at == op::none) made.refused_at = i;
        made.begins[i] = true;
        made.sizes.ops += first.groups;
        int end = i;
        const auto take = [&](int next) {
            is_inside[next] = true;
            made.sizes.pool -= written.ops[end].out.count;
            made.sizes.channels -= written.ops[end].out.count;
            end = next;
        };
        int next = who.only_reader(written, made.source, first.out);
        if (next != op::none && first.has_weights() && written.ops[next].kind == op_kind::batch_norm) {
            made.norm[i] = next;
            take(next);
            next = who.only_reader(written, made.source, written.ops[end].out);
        }
        if (next != op::none && written.ops[next].kind == op_kind::activate &&
            kernel_applies(first.kind, written.ops[next].act))
            take(next);
        made.ends_with[i] = end;
    }
    return made;
}

/// What the kernels of a network run, and what each block of its declaration is there.
template <graph_sizes Sizes, int Blocks>
struct fused_program {
    program<Sizes> calls{};
    feature_map input_of[as_size(
        Blocks + 1)]{};  ///< as in a survey; without channels where a kernel goes on with them
    int ops_before[as_size(Blocks + 1)]{};
};

namespace detail {

/// Writes a fused program: channels and pool without what only one kernel sees.
template <graph_sizes Sizes, graph_sizes Fused, int Blocks>
class fused_writer {
public:
    constexpr fused_writer(const recording<Sizes, Blocks>& recorded, const fusion<Sizes>& how)
        : written_(recorded.program), facts_(recorded.facts), how_(how) {}

    constexpr fused_program<Fused, Blocks> run() {
        number_channels();
        copy_pool();
        made_.calls.input = moved(written_.input);
        int next = 0;
        int position = 0;
        for (int i = 0; i < Sizes.ops; ++i) {
            for (; position <= Blocks && facts_.ops_before[position] <= i; ++position)
                made_.ops_before[position] = next;
            first_call_[i] = next;
            if (how_.begins[i]) next = write(i, next);
        }
        for (; position <= Blocks; ++position) made_.ops_before[position] = next;
        for (int b = 0; b <= Blocks; ++b) made_.input_of[b] = moved_if_kept(facts_.input_of[b]);
        for (int o = 0; o < Sizes.outputs; ++o) made_.calls.outputs[o] = moved(written_.outputs[o]);
        for (int b = 0; b < Sizes.blocks; ++b) write_block(b);
        return made_;
    }

private:
    /// In the order of the calls that make them.
    constexpr void number_channels() {
        int next = 0;
        for (int c = 0; c < Sizes.channels; ++c) channel_[c] = op::none;
        for (int c = 0; c < written_.input.count; ++c) channel_[c] = next++;
        for (int i = 0; i < Sizes.ops; ++i) {
            if (!how_.begins[i]) continue;
            const feature_map out = written_.ops[how_.ends_with[i]].out;
            for (int c = 0; c < out.count; ++c) channel_[written_.pool[out.first + c]] = next++;
        }
    }

    /// What is left out are the outputs of calls with which a kernel goes on.
    constexpr void copy_pool() {
        int from = 0;
        int to = 0;
        const auto copy_until = [&](int end) {
            for (; from < end; ++from) {
                const int channel = channel_[how_.source[written_.pool[from]]];
                made_.calls.pool[to++] = channel == op::none ? 0 : channel;  // nobody reads what is left out
            }
        };
        for (int i = 0; i < Sizes.ops; ++i) {
            const op& o = written_.ops[i];
            if (o.kind == op_kind::dropout || channel_[written_.pool[o.out.first]] != op::none) continue;
            copy_until(o.out.first);
            from += o.out.count;
            gap_end_[gaps_] = from;
            left_out_[gaps_] = (gaps_ > 0 ? left_out_[gaps_ - 1] : 0) + o.out.count;
            ++gaps_;
        }
        copy_until(Sizes.pool);
    }

    /// The same channels in the pool that is written.
    constexpr feature_map moved(feature_map map) const {
        int low = 0;
        int high = gaps_;  // gaps before `low` end before the map begins, those from `high` on do not
        while (low < high) {
            const int middle = (low + high) / 2;
            if (gap_end_[middle] <= map.first)
                low = middle + 1;
            else
                high = middle;
        }
        return {map.size, map.first - (low > 0 ? left_out_[low - 1] : 0), map.count};
    }

    /// The same of a map that need not be there: without channels where any is left out.
    constexpr feature_map moved_if_kept(feature_map map) const {
        for (int i = map.first; i < map.first + map.count; ++i)
            if (channel_[how_.source[written_.pool[i]]] == op::none) return {map.size, 0, 0};
        return moved(map);
    }

    /// Of a call that shares its weights: whether it shares its norm too, with the same call.
    constexpr bool shares_all(const op& o) const {
        const int other_norm = how_.norm[o.shares];
        return o.norm == op::none ? other_norm == op::none : written_.ops[o.norm].shares == other_norm;
    }

    constexpr int write(int i, int next) {
        const op& first = written_.ops[i];
        const op& last = written_.ops[how_.ends_with[i]];
        op o = first;
        o.in = moved(first.in);
        o.out = moved(last.out);
        o.act = last.act;
        o.written = i;
        o.norm = how_.norm[i];
        if (o.norm != op::none) {
            o.normalisation = written_.ops[o.norm].normalisation;
            o.shares_norm = written_.ops[o.norm].shares != op::none;
        }
        const bool has_the_same_weights = first.shares != op::none && shares_all(o);
        o.groups = 1;
        const feature_map in = o.in;
        const feature_map out = o.out;
        const int inputs = in.count / first.groups;
        const int outputs = out.count / first.groups;
        for (int g = 0; g < first.groups; ++g) {
            o.part = {g, first.groups};
            o.in = in.slice(g * inputs, (g + 1) * inputs);
            o.out = out.slice(g * outputs, (g + 1) * outputs);
            if (has_the_same_weights) o.weights_of = first_call_[first.shares] + g;
            made_.calls.ops[next++] = o;
        }
        return next;
    }

    constexpr void write_block(int b) {
        block_record& to = made_.calls.blocks[b];
        const block_record& from = written_.blocks[b];
        to = from;
        to.in = moved_if_kept(from.in);
        to.out = moved_if_kept(from.out);
        to.first_op = from.first_op < Sizes.ops ? first_call_[from.first_op] : Fused.ops;
        to.end_op = from.end_op < Sizes.ops ? first_call_[from.end_op] : Fused.ops;
        if (to.out.count == 0 && to.end_op > to.first_op) to.out = made_.calls.ops[to.end_op - 1].out;
    }

    const written_program<Sizes>& written_;
    const survey<Blocks>& facts_;
    const fusion<Sizes>& how_;
    fused_program<Fused, Blocks> made_{};
    int channel_[as_size(Sizes.channels)]{};  ///< its number in what is written; none where it is left out
    int first_call_[as_size(at_least_one(Sizes.ops))]{};
    int gap_end_[as_size(at_least_one(Sizes.ops))]{};   ///< of each range of the pool that is left out
    int left_out_[as_size(at_least_one(Sizes.ops))]{};  ///< entries of all gaps up to and with this one
    int gaps_ = 0;
};

template <shape Input, auto... Blocks>
inline constexpr auto fused_how = fuse(recorded<Input, Blocks...>.program);

template <shape Input, auto... Blocks>
inline constexpr auto fused =
    fused_writer<counted<Input, Blocks...>.sizes, fused_how<Input, Blocks...>.sizes, sizeof...(Blocks)>(
        recorded<Input, Blocks...>, fused_how<Input, Blocks...>)
        .run();

}  // namespace detail

}  // namespace plait::inline PLAIT_TARGET
