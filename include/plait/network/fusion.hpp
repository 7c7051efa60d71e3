// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/as_size.hpp"
#include "plait/kernels/epilogue.hpp"
#include "plait/network/recording.hpp"

// From what blocks wrote to what kernels run: a convolution, its batch norm and its activation are three
// calls as written, and one kernel's; a norm that no convolution takes is a kernel's too. Dropout is none.

namespace plait::inline PLAIT_TARGET {

/// Which written calls one kernel computes.
template <graph_sizes Sizes>
struct fusion {
    bool begins[as_size(at_least_one(Sizes.ops))]{};  ///< whether a kernel's call begins with the written one
    int ends_with[as_size(
        at_least_one(Sizes.ops))]{};               ///< of one that does: the written call that it ends with
    int norm[as_size(at_least_one(Sizes.ops))]{};  ///< of one that does: its batch norm; `op::none`
    int maker[as_size(Sizes.channels)]{};          ///< of a channel: the written call; none for the input's
    graph_sizes sizes{};                           ///< of what the kernels run
};

namespace detail {

/// What the kernel of a call that begins with the written one is.
constexpr op_kind kernel_kind(const op& first) {
    return first.kind == op_kind::batch_norm ? op_kind::depthwise : first.kind;
}

/// Who makes and who reads the channels of a written program. Compilers count statements, and maps are mostly
/// all that one call makes, so those are met as one.
template <graph_sizes Sizes>
class written_channels {
public:
    constexpr written_channels(const written_program<Sizes>& written,
                               const int (&maker)[as_size(Sizes.channels)])
        : written_(written), maker_(maker) {}

    /// The channel that dropout passes on as this one: itself, mostly.
    constexpr int source_of(int channel) const {
        while (maker_[channel] != op::none && written_.ops[maker_[channel]].kind == op_kind::dropout) {
            const op& o = written_.ops[maker_[channel]];
            channel = written_.pool[o.in.first + channel - written_.pool[o.out.first]];
        }
        return channel;
    }

