// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <utility>

#include "plait/core/function_view.hpp"

namespace plait::inline PLAIT_TARGET::detail {

/// Heap sort of what is known by its places alone: one function for all types, where the standard library
/// would compile one for each.
[[gnu::cold, gnu::noinline]] inline void sort_places(
    std::size_t count, function_view<bool(std::size_t, std::size_t)> comes_before,
    function_view<void(std::size_t, std::size_t)> swap) {
    const auto sink = [&](std::size_t place, std::size_t end) {
        while (2 * place + 1 < end) {
            std::size_t child = 2 * place + 1;
            if (child + 1 < end && comes_before(child, child + 1)) ++child;
            if (!comes_before(place, child)) return;
            swap(place, child);
            place = child;
        }
    };
    for (std::size_t i = count / 2; i > 0; --i) sink(i - 1, count);
    for (std::size_t end = count; end > 1; --end) {
        swap(0, end - 1);
        sink(0, end - 1);
    }
}

/// Sorts a range of random access, equal elements in any order: n log n comparisons whatever the elements.
template <class Range, class ComesBefore>
void sort_by(Range& range, ComesBefore comes_before) {
    sort_places(
        range.size(), [&](std::size_t a, std::size_t b) { return comes_before(range[a], range[b]); },
        [&](std::size_t a, std::size_t b) { std::swap(range[a], range[b]); });
}

}  // namespace plait::inline PLAIT_TARGET::detail
