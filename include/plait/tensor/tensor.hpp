// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "plait/core/shape.hpp"
#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// Owned values of a static shape, channel by channel and row by row (PyTorch's contiguous CHW).
/// A trivially copyable aggregate, aligned to a cache line, usable in constant expressions.
template <class T, shape Shape>
struct tensor {
    using value_type = T;
    static constexpr shape dimensions = Shape;
    static constexpr int size() { return Shape.elements(); }

    alignas(cache_line_bytes) T values[static_cast<unsigned>(Shape.elements())]{};

    constexpr T& operator()(int channel, int y, int x) {
        return values[(channel * Shape.height + y) * Shape.width + x];
    }
    constexpr const T& operator()(int channel, int y, int x) const {
        return values[(channel * Shape.height + y) * Shape.width + x];
    }
    constexpr T& operator[](int i) { return values[i]; }
    constexpr const T& operator[](int i) const { return values[i]; }

    /// The plane of one channel: height x width values.
    constexpr T* channel(int c) { return values + c * Shape.pixels(); }
    constexpr const T* channel(int c) const { return values + c * Shape.pixels(); }

    constexpr T* data() { return values; }
    constexpr const T* data() const { return values; }
    constexpr T* begin() { return values; }
    constexpr T* end() { return values + size(); }
    constexpr const T* begin() const { return values; }
    constexpr const T* end() const { return values + size(); }

    friend constexpr bool operator==(const tensor&, const tensor&) = default;
};

/// What `make()` gives, made on the heap and never on the stack, which a large tensor may not fit:
/// `on_heap([&] { return to_tensor<net::input>(photo); })`. For zeros `std::make_unique` does.
template <class Make>
auto on_heap(Make make) {
    using made = decltype(make());
    return std::unique_ptr<made>(new made(make()));
}

}  // namespace plait::inline PLAIT_TARGET
