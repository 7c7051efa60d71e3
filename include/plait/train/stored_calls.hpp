// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <limits>

#include "plait/core/as_size.hpp"
#include "plait/network/program.hpp"

// Which written calls store what they make in training, and what is applied to it where it is read. A norm
// and a ReLU after it cost no map of their own: with the sums of a whole batch a norm is a factor and an
// offset of each channel, and a ReLU is a clip.

namespace plait::inline PLAIT_TARGET {

/// What readers of a stored map apply to it: first the norm, then the clip.
struct applied_when_read {
    int norm = op::none;  ///< the written call
    float low = -std::numeric_limits<float>::infinity();
    float high = std::numeric_limits<float>::infinity();

    /// Whether a clip changes anything.
    constexpr bool clips() const {
        return low > -std::numeric_limits<float>::infinity() || high < std::numeric_limits<float>::infinity();
    }
};

/// Of every written call and channel.
template <graph_sizes Sizes>
struct stored_calls {
    bool stores[as_size(at_least_one(Sizes.ops))]{};  ///< else an earlier call's map stands for it
    applied_when_read applied[as_size(at_least_one(Sizes.ops))]{};  ///< to what a call stores
    int maker[as_size(Sizes.channels)]{};   ///< of a stored channel: its call; none for the first input
    int stored[as_size(Sizes.channels)]{};  ///< of any channel: the stored one that stands for it
};

namespace detail {

constexpr bool is_clip(activation act) {
    return act.kind == activation_kind::relu || act.kind == activation_kind::clip;
}

}  // namespace detail

/// A norm or clip that alone reads all that a call makes is applied where that is read. Without `clips` it
/// passes everything, for checks of gradients.
template <graph_sizes Sizes>
constexpr stored_calls<Sizes> find_stored_calls(const written_program<Sizes>& written, bool clips = true) {
    constexpr int nobody = -2;
    stored_calls<Sizes> made;
    int first_channel[as_size(at_least_one(Sizes.ops))]{};
    int only_reader[as_size(at_least_one(Sizes.ops))]{};
    int next = written.input.count;
    for (int c = 0; c < next; ++c) made.maker[c] = op::none;
    for (int i = 0; i < Sizes.ops; ++i) {
        first_channel[i] = next;
        only_reader[i] = nobody;
        for (const int end = next + written.ops[i].out.count; next < end; ++next) made.maker[next] = i;
    }
    const auto read = [&](feature_map map, int reader) {
        const int* channels = written.pool + map.first;
        const int maker = map.count > 0 ? made.maker[channels[0]] : op::none;
        bool is_whole = maker != op::none && map.count == written.ops[maker].out.count;
        for (int c = 0; is_whole && c < map.count; ++c) is_whole = channels[c] == first_channel[maker] + c;
        if (is_whole) {
            only_reader[maker] = only_reader[maker] == nobody ? reader : op::none;
            return;
        }
        for (int c = 0; c < map.count; ++c)
            if (made.maker[channels[c]] != op::none) only_reader[made.maker[channels[c]]] = op::none;
    };
    for (int i = 0; i < Sizes.ops; ++i) read(written.ops[i].in, i), read(written.ops[i].other, i);
    for (const feature_map& map : written.outputs) read(map, op::none);

    int stands_for[as_size(at_least_one(Sizes.ops))]{};
    for (int i = 0; i < Sizes.ops; ++i) stands_for[i] = op::none;
    for (int i = 0; i < Sizes.ops; ++i) {
        if (stands_for[i] != op::none) continue;
        made.stores[i] = true;
        applied_when_read& applied = made.applied[i];
        int last = i;
        const auto reader = [&] { return only_reader[last] >= 0 ? only_reader[last] : op::none; };
        if (written.ops[i].kind == op_kind::batch_norm) {
            applied.norm = i;
        } else if (const int norm = reader();
                   norm != op::none && written.ops[norm].kind == op_kind::batch_norm) {
            applied.norm = norm;
            stands_for[norm] = i;
            last = norm;
        }
        const int clip = reader();
        if (clip == op::none || written.ops[clip].kind != op_kind::activate) continue;
        const activation act = written.ops[clip].act;
        if (!detail::is_clip(act)) continue;
        stands_for[clip] = i;
        if (!clips) continue;
        const bool is_relu = act.kind == activation_kind::relu;
        applied.low = is_relu ? 0.0F : static_cast<float>(static_cast<double>(act.first));
        if (!is_relu) applied.high = static_cast<float>(static_cast<double>(act.second));
    }
    for (int c = 0; c < Sizes.channels; ++c) {
        const int maker = made.maker[c];
        const bool is_stored = maker == op::none || stands_for[maker] == op::none;
        made.stored[c] = is_stored ? c : first_channel[stands_for[maker]] + (c - first_channel[maker]);
    }
    return made;
}

}  // namespace plait::inline PLAIT_TARGET