    /// The call that makes this map, and nothing else; none if there is no such call.
    constexpr int maker_of(feature_map map) const {
        const int first = written_.pool[map.first];
        const int maker = maker_[first];
        if (maker == op::none) return op::none;
        const op& o = written_.ops[maker];
        if (map.count != o.out.count || first != written_.pool[o.out.first]) return op::none;
        if (map.first != o.out.first) {
            for (int i = 1; i < map.count; ++i)
                if (written_.pool[map.first + i] != first + i) return op::none;
        }
        return o.kind == op_kind::dropout ? maker_of(o.in) : maker;
    }

private:
    const written_program<Sizes>& written_;
    const int (&maker_)[as_size(Sizes.channels)];
};

/// For every written call the only one that reads what it makes, all of it, if no output is of it; else none.
template <graph_sizes Sizes>
struct only_readers {
    int of[as_size(at_least_one(Sizes.ops))]{};
};

template <graph_sizes Sizes>
constexpr only_readers<Sizes> find_only_readers(const written_program<Sizes>& written,
                                                const int (&maker)[as_size(Sizes.channels)]) {
    constexpr int nobody = -2;
    const written_channels<Sizes> channels(written, maker);
    only_readers<Sizes> found;
    for (int& reader : found.of) reader = nobody;
    const auto read = [&](feature_map map, int reader) {
        if (const int whole = channels.maker_of(map); whole != op::none) {
            found.of[whole] = found.of[whole] == nobody ? reader : op::none;
            return;
        }
        for (int i = map.first, before = nobody; i < map.first + map.count; ++i) {
            const int made_by = maker[written.pool[i]];
            if (made_by == before) continue;
            const int part = maker[channels.source_of(written.pool[i])];
            if (part != op::none) found.of[part] = op::none;
            before = part == made_by ? part : nobody;  // what dropout passes on may have several makers
        }
    };
    for (int i = 0; i < Sizes.ops; ++i)
        for (const feature_map& map : {written.ops[i].in, written.ops[i].other})
            if (written.ops[i].kind != op_kind::dropout && map.count > 0) read(map, i);
    for (const feature_map& map : written.outputs) read(map, op::none);
    for (int& reader : found.of) reader = reader == nobody ? op::none : reader;
    return found;
}

}  // namespace detail

/// Decides which written calls become one.
template <graph_sizes Sizes>
constexpr fusion<Sizes> fuse(const written_program<Sizes>& written) {
    fusion<Sizes> made;
    bool is_inside[as_size(at_least_one(Sizes.ops))]{};
    int next_channel = 0;
    for (; next_channel < written.input.count; ++next_channel) made.maker[next_channel] = op::none;
    for (int i = 0; i < Sizes.ops; ++i)
        for (const int end = next_channel + written.ops[i].out.count; next_channel < end; ++next_channel)
            made.maker[next_channel] = i;
    const detail::only_readers<Sizes> only_reader = detail::find_only_readers(written, made.maker);

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
        made.begins[i] = true;
        ++made.sizes.ops;
        int end = i;
        const auto take = [&](int next) {
            is_inside[next] = true;
            made.sizes.pool -= written.ops[end].out.count;
            made.sizes.channels -= written.ops[end].out.count;
            end = next;
        };
        int next = only_reader.of[i];
        if (next != op::none && first.has_weights() && written.ops[next].kind == op_kind::batch_norm) {
            made.norm[i] = next;
            take(next);
            next = only_reader.of[end];
        }
        if (first.kind == op_kind::batch_norm) made.norm[i] = i;
        if (next != op::none && written.ops[next].kind == op_kind::activate &&
            kernel_applies(detail::kernel_kind(first), written.ops[next].act))
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
    constexpr fused_writer(const recording<Sizes, Blocks>& recorded, const fusion<Sizes>& how,
                           fused_program<Fused, Blocks>& to)
        : written_(recorded.program), facts_(recorded.facts), how_(how), made_(to) {}

    constexpr void run() {
        number_channels();
        copy_pool();
        made_.calls.input = moved(written_.input);
        int next = 0;
        int position = 0;
        for (int i = 0; i < Sizes.ops; ++i) {
            for (; position <= Blocks && facts_.ops_before[position] <= i; ++position)
                made_.ops_before[position] = next;
            first_call_[i] = next;
            if (how_.begins[i]) write(i, made_.calls.ops[next++]);
        }
        for (; position <= Blocks; ++position) made_.ops_before[position] = next;
        for (int b = 0; b <= Blocks; ++b) made_.input_of[b] = moved_if_kept(facts_.input_of[b]);
        for (int o = 0; o < Sizes.outputs; ++o) made_.calls.outputs[o] = moved(written_.outputs[o]);
        for (int b = 0; b < Sizes.blocks; ++b) write_block(b);
    }

private:
    /// In the order of the calls that make them; what is left out has none, what dropout passes on that of
    /// its source.
    constexpr void number_channels() {
        int next = 0;
        int channel = 0;
        for (; channel < written_.input.count; ++channel) renumbered_[channel] = next++;
        for (int i = 0; i < Sizes.ops; ++i)
            if (how_.begins[i]) is_kept_[how_.ends_with[i]] = true;
        for (int i = 0; i < Sizes.ops; ++i) {
            const op& o = written_.ops[i];
            const bool passes = o.kind == op_kind::dropout;
            for (int c = 0; c < o.out.count; ++c)
                renumbered_[channel++] = passes        ? renumbered_[written_.pool[o.in.first + c]]
                                         : is_kept_[i] ? next++
                                                       : op::none;
        }
    }

    /// What is left out are the outputs of calls with which a kernel goes on.
    constexpr void copy_pool() {
        int from = 0;
        int to = 0;
        const auto copy_until = [&](int end) {
            for (; from < end; ++from)  // nobody reads what is left out
                made_.calls.pool[to++] = is_left_out(from) ? 0 : renumbered_[written_.pool[from]];
        };
        for (int i = 0; i < Sizes.ops; ++i) {
            const op& o = written_.ops[i];
            if (o.kind == op_kind::dropout || is_kept_[i]) continue;
            copy_until(o.out.first);
            from += o.out.count;
            gap_end_[gaps_] = from;
            left_out_[gaps_] = (gaps_ > 0 ? left_out_[gaps_ - 1] : 0) + o.out.count;
            ++gaps_;
        }
        copy_until(Sizes.pool);
    }

    /// Whether an entry of the pool is a channel that is left out.
    constexpr bool is_left_out(int entry) const { return renumbered_[written_.pool[entry]] == op::none; }

    /// The same channels in the pool that is written.
    constexpr feature_map moved(feature_map map) {
        // Of the gaps those that end before the map begins: mostly about as many as last time.
        while (ended_ < gaps_ && gap_end_[ended_] <= map.first) ++ended_;
        while (ended_ > 0 && gap_end_[ended_ - 1] > map.first) --ended_;
        return {map.size, map.first - (ended_ > 0 ? left_out_[ended_ - 1] : 0), map.count};
    }

    /// The same of a map that need not be there: without channels where any is left out.
    constexpr feature_map moved_if_kept(feature_map map) {
        if (map == asked_for_) return answer_;
        asked_for_ = map;
        answer_ = is_kept(map) ? moved(map) : feature_map{map.size, 0, 0};
        return answer_;
    }

    constexpr bool is_kept(feature_map map) const {
        for (int i = map.first; i < map.first + map.count; ++i)
            if (is_left_out(i)) return false;
        return true;
    }

    /// Of a call that shares its weights: whether it shares its norm too, with the same call.
    constexpr bool shares_all(const op& o) const {
        const int other_norm = how_.norm[o.shares];
        if (o.norm == op::none || other_norm == op::none) return o.norm == other_norm;
        return written_.ops[o.norm].shares == other_norm;
    }

    constexpr void write(int i, op& o) {
        const op& first = written_.ops[i];
        const op& last = written_.ops[how_.ends_with[i]];
        o = first;
        o.kind = kernel_kind(first);
        o.in = moved(first.in);
        if (first.other.count > 0) o.other = moved(first.other);
        o.out = moved(last.out);
        o.act = last.act;
        o.written = i;
        o.norm = how_.norm[i];
        if (o.norm != op::none) {
            o.normalisation = written_.ops[o.norm].normalisation;
            o.shares_norm = written_.ops[o.norm].shares != op::none;
        }
        if (first.shares != op::none && shares_all(o)) o.weights_of = first_call_[first.shares];
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
    fused_program<Fused, Blocks>& made_;
    int renumbered_[as_size(Sizes.channels)]{};  ///< of each written channel; none where it is left out
    bool is_kept_[as_size(at_least_one(Sizes.ops))]{};  ///< whether a written call's channels have numbers
    // Blocks mostly begin with what the one before has made: the last answer of `moved_if_kept`.
    feature_map asked_for_{};
    feature_map answer_{};
    int first_call_[as_size(at_least_one(Sizes.ops))]{};
    int gap_end_[as_size(at_least_one(Sizes.ops))]{};   ///< of each range of the pool that is left out
    int left_out_[as_size(at_least_one(Sizes.ops))]{};  ///< entries of all gaps up to and with this one
    int gaps_ = 0;
    int ended_ = 0;
};

template <shape Input, auto... Blocks>
inline constexpr auto fused_how = fuse(recorded<Input, Blocks...>.program);

template <shape Input, auto... Blocks>
constexpr auto write_fused() {
    constexpr graph_sizes written = counted<Input, Blocks...>.sizes;
    constexpr graph_sizes sizes = fused_how<Input, Blocks...>.sizes;
    fused_program<sizes, sizeof...(Blocks)> made;
    fused_writer<written, sizes, sizeof...(Blocks)>(recorded<Input, Blocks...>, fused_how<Input, Blocks...>,
                                                    made)
        .run();
    return made;
}

template <shape Input, auto... Blocks>
inline constexpr auto fused = write_fused<Input, Blocks...>();

}  // namespace detail

}  // namespace plait::inline PLAIT_TARGET
