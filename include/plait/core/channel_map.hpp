// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/as_size.hpp"
#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// A static rearrangement of channels: output channel i is input channel `from[i]`.
template <int Channels>
struct channel_map {
    int from[as_size(Channels)]{};

    static constexpr int size() { return Channels; }
    constexpr int operator[](int channel) const { return from[channel]; }

    friend constexpr bool operator==(const channel_map&, const channel_map&) = default;
};

/// Where output channel `channel` of `shuffle` comes from: view channels as (groups, channels/groups),
/// transpose, flatten (ShuffleNet, arXiv 1707.01083).
constexpr int shuffle_source(int channel, int channels, int groups) {
    return channel % groups * (channels / groups) + channel / groups;
}

/// Every channel where it is.
template <int Channels>
constexpr channel_map<Channels> identity_map() {
    channel_map<Channels> map;
    for (int i = 0; i < Channels; ++i) map.from[i] = i;
    return map;
}

/// `groups` must divide the channels.
template <int Channels>
constexpr channel_map<Channels> shuffle(int groups) {
    channel_map<Channels> map;
    for (int i = 0; i < Channels; ++i) map.from[i] = shuffle_source(i, Channels, groups);
    return map;
}

/// The channels of `map` from `Begin` up to but not including `End`.
template <int Begin, int End, int Channels>
    requires(0 <= Begin && Begin < End && End <= Channels)
constexpr channel_map<End - Begin> slice(const channel_map<Channels>& map) {
    channel_map<End - Begin> part;
    for (int i = Begin; i < End; ++i) part.from[i - Begin] = map.from[i];
    return part;
}

/// Both parts of a `split`.
template <int First, int Second>
struct split_maps {
    channel_map<First> first;
    channel_map<Second> second;
};

/// The first `First` channels, and the others.
template <int First, int Channels>
    requires(0 < First && First < Channels)
constexpr split_maps<First, Channels - First> split(const channel_map<Channels>& map) {
    return {slice<0, First>(map), slice<First, Channels>(map)};
}

/// The channels of the maps, one map after another.
template <int... Channels>
constexpr channel_map<(Channels + ...)> concat(const channel_map<Channels>&... maps) {
    channel_map<(Channels + ...)> all;
    int end = 0;
    auto append = [&](const auto& map) {
        for (int i = 0; i < map.size(); ++i) all.from[end++] = map.from[i];
    };
    (append(maps), ...);
    return all;
}

/// First `before`, then `after`: output channel i of the result is `before.from[after.from[i]]`.
template <int In, int Out>
constexpr channel_map<Out> compose(const channel_map<In>& before, const channel_map<Out>& after) {
    channel_map<Out> both;
    for (int i = 0; i < Out; ++i) both.from[i] = before.from[after.from[i]];
    return both;
}

/// Whether it names each of its channels exactly once.
template <int Channels>
constexpr bool is_permutation(const channel_map<Channels>& map) {
    bool hit[as_size(Channels)]{};
    for (int source : map.from) {
        if (source < 0 || source >= Channels || hit[source]) return false;
        hit[source] = true;
    }
    return true;
}

/// Of a permutation: `compose(map, inverse(map))` is the identity.
template <int Channels>
constexpr channel_map<Channels> inverse(const channel_map<Channels>& map) {
    channel_map<Channels> back;
    for (int i = 0; i < Channels; ++i) back.from[map.from[i]] = i;
    return back;
}

}  // namespace plait::inline PLAIT_TARGET
