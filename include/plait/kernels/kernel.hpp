// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/kernels/activate.hpp"
#include "plait/kernels/binary.hpp"
#include "plait/kernels/dense.hpp"
#include "plait/kernels/elementwise.hpp"
#include "plait/kernels/global_max_pool.hpp"
#include "plait/kernels/linear.hpp"
#include "plait/kernels/pointwise.hpp"
#include "plait/kernels/rearrange.hpp"
#include "plait/kernels/resample.hpp"
#include "plait/kernels/transposed.hpp"
#include "plait/kernels/window_groups.hpp"
#include "plait/kernels/window_planes.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

template <kernel_shape S, op_kind Kind, bool OutGroups>
struct choose_kernel;

template <kernel_shape S>
struct choose_kernel<S, op_kind::pointwise, false> : pointwise_planes<S> {};
template <kernel_shape S>
struct choose_kernel<S, op_kind::pointwise, true> : pointwise_groups<S> {};

template <kernel_shape S>
struct choose_kernel<S, op_kind::dense, false> : dense_planes<S> {};
template <kernel_shape S>
struct choose_kernel<S, op_kind::dense, true> : dense_groups<S> {};

template <kernel_shape S>
struct choose_kernel<S, op_kind::depthwise, false> : window_planes<S> {};
template <kernel_shape S>
struct choose_kernel<S, op_kind::depthwise, true> : window_groups<S> {};
template <kernel_shape S>
struct choose_kernel<S, op_kind::max_pool, false> : window_planes<S> {};
template <kernel_shape S>
struct choose_kernel<S, op_kind::max_pool, true> : window_groups<S> {};
template <kernel_shape S>
struct choose_kernel<S, op_kind::average_pool, false> : window_planes<S> {};
template <kernel_shape S>
struct choose_kernel<S, op_kind::average_pool, true> : window_groups<S> {};

template <kernel_shape S, bool OutGroups>
struct choose_kernel<S, op_kind::global_average_pool, OutGroups> : global_average_pool_kernel<S> {};
template <kernel_shape S, bool OutGroups>
struct choose_kernel<S, op_kind::global_max_pool, OutGroups> : global_max_pool_kernel<S> {};
template <kernel_shape S, bool OutGroups>
struct choose_kernel<S, op_kind::linear, OutGroups> : linear_kernel<S> {};
template <kernel_shape S, bool OutGroups>
struct choose_kernel<S, op_kind::binary, OutGroups> : binary_kernel<S> {};
template <kernel_shape S, bool OutGroups>
struct choose_kernel<S, op_kind::resample, OutGroups> : resample_kernel<S> {};
template <kernel_shape S, bool OutGroups>
struct choose_kernel<S, op_kind::pixel_shuffle, OutGroups> : pixel_shuffle_kernel<S> {};
template <kernel_shape S, bool OutGroups>
struct choose_kernel<S, op_kind::pixel_unshuffle, OutGroups> : pixel_unshuffle_kernel<S> {};
template <kernel_shape S, bool OutGroups>
struct choose_kernel<S, op_kind::fill, OutGroups> : fill_kernel<S> {};
template <kernel_shape S, bool OutGroups>
struct choose_kernel<S, op_kind::input, OutGroups> : nothing_to_run {};
template <kernel_shape S, bool OutGroups>
struct choose_kernel<S, op_kind::activate, OutGroups> : activate_kernel<S> {};
template <kernel_shape S, bool OutGroups>
struct choose_kernel<S, op_kind::softmax, OutGroups> : softmax_kernel<S> {};
template <kernel_shape S, bool OutGroups>
struct choose_kernel<S, op_kind::prelu, OutGroups> : prelu_kernel<S> {};

template <kernel_shape S, bool OutGroups>
struct choose_kernel<S, op_kind::conv_transpose, OutGroups> : transposed_kernel<S> {};

}  // namespace detail

/// The kernel of a shape: `packed_size(op)`, `pack(op, weights, bias, to)`, and
/// `run(call, weights, workspace)`, which touches the call's channels, its scratch and margins alone.
template <kernel_shape Shape>
struct kernel : detail::choose_kernel<Shape, Shape.kind, Shape.out_groups()> {};

}  // namespace plait::inline PLAIT_TARGET
