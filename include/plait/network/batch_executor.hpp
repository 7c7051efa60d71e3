// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>
#include <utility>

#include "plait/core/as_size.hpp"
#include "plait/network/executor.hpp"

namespace plait::inline PLAIT_TARGET {

/// Runs several pictures. The calls at the end of a network whose weights are many and whose maps are small
/// (the pointwise head, the global pool, linear layers) wait until all pictures of a batch have come so far,
/// and then read their weights once for all of them.
template <class Network, layout_policy Policy = layout_policy{}, int Lanes = native_lanes>
class batch_executor {
    using single = executor<Network, Policy>;
    static constexpr const auto& calls = Network::calls;
    static constexpr const auto& where = planned<Network, Policy, Lanes>::where;
    static constexpr int ops = Network::sizes.ops;

    static constexpr bool same_channels(feature_map a, feature_map b) {
        if (a.count != b.count) return false;
        for (int c = 0; c < a.count; ++c) {
            if (calls.channel(a, c) != calls.channel(b, c)) return false;
        }
        return true;
    }

    /// Whether a call's kernel runs several pictures.
    static constexpr bool waits(int i) {
        return calls.ops[i].groups == 1 && select(calls.ops[i], where.layout[i], Lanes).takes_pictures();
    }

    /// The last run of such calls in which each reads just what the one before made; `ops` if there is none.
    static constexpr int find_tail() {
        if (ops == 0 || Network::sizes.outputs != 1) return ops;
        if (!same_channels(calls.outputs[0], calls.ops[ops - 1].out)) return ops;
        if (calls.outputs[0].size.pixels() != 1) return ops;
        int begin = ops;
        while (begin > 0 && waits(begin - 1)) {
            if (begin < ops && !same_channels(calls.ops[begin].in, calls.ops[begin - 1].out)) break;
            --begin;
        }
        return begin;
    }

    static constexpr int tail = find_tail();
    static constexpr bool has_tail = tail < ops;

    /// What the tail keeps of one picture: a copy of the workspace from `from` on, then every call's outputs.
    struct kept_layout {
        int from = 0;
        int copied = 0;
        int size = 0;
    };
    static constexpr int tail_inputs = has_tail ? calls.ops[has_tail ? tail : 0].in.count : 0;
    struct tail_tables {
        kept_layout kept{};
        int begin[as_size(ops + 1)]{};  ///< of each call's outputs in `offset`
        int offset[tail_inputs + Network::sizes.channels]{};
    };

    static constexpr tail_tables make_tables() {
        tail_tables t;
        if constexpr (has_tail) {
            const feature_map in = calls.ops[tail].in;
            const int reach = (in.size.pixels() - 1) * where.layout[tail].in_step + 1;
            int end = 0;
            t.kept.from = where.size;
            for (int c = 0; c < in.count; ++c) {
                const int at = where.offset[in.first + c];
                t.kept.from = at < t.kept.from ? at : t.kept.from;
                end = at + reach > end ? at + reach : end;
            }
            t.kept.from = t.kept.from / 16 * 16;
            t.kept.copied = rounded_up(end - t.kept.from, 16);
            for (int c = 0; c < in.count; ++c) t.offset[c] = where.offset[in.first + c] - t.kept.from;

            t.kept.size = t.kept.copied;
            int entry = in.count;
            for (int i = tail; i < ops; ++i) {
                const feature_map out = calls.ops[i].out;
                const int lanes = where.layout[i].out_step;
                const int group = out.size.pixels() * lanes;
                t.begin[i] = entry;
                for (int c = 0; c < out.count; ++c)
                    t.offset[entry++] = t.kept.size + c / lanes * group + c % lanes;
                t.kept.size += rounded_up((out.count + lanes - 1) / lanes * group, 16);
            }
        }
        return t;
    }

    static constexpr tail_tables tables = make_tables();
    static constexpr kept_layout kept = tables.kept;

public:
    /// Pictures that are kept at a time; 1 where nothing waits.
    static constexpr int pictures = has_tail ? 4 : 1;
    /// Values that a batch needs beside the workspace of one picture.
    static constexpr int kept_size = pictures * kept.size;

    /// For each of `count` pictures `put(i)` writes picture i into the workspace, and `take(i, map_view)`
    /// reads the last output of picture i; others lie in the workspace then.
    template <class Put, class Take>
    static void forward(int count, Put put, Take take, const float* packed, float* workspace, float* keep) {
        if constexpr (!has_tail) {
            for (int i = 0; i < count; ++i) {
                put(i);
                single::forward(packed, workspace);
                take(i, single::map(calls.outputs[Network::sizes.outputs - 1], workspace));
            }
        } else {
            const feature_map logits = calls.outputs[0];
            for (int begin = 0; begin < count; begin += pictures) {
                const int many = count - begin < pictures ? count - begin : pictures;
                for (int i = 0; i < many; ++i) {
                    put(begin + i);
                    run_body(packed, workspace, std::make_integer_sequence<int, tail>{});
                    std::memcpy(keep + i * kept.size, workspace + kept.from,
                                sizeof(float) * static_cast<unsigned>(kept.copied));
                }
                run_tail(packed, keep, many, std::make_integer_sequence<int, ops - tail>{});
                for (int i = 0; i < many; ++i)
                    take(begin + i, map_view(keep + i * kept.size, tables.offset + tables.begin[ops - 1],
                                             single::steps + logits.first, logits.dimensions()));
            }
        }
    }

private:
    template <int... Op>
    static void run_body([[maybe_unused]] const float* packed, [[maybe_unused]] float* workspace,
                         std::integer_sequence<int, Op...>) {
        in_order{(single::template run<Op>(packed, workspace), 0)...};
    }

    template <int... Op>
    static void run_tail(const float* packed, float* keep, int many, std::integer_sequence<int, Op...>) {
        in_order{(run_call<tail + Op>(packed, keep, many), 0)...};
    }

    template <int Op>
    [[gnu::noinline]] static void run_call(const float* packed, float* keep, int many) {
        kernel_call call = single::table.calls[Op];
        call.in = tables.offset + (Op == tail ? 0 : tables.begin[Op - 1]);
        call.out = tables.offset + tables.begin[Op];
        single::template kernel_of<Op>::run(call, packed, keep, picture_run{many, kept.size});
    }
};

}  // namespace plait::inline PLAIT_TARGET
