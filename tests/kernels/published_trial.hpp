// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "../../bench/published.hpp"
#include "kernel_trial.hpp"

namespace kernel_trial {

constexpr kernel_case case_of(const published::call& c) {
    const op& o = c.what;
    return {.kind = o.kind,
            .in = o.in.count,
            .out = o.out.count,
            .size = o.in.size,
            .window = o.window,
            .factor = o.factor,
            .groups = o.groups,
            .sampling = o.sampling,
            .binary = o.binary,
            .count_include_pad = o.count_include_pad,
            .act = o.act,
            .layout = c.layout,
            .one_slope = o.one_slope,
            .winograd = o.winograd};
}

/// In the instantiation that the networks use.
template <class Work, int Index>
void check_published_call() {
    constexpr published::call c = Work::list.calls[Index];
    constexpr kernel_case k = case_of(c);
    constexpr kernel_shape shape = select(c.what, c.layout, native_lanes);
    static_assert(shape == select(op_of(k), k.layout, native_lanes));
    check(k, kernel_of<shape>());
}

/// Every different piece of work of a list of networks.
template <class Networks>
void check_published() {
    using work = published::work_of<Networks>;
    []<int... Index>(std::integer_sequence<int, Index...>) { (check_published_call<work, Index>(), ...); }
    (work::indices);
}

}  // namespace kernel_trial
