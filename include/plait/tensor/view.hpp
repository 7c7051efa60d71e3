// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "plait/core/as_size.hpp"
#include "plait/core/channel_map.hpp"
#include "plait/core/ratio.hpp"
#include "plait/tensor/tensor.hpp"

// Split, concat and shuffle of tensors: static permutations of channels, seen through a view. No
// value is copied until `to_tensor`. The tensors under a view must outlive it.

namespace plait::inline PLAIT_TARGET {

/// Where a view's channels lie: channel i is channel `channel.from[i]` of tensor number `source[i]`.
template <int Channels>
struct view_map {
    channel_map<Channels> channel{};
    int source[as_size(Channels)]{};
};

/// The channels of both views; the tensors of b come after the `sources_of_a` tensors of a.
template <int First, int Second>
constexpr view_map<First + Second> concat(const view_map<First>& a, const view_map<Second>& b,
                                          int sources_of_a) {
    view_map<First + Second> both;
    both.channel = concat(a.channel, b.channel);
    for (int i = 0; i < First; ++i) both.source[i] = a.source[i];
    for (int i = 0; i < Second; ++i) both.source[First + i] = sources_of_a + b.source[i];
    return both;
}

/// The channels of `map` that `taken` names, in its order.
template <int In, int Out>
constexpr view_map<Out> compose(const view_map<In>& map, const channel_map<Out>& taken) {
    view_map<Out> made;
    made.channel = compose(map.channel, taken);
    for (int i = 0; i < Out; ++i) made.source[i] = map.source[taken[i]];
    return made;
}

/// Channels of one or more tensors in a static order.
template <class T, shape Shape, int Sources, auto Map>
class tensor_view {
public:
    using value_type = T;
    static constexpr shape dimensions = Shape;
    static constexpr int sources = Sources;
    static constexpr view_map<Shape.channels> map = Map;

    constexpr const T& operator()(int channel, int y, int x) const {
        return this->channel(channel)[y * Shape.width + x];
    }

    /// The plane of one channel, where it has always been.
    constexpr const T* channel(int c) const {
        return origin[Map.source[c]] + Map.channel[c] * Shape.pixels();
    }

    const T* origin[as_size(Sources)];
};

/// A view of a tensor's channels, in their order; of a view the view itself.
template <class T, shape Shape>
constexpr auto as_view(const tensor<T, Shape>& t) {
    constexpr view_map<Shape.channels> map{identity_map<Shape.channels>(), {}};
    return tensor_view<T, Shape, 1, map>{{t.data()}};
}
template <class T, shape Shape, int Sources, auto Map>
constexpr auto as_view(const tensor_view<T, Shape, Sources, Map>& view) {
    return view;
}

/// A tensor or a view of tensors.
template <class V>
concept viewable = requires(const V& v) {
    as_view(v);
};

namespace detail {

constexpr shape with_channels(shape s, int channels) { return {channels, s.height, s.width}; }

template <class V>
inline constexpr shape shape_of_view = decltype(as_view(std::declval<const V&>()))::dimensions;

/// The channels of a view that `Taken` names.
template <auto Taken, class T, shape Shape, int Sources, auto Map>
constexpr auto taken(const tensor_view<T, Shape, Sources, Map>& view) {
    constexpr auto map = compose(Map, Taken);
    tensor_view<T, with_channels(Shape, Taken.size()), Sources, map> made{};
    for (int i = 0; i < Sources; ++i) made.origin[i] = view.origin[i];
    return made;
}

template <class T, shape A, int SourcesA, auto MapA, shape B, int SourcesB, auto MapB>
constexpr auto joined(const tensor_view<T, A, SourcesA, MapA>& a,
                      const tensor_view<T, B, SourcesB, MapB>& b) {
    static_assert(A.plane() == B.plane(), "concatenated tensors must have one height and width");
    constexpr auto map = concat(MapA, MapB, SourcesA);
    tensor_view<T, with_channels(A, A.channels + B.channels), SourcesA + SourcesB, map> made{};
    for (int i = 0; i < SourcesA; ++i) made.origin[i] = a.origin[i];
    for (int i = 0; i < SourcesB; ++i) made.origin[SourcesA + i] = b.origin[i];
    return made;
}

}  // namespace detail

/// The channels that `Taken`, a `channel_map`, names, in its order.
template <auto Taken, viewable V>
constexpr auto take(const V& v) {
    return detail::taken<Taken>(as_view(v));
}

/// Channels `Begin` up to but not including `End`.
template <int Begin, int End, viewable V>
constexpr auto slice(const V& v) {
    constexpr auto all = identity_map<detail::shape_of_view<V>.channels>();
    return take<slice<Begin, End>(all)>(v);
}

/// The first `Where` of the channels, and the others: `auto [a, b] = split<ratio{3, 8}>(t)`.
template <ratio Where, viewable V>
constexpr auto split(const V& v) {
    constexpr int channels = detail::shape_of_view<V>.channels;
    static_assert(Where.splits(), "the split ratio must lie between 0 and 1");
    static_assert(Where.divides(channels), "the split ratio must give a whole number of channels");
    constexpr int first = Where.of(channels);
    return std::pair{slice<0, first>(v), slice<first, channels>(v)};
}

/// The channels of tensors and views of one size, one after another.
template <viewable First, viewable... Others>
constexpr auto concat(const First& first, const Others&... others) {
    if constexpr (sizeof...(Others) == 0)
        return as_view(first);
    else
        return detail::joined(as_view(first), concat(others...));
}

/// View channels as (Groups, channels / Groups), transpose, flatten.
template <int Groups, viewable V>
constexpr auto shuffle(const V& v) {
    constexpr int channels = detail::shape_of_view<V>.channels;
    static_assert(Groups > 0 && channels % Groups == 0, "the shuffle groups must divide the channels");
    return take<shuffle<channels>(Groups)>(v);
}

/// A tensor of its own with the view's values.
template <class T, shape Shape, int Sources, auto Map>
constexpr tensor<T, Shape> to_tensor(const tensor_view<T, Shape, Sources, Map>& view) {
    tensor<T, Shape> made;
    for (int c = 0; c < Shape.channels; ++c) {
        for (int i = 0; i < Shape.pixels(); ++i) made.channel(c)[i] = view.channel(c)[i];
    }
    return made;
}

}  // namespace plait::inline PLAIT_TARGET
