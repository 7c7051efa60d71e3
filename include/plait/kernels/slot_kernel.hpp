// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/slot_change.hpp"
#include "plait/kernels/slot_convert.hpp"
#include "plait/kernels/slot_mix.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

template <slot_shape S, slot_work Work, bool SinglePixels>
struct choose_slot_kernel;
template <slot_shape S>
struct choose_slot_kernel<S, slot_work::mix, false> : slot_mix<S> {};
template <slot_shape S>
struct choose_slot_kernel<S, slot_work::mix, true> : slot_mix_single<S> {};
template <slot_shape S>
struct choose_slot_kernel<S, slot_work::change, false> : slot_change<S> {};
template <slot_shape S>
struct choose_slot_kernel<S, slot_work::combine, false> : slot_combine<S> {};
template <slot_shape S>
struct choose_slot_kernel<S, slot_work::multiply, false> : slot_multiply<S> {};
template <slot_shape S>
struct choose_slot_kernel<S, slot_work::move, false> : slot_move<S> {};
template <slot_shape S>
struct choose_slot_kernel<S, slot_work::largest, false> : slot_largest<S> {};
template <slot_shape S>
struct choose_slot_kernel<S, slot_work::average, false> : slot_average<S> {};
template <slot_shape S>
struct choose_slot_kernel<S, slot_work::widen, false> : slot_widen<S> {};
template <slot_shape S>
struct choose_slot_kernel<S, slot_work::narrow, false> : slot_narrow<S> {};

}  // namespace detail

/// The kernel over packs of a shape: `packed_size(call, depth, slots read, slots made)`, where
/// conversions have their slots for a call; `pack(wiring, to)`; and `run(call, weights, workspace)`, which
/// touches the call's slots and its scratch alone.
template <slot_shape Shape>
struct slot_kernel : detail::choose_slot_kernel<Shape, Shape.work, Shape.single_pixels> {};

}  // namespace plait::inline PLAIT_TARGET
